/**
 * I7, I10: a deadline is on disk before the clock's checkpoint passes the row that set it, and memory holds only the next minutes.
 * This file owns the deadlines on disk; `minutes` owns those in memory, and the gate decides whether one fires.
 */

import { fieldsOf } from '../base/canonical-json';
import { retryTransient, type Runtime } from '../base/runtime';
import { commit } from '../flow/commit';
import type { Cause } from '../history/cause';
import { metaOf } from '../history/codec';
import { readStream } from '../history/read-stream';
import { damaged, damagedRow } from '../store/damage';
import type { Expected, Recorded, Store } from '../store/port';
import type { Due, DueRow } from './heap';

/** Milliseconds of deadlines that share a stream. */
export const BUCKET = 60_000;
/** How many minutes a bucket stays open after its own: a deadline that is due at once goes into one that will be read again. */
const OPEN_FOR = 2;
/** Earlier minutes that a saga's first worker reads too: by this much may the clock of another first worker be slow. */
const FIRST = 10;
const TYPE = 'took:~due';

/** How far a saga's clock has come: nothing is kept up to minute `closed` any more, and all up to `done` has fired. */
export interface ClockAt {
  readonly closed: number;
  readonly done: number;
}

/**
 * Deadlines on disk by the minute in which they are due, so that only those of the next minutes are in memory. A bucket
 * is a stream. A deadline may be in two of them, as after a crash: the actor's own stream decides whether it fires.
 *
 * No clock is trusted: a worker records that a bucket is closed before it reads it for the last time, and a worker that has
 * kept a deadline there then checks whether it is closed; so one of the two sees the other, whatever their clocks.
 */
export class DueBuckets {
  private readonly versions = new Map<number, Expected>();
  /** The newest minute that is closed, as far as is known. */
  closed = -1;

  constructor(
    private readonly name: string,
    private readonly store: Store,
    private readonly runtime: Runtime,
  ) {}

  /** The newest minute whose deadlines have all fired. */
  async start(): Promise<number> {
    const at = await loadClock(this.store, this.name);
    if (at) return ((this.closed = at.closed), at.done);
    const before = this.now() - OPEN_FOR - FIRST;
    await this.close(before);
    return before;
  }

  /** From here on no worker keeps a deadline in the minutes that are past. */
  async close(done: number): Promise<void> {
    const minute = this.now() - OPEN_FOR;
    if (minute <= this.closed) return;
    await this.store.snapshot(`${this.name}:clock`).save({ version: minute, data: JSON.stringify({ done }) });
    this.closed = minute;
  }

  /** The bucket of a deadline; an overdue one goes into a bucket that will still be read. */
  bucketOf(due: number): number {
    return Math.max(Math.floor(due / BUCKET), this.now(), this.closed + 1);
  }

  now(): number {
    return Math.floor(this.runtime.now() / BUCKET);
  }

  /** Durable when it resolves, each in the bucket that it returns. @throws what the store throws; a transient failure only when `stopping`. */
  async keep(items: readonly Due[], stopping: () => boolean): Promise<Due[]> {
    const kept: Due[] = [];
    for (let left = items; left.length > 0;) {
      await this.write(left, stopping);
      const at = await retryTransient(this.runtime, stopping, () => loadClock(this.store, this.name));
      this.closed = Math.max(this.closed, at?.closed ?? -1);
      kept.push(...left.filter(({ bucket }) => bucket > this.closed));
      left = left.filter(({ bucket }) => bucket <= this.closed).map((item) => ({ ...item, bucket: this.bucketOf(item.due) }));
    }
    return kept;
  }

  private async write(items: readonly Due[], stopping: () => boolean): Promise<void> {
    const buckets = new Map<number, Due[]>();
    for (const item of items) {
      const same = buckets.get(item.bucket);
      if (same) same.push(item);
      else buckets.set(item.bucket, [item]);
    }
    const time = this.runtime.now();
    let open = [...buckets].map(([bucket, rows]) => ({ bucket, events: rows.map(({ row }) => this.encode(row, time)) }));
    while (open.length > 0) {
      const writes = open.map(({ bucket, events }) => ({
        stream: this.stream(bucket),
        expected: this.versions.get(bucket) ?? ('none' as const),
        events,
      }));
      const written = await retryTransient(this.runtime, stopping, () => commit(this.store, this.runtime, writes));
      written.forEach((one, i) => this.versions.set((open[i] as { bucket: number }).bucket, one.ok ? one.version : one.actual));
      open = open.filter((_, i) => !written[i]?.ok);
    }
  }

  /** All deadlines of one minute. */
  async load(bucket: number): Promise<Due[]> {
    const items: Due[] = [];
    for await (const rows of readStream(this.store, this.stream(bucket))) {
      for (const row of rows) items.push(decode(row, bucket));
      this.versions.set(bucket, (rows.at(-1) as Recorded).version);
    }
    return items;
  }

  /** Deletes a minute that is no longer needed. */
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

/** Undefined if the saga has kept no deadline yet. @throws WaybillError `LOG_DAMAGED` */
export async function loadClock(store: Store, saga: string): Promise<ClockAt | undefined> {
  const at = await store.snapshot(`${saga}:clock`).load();
  if (!at) return undefined;
  const { done = at.version } = (fieldsOf(at.data) ?? { done: NaN }) as { done?: number };
  if (Number.isSafeInteger(done)) return { closed: at.version, done };
  throw damaged(`the clock in the snapshot of "${saga}:clock"`);
}

function decode(kept: Recorded, bucket: number): Due {
  const { data, erased } = kept;
  const { cause, armed } = metaOf(kept) as { cause?: Cause; armed?: Partial<Pick<DueRow, 'type' | 'meta' | 'stream' | 'version'>> };
  const { due } = (fieldsOf(String(armed?.meta)) ?? {}) as { due?: unknown };
  const row = { ...armed, data, position: cause?.position, id: cause?.id, erased };
  if (typeof due === 'number' && isDueRow(row)) return { due, bucket, row };
  throw damagedRow(kept);
}

function isDueRow(row: { readonly [F in keyof DueRow]?: unknown }): row is DueRow {
  const texts = [row.type, row.stream, row.id].every((text) => typeof text === 'string');
  return texts && Number.isSafeInteger(row.version) && Number.isSafeInteger(row.position);
}
