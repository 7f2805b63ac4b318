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

/** A park stream, as it stands after a position. */
export interface Line {
  readonly stream: string;
  readonly version: Expected;
  /** Of its last row; 0 for none. */
  readonly position: number;
  /** What is parked after that position, in order: positions by version. */
  readonly parked: ReadonlyMap<number, number>;
  /** The last of these positions. */
  readonly last: number;
  /** Versions of which a note says that they were released or skipped. Where there is a row, the row knows better. */
  readonly noted: ReadonlySet<number>;
}

/** The end of a park stream after an append. */
export interface End {
  readonly version: number;
  readonly position: number;
}

/** Room that an append keeps for what is not content. */
const ROOM = 32_768;

/**
 * The park streams of a projection: one for each row that was ever held up, one for each event without a row.
 *
 * Why no event is lost or folded twice, whoever dies where: an event is parked before its row's position moves past it,
 * so it is folded, parked or delivered again. Appends expect the version up to which the stream is known, so what is
 * parked after any position is all events of the row from there on, without a gap. And each state of a row has a
 * position of its own: of the last event while it is not held up, else of the newest row of its park stream. So a
 * compare-and-set holds only for who knows both, and nothing is folded on what another has since released or skipped.
 */
export class ParkStreams {
  private readonly maxWrite: number;

  constructor(
    /** Of the generation. */
    private readonly name: string,
    private readonly store: Store,
    private readonly runtime: Runtime,
  ) {
    this.maxWrite = store.maxWrite ?? LIMITS.write;
  }

  streamOf(key: string): string {
    return `${this.name}:row-${key}`;
  }

  /** An event without a row has a stream to itself: such events are parked in any order. */
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

  /** What stands after the position `from`, in no version below `first`. Keeps two numbers for each message in line. */
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

  /** After `line`; undefined when the stream has moved on meanwhile. */
  async append({ stream, version }: Pick<Line, 'stream' | 'version'>, entries: readonly Entry[]): Promise<End | undefined> {
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

  /** Notes at each of these messages that nobody has released that it is parked no more: the generation is gone. */
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
      // It has no content of its own.
    }
    delivery.useRaw();
    return delivery.content();
  }
}

export function causeOf(row: Recorded): Cause {
  return metaOf(row).cause as Cause;
}

/** What an operator, or a rebuild, did with a parked message. */
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
