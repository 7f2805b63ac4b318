import type { ActorDefinition } from '../actors/definition';
import type { Runtime } from '../base/runtime';
import { fits, reasonOf, sizeOf } from '../flow/answer';
import { commit, writeOf } from '../flow/commit';
import type { Delivery } from '../flow/delivery';
import type { Cause } from '../history/cause';
import { metaOf } from '../history/codec';
import { ERASED_DIGEST } from '../history/digest';
import { readStream } from '../history/read-stream';
import type { Entry, Note, Noted, ParkKind, Parked } from '../history/rows';
import { versionOf, type AnyMessageClass } from '../messages/message';
import type { Taken } from '../parking/parked-message';
import { parkedRows } from '../parking/parked-messages';
import { messageTypeOf } from '../store/hidden-rows';
import { LIMITS, bytesOf } from '../store/limits';
import type { Expected, Recorded, Store } from '../store/port';

/** A park stream after a position. */
export interface Line {
  readonly stream: string;
  readonly version: Expected;
  /** Position of its last row; 0 for none. */
  readonly position: number;
  /** The messages parked after a position, in order: their positions by version. */
  readonly parked: ReadonlyMap<number, number>;
  /** The last of these positions. */
  readonly last: number;
  /** Versions that a note calls released or skipped. For a message with a row of the view, that row decides. */
  readonly noted: ReadonlySet<number>;
}

/** Bytes of an append that are kept free for what is not content. */
const ROOM = 32_768;

/**
 * The park streams of a projection: one for each row that was ever held up, one for each event without a row.
 *
 * Why no event is lost or folded twice, whichever process dies where: an event is parked before its row's position moves past
 * it, so it is folded, parked or delivered again. Appends expect the version up to which the stream is known, so what is
 * parked after any position is all events of the row from there on, without a gap. And each state of a row has a
 * position of its own: that of the last event while it is not held up, else that of the newest row of its park stream. So a
 * compare-and-set succeeds only with both known, and nothing is folded on a state that a release or skip has since changed.
 */
export class ParkStreams {
  private readonly maxWrite: number;

  constructor(
    /** The name of the generation. */
    private readonly name: string,
    private readonly store: Store,
    private readonly runtime: Runtime,
  ) {
    this.maxWrite = store.maxWrite ?? LIMITS.write;
  }

  streamOf(key: string): string {
    return `${this.name}:row-${key}`;
  }

  /** An event without a row has a stream of its own: such events are parked in any order. */
  streamAt(position: number): string {
    return `${this.name}:parked-${position}`;
  }

  owns(stream: string): boolean {
    return this.keyOf(stream) !== undefined || stream.startsWith(`${this.name}:parked-`);
  }

  /** Undefined for the stream of an event without a row. */
  keyOf(stream: string): string | undefined {
    const prefix = `${this.name}:row-`;
    return stream.startsWith(prefix) ? stream.slice(prefix.length) : undefined;
  }

  /** What is after the position `from`, from version `first` on. Keeps two numbers for each message in line. */
  async line(stream: string, from: number, first = 0): Promise<Line> {
    const parked = new Map<number, number>();
    const noted = new Set<number>();
    let end: Recorded | undefined;
    let last = from;
    for await (const rows of readStream(this.store, stream, first)) {
      for (const row of rows) {
        const { park, of = -1, cause } = metaOf(row);
        if (park === 'skipped' || park === 'released') noted.add(of);
        else if (park !== 'retried' && cause && cause.position > last) parked.set(row.version, (last = cause.position));
      }
      end = rows.at(-1);
    }
    return { stream, version: end?.version ?? 'none', position: end?.position ?? 0, parked, last, noted };
  }

  /** As many of the entries as one append takes, at least the first. */
  fitting<E extends Entry>(entries: readonly E[]): readonly E[] {
    let size = 0;
    const many = entries.findIndex((entry) => (size += sizeOf(entry)) * 3 > this.maxWrite);
    if (many < 0 || fits(entries, this.maxWrite)) return entries;
    return entries.slice(0, Math.max(1, many));
  }

  /** Appends after `line`, and resolves with the new end of the stream; undefined if the stream has changed since. */
  async append({ stream, version }: Pick<Line, 'stream' | 'version'>, entries: readonly Entry[]) {
    const [written] = await commit(this.store, this.runtime, [writeOf(stream, version, entries, this.runtime)]);
    return written?.ok ? written : undefined;
  }

  parked(delivery: Delivery, park: ParkKind, error: unknown, definition: ActorDefinition): Parked {
    const { type, cause, time: at } = delivery;
    const { reason, stack } = reasonOf(error);
    const version = delivery.message ? versionOf(definition.folds.get(type)?.message as AnyMessageClass) : 1;
    const said = { reason, attempts: park === 'failed' ? 1 : 0, at, stack };
    return { kind: 'parked', type, cause, content: this.contentOf(delivery), version, digest: ERASED_DIGEST, park, ...said };
  }

  /** Notes for each message that is still parked that it no longer is, because its generation is replaced. */
  async close(taken: Taken, why: string): Promise<void> {
    const streams = new Set<string>();
    for await (const { stream } of parkedRows(this.store, taken, (name) => this.owns(name))) streams.add(stream);
    for (const stream of streams) {
      for (;;) {
        const line = await this.line(stream, 0);
        const isOpen = (version: number): boolean => line.parked.has(version) && !line.noted.has(version);
        const version = [...line.parked.keys()].find(isOpen);
        if (version === undefined) break;
        const open = (await this.store.read(stream, version, 100)).filter((row) => isOpen(row.version));
        await this.append(
          line,
          open.map((row) => noteOn(row, 'released', { by: 'rebuild', why })),
        );
      }
    }
  }

  private contentOf(delivery: Delivery): string {
    try {
      if (delivery.message && bytesOf(delivery.content()) <= this.maxWrite - ROOM) return delivery.content();
    } catch {
      // It has no valid content: its raw text is kept.
    }
    delivery.useRaw();
    return delivery.content();
  }
}

export function causeOf(row: Recorded): Cause {
  return metaOf(row).cause as Cause;
}

/** The note on what an operator or a rebuild did with a parked message. */
export function noteOn(row: Recorded, park: Note, what: Pick<Noted, 'by' | 'why' | 'reason' | 'attempts' | 'stack'>): Noted {
  return {
    kind: 'noted',
    type: messageTypeOf(row.type),
    cause: causeOf(row),
    content: '{}',
    version: 1,
    of: row.version,
    park,
    ...what,
  };
}
