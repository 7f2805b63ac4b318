import { canonical } from '../base/canonical-json';
import { retryTransient } from '../base/runtime';
import type { Cause } from '../history/cause';
import { encodeRow } from '../history/codec';
import type { Entry } from '../history/rows';
import { versionOf, type AnyMessageClass, type Message } from '../messages/message';
import { commit } from './commit';
import type { ConsumerContext } from './context';

/**
 * I1, I2, I6: what the log says of one event at one handler. The row of its one attempt, where it is called at most once, in
 * `<handler>:<position>`; what the call answered, in one append with the row of its cause, in `<handler>:answer-<position>`. Only one
 * worker can begin a stream, so an attempt is marked once and an answer is kept once.
 */
export class Attempts {
  constructor(
    private readonly handler: string,
    private readonly context: Pick<ConsumerContext, 'store' | 'runtime'>,
    private readonly stopping: () => boolean,
  ) {}

  /** Marks the attempt before its call is made; false if it was marked before. */
  begin(type: string, cause: Cause): Promise<boolean> {
    return this.open(attemptStream(this.handler, cause.position), [rowOf('took', type, cause, '{}', 1)]);
  }

  /** Whether an answer to this event is in the log. */
  async isAnswered({ position }: Cause): Promise<boolean> {
    const { store, runtime } = this.context;
    const read = (): Promise<readonly unknown[]> => store.read(answerStream(this.handler, position), 0, 1);
    return (await retryTransient(runtime, this.stopping, read)).length > 0;
  }

  /** Resolves when an answer is durable: these events, unless those of an earlier call are there already. */
  async answer(type: string, cause: Cause, events: readonly Message[]): Promise<void> {
    if (events.length === 0) return;
    const rows = events.map((event) =>
      rowOf('emitted', event.type, cause, canonical(event), versionOf(event.constructor as AnyMessageClass)),
    );
    await this.open(answerStream(this.handler, cause.position), [rowOf('took', type, cause, '{}', 1), ...rows]);
  }

  /** False if the stream exists. The identical write each time: its ids distinguish our own stored write from another worker's. */
  private async open(stream: string, entries: readonly Entry[]): Promise<boolean> {
    const { store, runtime } = this.context;
    const time = runtime.now();
    const events = entries.map((entry) => encodeRow(entry, runtime.uuid(), time));
    const writes = [{ stream, expected: 'none' as const, events }];
    const [written] = await retryTransient(runtime, this.stopping, () => commit(store, runtime, writes));
    return written?.ok === true;
  }
}

export function attemptStream(handler: string, position: number): string {
  return `${handler}:${position}`;
}
export function answerStream(handler: string, position: number): string {
  return `${handler}:answer-${position}`;
}

function rowOf(kind: 'took' | 'emitted', type: string, cause: Cause, content: string, version: number): Entry {
  return { kind, type, cause, content, version } as Entry;
}
