import type { ActorDefinition, HandlerDefinition, InputHandler } from '../actors/definition';
import { millisecondsOf } from '../base/duration';
import { WaybillError } from '../base/errors';
import { reasonOf } from '../flow/answer';
import type { ConsumerContext } from '../flow/context';
import { Flow } from '../flow/flow';
import type { Result } from '../flow/outcome';
import { waitAfter } from '../flow/retry';
import type { Cause } from '../history/cause';
import { metaOf } from '../history/codec';
import { versionOf, type Message } from '../messages/message';
import { messageTypeOf } from '../store/hidden-rows';
import type { Decider, ParkedRow, Signature } from './parked-message';
import type { OpenParks, ParkingKind } from './parked-messages';
import { Releases } from './release';

/** How long a retry of a class without a time limit keeps others from beginning, if its process dies in it. */
const CLAIM_MS = 300_000;
/** What a retry may take besides its call. */
const MARGIN_MS = 10_000;

/** Each message has a park stream of its own: they are parked in any order, and in one stream an earlier one would count as seen. */
export function parkStreamOf(consumer: string, position: number): string {
  return `${consumer}:parked-${position}`;
}

/** The definition of a flow that only parks what a handler takes. */
function onlyParks({ name, calls, options: { retry } }: HandlerDefinition): ActorDefinition {
  const input = (message: InputHandler['message']): InputHandler => ({
    ...{ message, version: versionOf(message), decide: () => [], late: undefined, deadline: false },
    ...{ once: undefined, onceSource: '', onceText: '', before: undefined },
  });
  return {
    ...{ kind: 'saga', name, names: [name], lifecycle: undefined, folds: new Map(), options: retry ? { retry } : {} },
    ...{ sends: new Map(), refuses: new Map() },
    inputs: new Map([...calls].map(([type, { message }]) => [type, input(message)])),
    initial: () => null,
    key: () => undefined,
  };
}

/** A flow that parks every message it is given, once per position. */
export function parkingOf(definition: HandlerDefinition, context: ConsumerContext): Flow {
  return new Flow(onlyParks(definition), context);
}

/** How a handler calls. */
interface Caller {
  /** With no more calls in progress than there may be. */
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>;
  /** @throws what the call throws */
  readonly carry: (type: string, message: Message, cause: Cause, time: number) => Promise<void>;
}

/**
 * Events whose calls have failed. A retry is another call: of two who retry one message, in one process or in two, the first to claim
 * it calls. It leaves a row however it ends.
 */
export class CallParking implements ParkingKind {
  private readonly releases: Releases;

  constructor(
    private readonly definition: HandlerDefinition,
    flow: Flow,
    private readonly context: ConsumerContext,
    private readonly caller: Caller,
  ) {
    this.releases = new Releases(onlyParks(definition), flow, context);
  }

  owns(stream: string): boolean {
    return stream.startsWith(`${this.definition.name}:parked-`);
  }

  async look(stream: string): Promise<OpenParks | undefined> {
    const retry = (parked: ParkedRow, by: Signature): Promise<Result> =>
      this.releases.counted(parked.row, stream, () => this.caller.inTurn(() => this.retry(parked, by)));
    const open = await this.releases.look(stream, retry);
    return open.versions.size > 0 ? open : undefined;
  }

  private async retry(parked: ParkedRow, decider: Decider): Promise<Result> {
    const { row } = parked;
    const { timeout } = this.definition.options;
    const { runtime } = this.context;
    const until = runtime.now() + (timeout === undefined ? CLAIM_MS : millisecondsOf(timeout) + MARGIN_MS);
    const claimed = await this.releases.append('claim', row, decider, { until });
    if (claimed.kind === 'duplicate') return claimed;
    try {
      await this.call(parked);
    } catch (error) {
      const attempts = (decider.attempts ?? metaOf(row).attempts ?? 0) + 1;
      const { reason, stack } = reasonOf(error);
      const failure = { reason, stack, attempts, due: decider.automatic ? this.nextTry(attempts) : undefined };
      await this.releases.append('fail', row, decider, { failure });
      return { kind: 'parked', reason };
    }
    await this.releases.append('close', row, decider);
    return { kind: 'applied' };
  }

  private async call({ row, message, invalid = '' }: ParkedRow): Promise<void> {
    const { cause, at = row.time } = metaOf(row);
    if (!message || !cause) throw new WaybillError('PARKED_UNREADABLE', invalid, 'correct the schema, or skip the message');
    await this.caller.carry(messageTypeOf(row.type), message, cause, at);
  }

  private nextTry(attempts: number): number | undefined {
    const { runtime, limits } = this.context;
    const { retry } = this.definition.options;
    return attempts < (retry?.attempts ?? limits.attempts) ? runtime.now() + waitAfter(runtime, retry, attempts) : undefined;
  }
}
