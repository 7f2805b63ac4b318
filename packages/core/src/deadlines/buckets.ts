/**
 * I7, I10: a deadline is on disk before the clock's checkpoint passes the row that set it, and memory holds only the next minutes.
 * This file owns the deadlines on disk; `minutes` owns those in memory, and the gate decides whether one fires.
 */

import { retryTransient, type Runtime } from '../base/runtime';
import { commit } from '../flow/commit';
import { readStream } from '../history/read-stream';
import type { Expected, NewEvent, Recorded, Store } from '../store/port';
import { BucketList } from './bucket-list';
import { causeOf, decodeDue, encodeDue, endRow, isEnd } from './due-row';
import type { Due, DueRow } from './heap';

/** Milliseconds of deadlines that share a bucket. */
export const BUCKET = 60_000;

/** A deadline that is not in a bucket yet. */
export interface NewDue {
  readonly due: number;
  readonly row: DueRow;
}

/** The minute whose deadlines are in this bucket. */
export function minuteOf(bucket: string): number {
  return Number.parseInt(bucket, 10);
}

/** The stream of a bucket. */
export function bucketStream(saga: string, bucket: string): string {
  return `${saga}:due-${bucket}`;
}

/**
 * Deadlines on disk by the minute in which they are due, so that only those of the next minutes are in memory. A bucket is a
 * stream. A deadline may be in two of them, as after a crash: the actor's own stream decides whether it fires.
 *
 * No clock is trusted: a bucket ends by a row that is appended where its deadlines were last read, and nothing is kept in one
 * that has ended. Whoever kept a deadline there meanwhile makes that append fail; whoever comes later begins another bucket of
 * that minute.
 */
export class DueBuckets {
  private readonly list: BucketList;
  private readonly versions = new Map<string, Expected>();
  /** Of each bucket, one of its deadlines: the row that ends it names it again, so that older code can read that row too. */
  private readonly samples = new Map<string, DueRow>();
  private readonly ended = new Set<string>();

  constructor(
    private readonly saga: string,
    private readonly store: Store,
    private readonly runtime: Runtime,
    private readonly stopping: () => boolean,
  ) {
    this.list = new BucketList(saga, store, runtime);
  }

  /** The buckets that may hold deadlines. */
  start(): Promise<readonly string[]> {
    return retryTransient(this.runtime, this.stopping, () => this.list.load());
  }

  /**
   * Hands each to `take` with its bucket once it is durable there; others that are met on the way too.
   * @throws what the store throws; a transient failure only when stopping
   */
  async keep(items: readonly NewDue[], take: (due: Due, bucket: string) => void): Promise<void> {
    for (let left = items; left.length > 0;) {
      const buckets = new Map<string, NewDue[]>();
      for (const item of left) {
        const bucket = this.bucketOf(item.due);
        const same = buckets.get(bucket);
        if (same) same.push(item);
        else buckets.set(bucket, [item]);
      }
      const [{ row: first }] = left as [NewDue, ...NewDue[]];
      await this.list.add([...buckets.keys()], causeOf(this.store, first), this.stopping);
      const time = this.runtime.now();
      const written = await this.append(
        [...buckets].map(([bucket, rows]) => [bucket, rows.map(({ row }) => encodeDue(this.store, this.runtime, row, time))]),
      );
      left = [];
      for (const [i, [bucket, rows]] of [...buckets].entries()) {
        const version = written[i];
        if (version !== undefined) {
          // In one step: a bucket whose deadlines are on disk and not in memory could be ended.
          this.versions.set(bucket, version);
          this.samples.set(bucket, (rows[0] as NewDue).row);
          for (const item of rows) take({ ...item, place: bucket }, bucket);
        } else left = [...left, ...(await this.meetOthers(bucket, rows, take))];
      }
    }
  }

  /** Another worker has written into this bucket. Resolves with those that it does not hold. */
  private async meetOthers(bucket: string, items: readonly NewDue[], take: (due: Due, bucket: string) => void): Promise<NewDue[]> {
    const others = await this.readOn(bucket);
    if (this.ended.has(bucket)) return [...items];
    for (const due of others) take(due, bucket);
    const held = new Set(others.map(({ row }) => row.position));
    return items.filter(({ row }) => !held.has(row.position));
  }

  /** All deadlines of a bucket. */
  load(bucket: string): Promise<Due[]> {
    return this.read(bucket, 'none');
  }

  /** The deadlines of a bucket after the last row that this worker wrote or read. */
  private readOn(bucket: string): Promise<Due[]> {
    return this.read(bucket, this.versions.get(bucket) ?? 'none');
  }

  private read(bucket: string, after: Expected): Promise<Due[]> {
    return retryTransient(this.runtime, this.stopping, () => this.readOnce(bucket, after));
  }

  private async readOnce(bucket: string, after: Expected): Promise<Due[]> {
    const items: Due[] = [];
    let version = after;
    for await (const rows of readStream(this.store, bucketStream(this.saga, bucket), version === 'none' ? 0 : version + 1)) {
      for (const row of rows) {
        const item = decodeDue(row, bucket);
        this.samples.set(bucket, item.row);
        if (isEnd(row)) this.ended.add(bucket);
        else items.push(item);
      }
      ({ version } = rows.at(-1) as Recorded);
    }
    this.versions.set(bucket, version);
    return items;
  }

  /** Ends buckets whose deadlines are all done; one that nothing was kept in stays. Resolves with those that hold others by now, which another worker has kept there. */
  async end(buckets: readonly string[]): Promise<ReadonlyMap<string, readonly Due[]>> {
    const more = new Map<string, readonly Due[]>();
    const time = this.runtime.now();
    const open = buckets.filter((bucket) => !this.ended.has(bucket) && this.samples.has(bucket));
    const written = await this.append(
      open.map((bucket) => [bucket, [endRow(this.store, this.runtime, this.samples.get(bucket) as DueRow, time)]]),
    );
    for (const [i, bucket] of open.entries()) {
      const version = written[i];
      if (version !== undefined) await this.store.truncate(bucketStream(this.saga, bucket), version);
      else {
        const items = await this.readOn(bucket);
        if (!this.ended.has(bucket)) more.set(bucket, items);
      }
    }
    const ended = buckets.filter((bucket) => !more.has(bucket) && this.samples.has(bucket));
    await this.list.drop(ended, this.stopping);
    for (const bucket of ended) this.forget(bucket);
    return more;
  }

  private forget(bucket: string): void {
    this.versions.delete(bucket);
    this.samples.delete(bucket);
    this.ended.delete(bucket);
  }

  private bucketOf(due: number): string {
    const minute = String(Math.floor(due / BUCKET));
    let bucket = minute;
    for (let next = 1; this.ended.has(bucket); next++) bucket = `${minute}.${next}`;
    return bucket;
  }

  /** The version of the last row of each; undefined where another worker has written meanwhile. */
  private async append(buckets: readonly (readonly [bucket: string, events: readonly NewEvent[]])[]): Promise<(number | undefined)[]> {
    if (buckets.length === 0) return [];
    const writes = buckets.map(([bucket, events]) => {
      return { stream: bucketStream(this.saga, bucket), expected: this.versions.get(bucket) ?? ('none' as const), events };
    });
    const written = await retryTransient(this.runtime, this.stopping, () => commit(this.store, this.runtime, writes));
    return written.map((one) => (one.ok ? one.version : undefined));
  }
}
