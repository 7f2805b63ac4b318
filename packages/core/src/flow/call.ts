import type { HandlerDefinition } from '../actors/definition';
import { millisecondsOf } from '../base/duration';
import { WaybillError, show } from '../base/errors';
import { Timer, type Runtime } from '../base/runtime';
import type { Cause } from '../history/cause';
import type { AnyMessageClass, Message } from '../messages/message';
import { Attempts } from './attempt';
import type { ConsumerContext } from './context';

/**
 * I14: a call to the outside ends: with its answer, with what it threw, when its time is up or when the app stops. What it does
 * after that is no longer heard. `attempt` owns what the log says of it.
 */
export class Calls {
  private readonly underWay = new Set<(error: WaybillError) => void>();

  private readonly attempts: Attempts;
  private readonly runtime: Runtime;

  constructor(
    private readonly definition: HandlerDefinition,
    context: Pick<ConsumerContext, 'store' | 'runtime'>,
    stopping: () => boolean,
  ) {
    this.runtime = context.runtime;
    this.attempts = new Attempts(definition.name, context, stopping);
  }

  /** Marks the one attempt of a call at most once; false if there was one before. */
  begin(type: string, cause: Cause): Promise<boolean> {
    return this.attempts.begin(type, cause);
  }

  /**
   * Makes the call and keeps what it answers. What is answered in the log is not called for again.
   * @throws what the method throws, `CALL_TIMEOUT`, `CALL_CUT_OFF`, `ANSWER_NOT_DECLARED`
   */
  async carry(type: string, message: Message, cause: Cause, time: number): Promise<void> {
    if (this.definition.emits.size > 0 && (await this.attempts.isAnswered(cause))) return;
    await this.attempts.answer(type, cause, await this.make(type, message, cause, time));
  }

  private async make(type: string, message: Message, cause: Cause, time: number): Promise<readonly Message[]> {
    const call = this.definition.calls.get(type)?.call;
    const answer = await this.bounded((signal) => call?.(message, { id: cause.id, time, position: cause.position, signal }));
    return answersOf(this.definition, type, answer);
  }

  /** Waits for none of the calls in progress any more. */
  cutOff(): void {
    const error = new WaybillError(
      'CALL_CUT_OFF',
      `the app stopped before the call of "${this.definition.name}" had ended`,
      'give stop({ within }) more time; whether the call went through is unknown',
    );
    for (const giveUp of [...this.underWay]) giveUp(error);
  }

  private bounded(call: (signal: AbortSignal) => unknown): Promise<unknown> {
    const { timeout } = this.definition.options;
    const abort = new AbortController();
    return new Promise((resolve, reject) => {
      const timer = new Timer(this.runtime, () => giveUp(this.timedOut()));
      const ended = (): void => (timer.cancel(), void this.underWay.delete(giveUp));
      const giveUp = (error: WaybillError): void => (ended(), abort.abort(error), reject(error));
      if (timeout !== undefined) timer.set(millisecondsOf(timeout));
      this.underWay.add(giveUp);
      new Promise((done) => done(call(abort.signal))).finally(ended).then(resolve, reject);
    });
  }

  private timedOut(): WaybillError {
    const { name, options } = this.definition;
    return new WaybillError(
      'CALL_TIMEOUT',
      `the call of "${name}" had not ended after ${show(options.timeout)}`,
      'hand meta.signal on to what it waits for, or raise the timeout of its class; whether the call went through is unknown',
    );
  }
}

/** @throws WaybillError `ANSWER_NOT_DECLARED` */
function answersOf({ name, emits }: HandlerDefinition, type: string, answer: unknown): readonly Message[] {
  const parts = (Array.isArray(answer) ? answer : [answer]) as readonly (Message | undefined)[];
  // Whatever else a call of a class without `emits` returns is for nobody.
  if (emits.size === 0 && !parts.some((part) => (part as Partial<Message> | null | undefined)?.['~kind'] !== undefined)) return [];
  if (answer === undefined || answer === null) return [];
  for (const part of parts) {
    if (part && emits.get(part.type) === (part.constructor as AnyMessageClass)) continue;
    throw new WaybillError(
      'ANSWER_NOT_DECLARED',
      `@On(${type}) of "${name}" answered ${show((part as Partial<Message> | null | undefined)?.type ?? part)}, which it does not emit`,
      `list the class of the event: @Handler('${name}', { emits: […] })`,
    );
  }
  return parts as readonly Message[];
}
