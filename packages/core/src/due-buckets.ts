import { commit } from './commit';
import type { Due, DueRow } from './due-heap';
import { isPassing } from './errors';
import type { Runtime } from './runtime';
import { backoff, sleep } from './runtime';
import type { Expected, Recorded, Store } from './store';

/** Milliseconds of deadlines that share a stream. */
export const BUCKET = 60_000;
/** Buckets that stay open behind the newest: clocks of two workers may differ by this much. */
const BEHIND = 2;
const TYPE = 'took:~due';

/**
 * Deadlines on disk by the minute in which they are due, so that only those of the next minutes are in memory. A bucket
 * is a stream; `done` says up to which minute all have fired. A deadline may stand in a bucket twice, as after a crash:
 * the actor's own stream decides whether it fires.
 */
export class DueBuckets {
  private readonly versions = new Map<number, Expected>();

  constructor(
    private readonly name: string,
    private readonly store: Store,
    private readonly runtime: Runtime,
  ) {}

  /** The newest minute whose deadlines have all fired; undefined when none was ever kept. */
  async done(): Promise<number | undefined> {
    return (await this.store.snapshot(`${this.name}:clock`).load())?.version;
  }

  async saveDone(minute: number): Promise<void> {
    await this.store.snapshot(`${this.name}:clock`).save({ version: minute, data: '{}' });
  }

  /** The bucket of a deadline; one that is overdue goes into one that is still looked at. */
  bucketOf(due: number): number {
    return Math.max(Math.floor(due / BUCKET), this.now());
  }

  now(): number {
    return Math.floor(this.runtime.now() / BUCKET);
  }

  /** The newest minute that may be called done at this time. */
  closedUpTo(): number {
    return this.now() - BEHIND;
  }

  /** Durable when it resolves. @throws what the store throws, a failure that passes only when `stopping`. */
  async keep(items: readonly Due[], stopping: () => boolean): Promise<void> {
    const buckets = new Map<number, Due[]>();
    for (const item of items) {
      const same = buckets.get(item.bucket);
      if (same) same.push(item);
      else buckets.set(item.bucket, [item]);
    }
    const time = this.runtime.now();
    let open = [...buckets].map(([bucket, rows]) => ({ bucket, events: rows.map(({ row }) => this.encode(row, time)) }));
    for (let failures = 0; open.length > 0; failures++) {
      try {
        const writes = open.map(({ bucket, events }) => ({
          stream: this.stream(bucket),
          expected: this.versions.get(bucket) ?? ('none' as const),
          events,
        }));
        const written = await commit(this.store, this.runtime, writes);
        written.forEach((one, i) => this.versions.set((open[i] as { bucket: number }).bucket, one.ok ? one.version : one.actual));
        open = open.filter((_, i) => !written[i]?.ok);
      } catch (error) {
        if (!isPassing(error) || stopping()) throw error;
        await sleep(this.runtime, backoff(this.runtime, failures));
      }
    }
  }

  /** All deadlines of one minute. */
  async load(bucket: number): Promise<Due[]> {
    const items: Due[] = [];
    for (let from = 0; ;) {
      const rows = await this.store.read(this.stream(bucket), from);
      for (const row of rows) items.push(decode(row, bucket));
      const last = rows.at(-1);
      if (!last) return items;
      this.versions.set(bucket, last.version);
      from = last.version + 1;
    }
  }

  /** Nothing of this minute is needed any more. */
  async forget(bucket: number): Promise<void> {
    const version = this.versions.get(bucket);
    this.versions.delete(bucket);
    if (typeof version === 'number') await this.store.truncate(this.stream(bucket), version);
  }

  private stream(bucket: number): string {
    return `${this.name}:due-${bucket}`;
  }

  private encode({ type, data, meta, stream, version, position, id }: DueRow, time: number) {
    const cause = `{"id":${JSON.stringify(id)},"source":${JSON.stringify(this.store.id)},"position":${position}}`;
    const of = `{"cause":${cause},"armed":${JSON.stringify({ type, meta, stream, version })}}`;
    return { id: this.runtime.uuid(), type: TYPE, data, meta: of, time };
  }
}

function decode({ data, meta, erased }: Recorded, bucket: number): Due {
  const { cause, armed } = JSON.parse(meta) as {
    cause: { id: string; position: number };
    armed: Pick<DueRow, 'type' | 'meta' | 'stream' | 'version'>;
  };
  const { due } = JSON.parse(armed.meta) as { due: number };
  return { due, bucket, row: { ...armed, data, position: cause.position, id: cause.id, erased } };
}
