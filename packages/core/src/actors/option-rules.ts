import { checkOptions, isObject } from '../base/checks';
import { millisecondsOf } from '../base/duration';
import { show } from '../base/errors';
import { isMessageClass, type AnyMessageClass, type Message } from '../messages/message';
import type { Declaration } from './declaration';
import { checkedBy, rule, type Rule } from './problems';

const ACTOR_OPTIONS = ['retry', 'durable', 'aliases', 'takes', 'retired', 'snapshot'];
const OPTIONS: Readonly<Record<Declaration['kind'], readonly string[]>> = {
  aggregate: [...ACTOR_OPTIONS, 'fromLog', 'refuses'],
  saga: [...ACTOR_OPTIONS, 'lifecycle', 'sends'],
  // `retry` has a rule of its own.
  projection: ['durable', 'aliases', 'retry', 'version'],
  handler: ['delivery', 'retry', 'durable', 'aliases', 'from', 'timeout', 'concurrency', 'rate', 'key', 'emits'],
};
export const ALL = ['aggregate', 'saga', 'projection', 'handler'] as const;
const RETRYING = ['aggregate', 'saga', 'handler'] as const;
const ACTOR_NAME = 'use a letter, then letters, digits, "_" and "." (a "-" separates the name from the key); at most 64 characters';
const NAME = 'use a letter, then letters, digits, "_", "." and "-"; at most 64 characters';

/** What a class decorator may not be given. */
export const OPTION_RULES: readonly Rule[] = [
  rule('ACTOR_NAME', ['aggregate', 'saga'], ACTOR_NAME, (declaration) => misnamed(declaration, /^[A-Za-z][\w.]{0,63}$/)),
  rule('ACTOR_NAME', ['projection', 'handler'], NAME, (declaration) => misnamed(declaration, /^[A-Za-z][\w.-]{0,63}$/)),
  rule('HANDLER_DELIVERY', ['handler'], "choose 'at-least-once' or 'at-most-once'", ({ name, delivery }) =>
    delivery === 'at-least-once' || delivery === 'at-most-once' ? [] : `the delivery of "${name}" is ${show(delivery)}`,
  ),
  checkedBy(['OPTION_INVALID'], ALL, ({ kind, name, given }) => [() => checkOptions(given, `${kind} ${show(name)}`, OPTIONS[kind])]),
  rule('RETRY_ON_PROJECTION', ['projection'], 'leave "retry" out: the event is parked at once', ({ options: { retry = {} } }) =>
    isObject(retry) && Object.keys(retry).length === 0 ? [] : 'a projection has "retry", but a fold is pure: what threw once throws again',
  ),
  checkedBy(['OPTION_INVALID', 'DURATION_INVALID'], RETRYING, ({ className, options: { retry = {} } }) => [
    () => checkOptions(retry, `retry of ${className}`, ['attempts', 'base', 'cap']),
    ...[retry?.base, retry?.cap].map((duration) => () => duration !== undefined && millisecondsOf(duration)),
  ]),
  checkedBy(['OPTION_INVALID'], ALL, ({ className, options: { snapshot = {} } }) => [
    () => checkOptions(snapshot, `snapshot of ${className}`, ['every', 'version']),
  ]),
  rule('OPTION_INVALID', ALL, 'give a whole number from 1', ({ kind, options: { retry, snapshot, version } }) =>
    Object.entries({
      'retry.attempts': kind === 'projection' ? undefined : retry?.attempts,
      'snapshot.every': snapshot?.every,
      'snapshot.version': snapshot?.version,
      version,
    })
      .filter(([, count]) => count !== undefined && !(Number.isSafeInteger(count) && count >= 1))
      .map(([option, count]) => `${option} is ${show(count)}`),
  ),
  rule('OPTION_INVALID', ALL, 'give a list: […]', ({ options: { takes, sends, retired, aliases, emits, refuses } }) =>
    Object.entries<unknown>({ takes, sends, retired, aliases, emits, refuses })
      .filter(([, list]) => list !== undefined && !Array.isArray(list))
      .map(([option, list]) => `${option} is ${show(list)}, not a list`),
  ),
  rule('WRONG_KIND', ALL, 'list command classes', ({ options: { sends, refuses } }) =>
    Object.entries({ sends, refuses }).flatMap(([option, list]) =>
      listed<AnyMessageClass>(list)
        .filter((message) => !isMessageClass(message) || kindOf(message) !== 'command')
        .map((message) => `${option} holds ${show(isMessageClass(message) ? message.messageType : message)}, which is not a command`),
    ),
  ),
  rule('MESSAGE_CLASS_MISSING', ALL, 'list message classes; undefined means that two files import each other', ({ options: { takes } }) =>
    listed(takes)
      .filter((message) => !isMessageClass(message))
      .map((message) => `takes holds ${show(message)}`),
  ),
];

function misnamed({ kind, names }: Declaration, allowed: RegExp): string[] {
  return names.filter((name) => typeof name !== 'string' || !allowed.test(name)).map((name) => `${show(name)} cannot name this ${kind}`);
}

/** Empty for what is not a list: another rule refuses that. */
export function listed<T>(value: readonly T[] | undefined): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [];
}

export function kindOf(message: AnyMessageClass): unknown {
  return (message.prototype as Message)['~kind'];
}
