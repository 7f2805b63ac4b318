import { checkOptions } from '../base/checks';
import { millisecondsOf, type Duration } from '../base/duration';
import { WaybillError, show } from '../base/errors';
import { isMessageClass, namesOf } from '../messages/message';
import { kindOf, listed } from './option-rules';
import { checkedBy, rule, type Rule } from './problems';

const HANDLER = ['handler'] as const;

/** What `@Handler` may not be given. */
export const HANDLER_RULES: readonly Rule[] = [
  rule('OPTION_INVALID', HANDLER, "choose 'start' or 'now'", ({ options: { from } }) =>
    from === undefined || from === 'start' || from === 'now' ? [] : `from is ${show(from)}`,
  ),
  rule('OPTION_INVALID', HANDLER, 'give a whole number from 1', ({ options: { concurrency, rate } }) =>
    Object.entries({ concurrency: concurrency ?? 1, 'rate.calls': rate === undefined ? 1 : rate?.calls })
      .filter(([, count]) => !(Number.isSafeInteger(count) && count >= 1))
      .map(([option, count]) => `${option} is ${show(count)}`),
  ),
  checkedBy(['OPTION_INVALID', 'DURATION_INVALID'], HANDLER, ({ className, options: { timeout, rate } }) => [
    () => timeout !== undefined && positive('timeout', timeout),
    () => rate !== undefined && checkOptions(rate, `rate of ${className}`, ['calls', 'per']),
    () => rate !== undefined && positive('rate.per', rate?.per),
  ]),
  rule('OPTION_INVALID', HANDLER, 'give a function of the message: (e: OrderPaid) => e.orderId', ({ options: { key } }) =>
    key === undefined || typeof key === 'function' ? [] : `key is ${show(key)}, not a function`,
  ),
  rule('WRONG_KIND', HANDLER, 'list event classes', ({ options: { emits } }) =>
    listed(emits)
      .filter((message) => !isMessageClass(message) || kindOf(message) !== 'event')
      .map((message) => `emits holds ${show(isMessageClass(message) ? message.messageType : message)}, which is not an event`),
  ),
  rule('OUTPUT_IS_INPUT', HANDLER, 'give the answer a type of its own', ({ name, calls, options: { emits } }) => {
    const taken = new Set(calls.flatMap(({ message }) => namesOf(message)));
    return listed(emits)
      .filter((message) => isMessageClass(message) && namesOf(message).some((type) => taken.has(type)))
      .map((message) => `"${name}" emits ${message.messageType}, which it also takes`);
  }),
];

/** @throws WaybillError `DURATION_INVALID`, `OPTION_INVALID` */
function positive(option: string, duration: Duration): void {
  if (millisecondsOf(duration) >= 1) return;
  throw new WaybillError('OPTION_INVALID', `${option} is ${show(duration)}`, "give more than nothing: '30 seconds'");
}
