import { minuteOf, type DueBuckets } from './buckets';
import type { Due } from './heap';

/** Buckets that are read, or ended, together. */
const AT_ONCE = 32;

interface Bucket {
  /** Positions of the rows that set its deadlines: one that is read twice counts once. */
  readonly known: Set<number>;
  open: number;
}

/** The buckets whose deadlines are in memory: each deadline is added once, and a bucket is ended when its minute is over and all are done. */
export class DueMinutes {
  private readonly buckets = new Map<string, Bucket>();
  /** Buckets of later minutes, the next one last. */
  private ahead: string[] = [];
  private expected = new Set<string>();
  /** Deadlines up to this minute are in memory. */
  private loaded = -Infinity;

  constructor(
    private readonly disk: DueBuckets,
    private readonly add: (due: Due) => void,
    /** There are enough deadlines in memory. */
    private readonly isFull: () => boolean,
    private readonly pause: () => Promise<void>,
  ) {}

  async start(): Promise<void> {
    this.ahead = [...(await this.disk.start())].sort((a, b) => minuteOf(b) - minuteOf(a));
    this.expected = new Set(this.ahead);
  }

  /** Whether deadlines up to this minute are yet to be read. */
  isAhead(minute: number): boolean {
    const next = this.ahead.at(-1);
    return next !== undefined && minuteOf(next) <= minute;
  }

  /** A deadline that is in its bucket: one of a later minute will be read with that minute. */
  take(due: Due, bucket: string): void {
    if (minuteOf(bucket) > this.loaded) return this.expect(bucket);
    const { known } = this.bucketOf(bucket);
    if (known.has(due.row.position)) return;
    known.add(due.row.position);
    this.bucketOf(bucket).open++;
    this.add(due);
  }

  ended(bucket: string): void {
    const held = this.buckets.get(bucket);
    if (held) held.open--;
  }

  /** Reads up to this minute, the earlier buckets first, as far as there is room. */
  async lookAt(minute: number): Promise<void> {
    while (this.isAhead(minute) && !this.isFull()) {
      const next: string[] = [];
      while (next.length < AT_ONCE && this.isAhead(minute)) next.push(this.ahead.pop() as string);
      for (const bucket of next) this.expected.delete(bucket);
      // Set before the read: a deadline that is kept meanwhile is added by `take`.
      this.loaded = Math.max(this.loaded, minuteOf(next.at(-1) as string));
      const read = await Promise.all(next.map((bucket) => this.disk.load(bucket)));
      for (const [i, bucket] of next.entries()) {
        this.bucketOf(bucket);
        for (const item of read[i] as Due[]) this.take(item, bucket);
      }
      // Other work of the process has its turn.
      if (this.isAhead(minute)) await this.pause();
    }
    if (!this.isAhead(minute)) this.loaded = Math.max(this.loaded, minute);
  }

  /** Buckets of minutes before this one whose deadlines have all fired are not read again. */
  async endBefore(minute: number): Promise<void> {
    const done = [...this.buckets].filter(([bucket, { open }]) => open === 0 && minuteOf(bucket) < minute).map(([bucket]) => bucket);
    for (let from = 0; from < done.length; from += AT_ONCE) {
      const some = done.slice(from, from + AT_ONCE);
      const more = await this.disk.end(some);
      for (const bucket of some) {
        const items = more.get(bucket);
        if (!items) this.buckets.delete(bucket);
        else for (const item of items) this.take(item, bucket);
      }
    }
  }

  private expect(bucket: string): void {
    if (this.expected.has(bucket)) return;
    this.expected.add(bucket);
    const minute = minuteOf(bucket);
    let [low, high] = [0, this.ahead.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (minuteOf(this.ahead[middle] as string) > minute) low = middle + 1;
      else high = middle;
    }
    this.ahead.splice(low, 0, bucket);
  }

  private bucketOf(name: string): Bucket {
    let bucket = this.buckets.get(name);
    if (!bucket) this.buckets.set(name, (bucket = { known: new Set(), open: 0 }));
    return bucket;
  }
}
