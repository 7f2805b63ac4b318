import { canonical, WaybillError } from '@waybill/core';
import type { Message, Recorded, Runtime } from '@waybill/core';
import { applyRow, emptyFold, encodeRow, metaOf, park, parkStream, step } from '@waybill/core/internal';
import type { ActorDefinition, DecisionContext, Delivery, Entry, Fold, Input, ParkKind, Step } from '@waybill/core/internal';
import { describe, show } from '@waybill/core/store-kit';
import { backwards } from './actor';
import { classOf, deliver, fired, isBroken, probeOnce } from './delivery';
import { diff, print } from './print';
import { watched } from './pure';
import { specRuntime } from './runtime';

export interface WhenOptions {
  /** Of a command: its request id. Default: a new one for each. */
  readonly id?: string;
  /** `meta.time`, milliseconds since 1970. Default: a second later for each message. */
  readonly time?: number;
  /** Of a deadline: the key under which it was set. Default ''. */
  readonly key?: string;
}

/** What became of a message, as the running system would report it; `ignored`: `key()` names no actor. */
export interface Arrival {
  readonly kind: 'applied' | 'duplicate' | 'late' | 'discarded' | 'rejected' | 'conflict' | 'parked' | 'ignored';
  readonly reason?: string | undefined;
  readonly park?: ParkKind | undefined;
  readonly events: readonly Message[];
  /** What the method threw. */
  readonly error?: unknown;
  /** The `meta.time` of the message. */
  readonly time?: number;
  /** The rows that it led to. */
  readonly entries?: readonly Entry[];
}

/** One actor's stream, in memory: takes messages through the flow's own gate, decide and fold, and delivers each twice. */
export class Journal {
  private readonly runtime: Runtime = specRuntime();
  private readonly deciding: DecisionContext;
  private fold: Fold;

  constructor(
    private readonly definition: ActorDefinition,
    private stream?: string,
    private readonly rows: Recorded[] = [],
    private position = 0,
  ) {
    this.deciding = { definition, runtime: this.runtime };
    this.fold = this.reload();
  }

  copy(): Journal {
    return new Journal(this.definition, this.stream, [...this.rows], this.position);
  }

  get state(): unknown {
    return this.fold.state;
  }
  get name(): string {
    return this.definition.name;
  }

  /** @throws WaybillError when the actor breaks a promise that the flow relies on; and what a command's method throws. */
  take(message: Message, options: WhenOptions = {}): Arrival {
    return watched(() => this.taken(message, options));
  }

  private taken(message: Message, options: WhenOptions): Arrival {
    classOf(this.definition, message);
    const position = ++this.position;
    const { id = `message-${position}`, time = position * 1_000 } = options;
    const came = deliver(this.definition, message, canonical(message), { id, time, position });
    if (!came) return { kind: 'ignored', events: [] };
    const fold = this.foldFor(came);
    const { deadline } = this.definition.inputs.get(came.type) ?? {};
    const delivery = deadline ? fired(came, canonical(message), fold, options.key ?? '') : came;
    const { taken, error } = this.run(delivery, fold);
    if (fold === this.fold) {
      this.append(taken.entries);
      this.again(delivery, taken);
      const took = taken.entries.find((entry): entry is Input => entry.kind === 'took');
      if (took?.once !== undefined) this.againUnderNewId(message, took);
    }
    const { kind, reason, refused, events = [] } = taken.result;
    const parked = taken.entries.find((entry) => entry.kind === 'parked');
    return { kind: refused ? 'rejected' : kind, reason, events, park: parked?.park, error, time, entries: taken.entries };
  }

  /** The state in memory must be what its rows fold to: that is what a restart loads. @throws WaybillError `SPEC_RELOAD_DIFFERS` */
  checkReload(): void {
    const [hot, cold] = [this.fold, this.reload()].map(textOf) as [string, string];
    if (hot === cold) return;
    throw new WaybillError(
      'SPEC_RELOAD_DIFFERS',
      `the state of "${this.name}" changes when its rows are loaded again (- before, + after)\n${diff(hot, cold)}\n`,
      'fold only fields that are JSON: anything else that a message class holds is not in the log',
    );
  }

  private reload(): Fold {
    const fold = emptyFold(this.definition, this.stream ?? '');
    watched(() => this.rows.forEach((row) => applyRow(this.definition, fold, row, this.runtime)));
    if (fold.broken !== undefined) throw (fold.broken as Error).cause;
    return fold;
  }

