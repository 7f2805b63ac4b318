import { createHash } from 'node:crypto';
import { LIMITS } from '@waybill/core/store-kit';
import type { NewEvent, Page, Query, Recorded, Store, Write, Written } from '@waybill/core/store-kit';

/** A name that is too long for a store is kept under this and its digest, and itself stands in the `meta` of each row. */
const LONG = '$long-';
const NAME = '{"$stream":';

/**
 * The rows of a store as this server shows them: a name may have any length, and a position is `step` times that of the store, so
 * that, as on the real server, no row stands at most numbers.
 */
export class Rows {
  constructor(
    private readonly store: Store,
    readonly step: number,
  ) {}

  get id(): string {
    return this.store.id;
  }

  async append(writes: readonly Write[]): Promise<readonly Written[]> {
    const written = await this.store.append(writes.map(kept));
    if (this.step === 1) return written;
    return written.map((one) => (one.ok ? { ...one, position: one.position * this.step } : one));
  }

  async read(stream: string, from: number, limit: number): Promise<readonly Recorded[]> {
    return this.shown(await this.store.read(keptName(stream), from, limit));
  }

  async *subscribe({ after, ...query }: Query, signal: AbortSignal): AsyncGenerator<Page> {
    const pages = this.store.subscribe({ ...query, after: Math.floor(after / this.step) }, signal);
    for await (const { events, position, caughtUp } of pages) {
      yield { events: this.shown(events), position: position * this.step, caughtUp };
    }
  }

  async head(): Promise<number> {
    return (await this.store.head()) * this.step;
  }

  /** Whether a row stands at this position, or stood there and was dropped. */
  stands(position: number): boolean {
    return position % this.step === 0;
  }

  private shown(rows: readonly Recorded[]): readonly Recorded[] {
    const isAsKept = this.step === 1 && !rows.some(({ stream }) => stream.startsWith(LONG));
    return isAsKept ? rows : rows.map((row) => ({ ...named(row), position: row.position * this.step }));
  }
}

/** Writes as the store can keep them. */
export function kept(write: Write): Write {
  const { stream } = write;
  const name = keptName(stream);
  if (name === stream) return write;
  return { ...write, stream: name, events: write.events.map((event) => ({ ...event, meta: metaWith(stream, event) })) };
}

function keptName(stream: string): string {
  if (!stream.startsWith(LONG) && (stream.length * 3 <= LIMITS.name || Buffer.byteLength(stream) <= LIMITS.name)) return stream;
  return LONG + createHash('sha256').update(stream).digest('hex');
}

function metaWith(stream: string, { meta }: NewEvent): string {
  return `${NAME}${JSON.stringify(stream)},"meta":${JSON.stringify(meta)}}`;
}

function named(row: Recorded): Recorded {
  if (!row.stream.startsWith(LONG) || !row.meta.startsWith(NAME)) return row;
  const { $stream: stream, meta } = JSON.parse(row.meta) as { $stream: string; meta: string };
  return { ...row, stream, meta };
}