  /** A spec is about one actor. Messages without a valid key are parked in the consumer's own stream. */
  private foldFor({ stream }: Delivery): Fold {
    if (stream === parkStream(this.name)) return emptyFold(this.definition, stream);
    if (this.stream === undefined) {
      this.stream = stream;
      this.fold = this.reload();
    }
    if (stream === this.stream) return this.fold;
    throw new WaybillError(
      'SPEC_OTHER_ACTOR',
      `this spec is about ${show(this.stream)}, the message is for ${show(stream)}`,
      'write one spec per key',
    );
  }

  private run(delivery: Delivery, fold: Fold): { taken: Step; error?: unknown } {
    try {
      probeOnce(this.definition, delivery);
      return { taken: step(this.deciding, fold, delivery) };
    } catch (error) {
      // A running system would retry a few times and then park the message; an error of the class itself must show now.
      if (delivery.isCommand || isBroken(error)) throw error;
      const once = delivery.message && this.definition.inputs.get(delivery.type)?.once?.(delivery.message);
      return { taken: park(this.deciding, fold, delivery, 'failed', describe(error), { attempts: 1, once }), error };
    }
  }

  private append(entries: readonly Entry[]): void {
    for (const entry of entries) {
      const row = encodeRow(entry, this.runtime.uuid(), 0);
      this.rows.push({ ...row, stream: this.stream ?? '', version: this.rows.length, position: ++this.position });
    }
  }

  /** The second delivery of the same row, or of the same command id. */
  private again(delivery: Delivery, first: Step): void {
    const second = step(this.deciding, this.fold, delivery);
    // A deadline that has fired, and any message to a closed actor, is dropped without a comparison.
    const dropped = delivery.origin.kind === 'deadline' || this.fold.closed ? 'late' : 'duplicate';
    const kind = second.result.kind === 'duplicate' && this.fold.closed ? 'late' : second.result.kind;
    const expected = first.entries.length > 0 ? dropped : first.result.kind;
    if (kind !== expected || second.entries.length > 0) throw this.notDropped('the same delivery', delivery, second);
    if (delivery.isCommand && second.first && first.entries.length > 0) this.mustAnswerAlike(delivery, second.first.version, first);
  }

  /** For a method with `once`: a copy under another id and position, with its fields in another order. */
  private againUnderNewId(message: Message, { cause, content }: Input): void {
    const position = ++this.position;
    const copy = deliver(this.definition, message, backwards(content), { id: `${cause.id}-again`, time: position * 1_000, position });
    if (!copy || copy.stream !== this.stream)
      throw new WaybillError(
        'SPEC_KEY_UNSTABLE',
        `key() of "${this.name}" names another actor for the same ${message.type} when its fields come in another order`,
        'derive the key from one field',
      );
    const second = step(this.deciding, this.fold, copy);
    const drops = second.result.kind === (this.fold.closed ? 'late' : 'duplicate');
    if (!drops || second.entries.length > 0) throw this.notDropped('a copy under a new id', copy, second);
  }

  private notDropped(what: string, { type }: Delivery, { result }: Step): WaybillError {
    const lines = diff(...([this.reload(), this.fold].map(({ state, version }) => print({ state, version })) as [string, string]));
    return new WaybillError(
      'SPEC_SECOND_DELIVERY',
      `${what} of ${type} is not dropped: it is ${result.kind} by "${this.name}" (- before, + after)\n${lines}\n`,
      'derive the once key from fields that are the same in every copy, not from the text of the message or the order of its fields',
    );
  }

  /** The second answer is read from the rows of the first copy. */
  private mustAnswerAlike({ type, cause }: Delivery, version: number, { result }: Step): void {
    const [took, ...emitted] = this.rows.slice(version).filter((row) => metaOf(row).cause?.id === cause.id);
    const first = { refused: result.refused ? result.reason : undefined, events: (result.events ?? []).map((event) => canonical(event)) };
    const second = { refused: took && metaOf(took).refused, events: emitted.map((row) => row.data) };
    if (print(first) === print(second)) return;
    throw new WaybillError(
      'SPEC_ANSWER_DIFFERS',
      `${type} with the same id gets another answer (- first, + second)\n${diff(print(first), print(second))}\n`,
      'refuse with a reason of at most 1,000 characters',
    );
  }
}

function textOf({ state, version, dedup }: Fold): string {
  return print({ state, version, ...dedup });
}
