import type { DueBuckets } from './buckets';
import type { Due } from './heap';

/** Minutes that are read in parallel. */
const AT_ONCE = 64;

interface Minute {
  /** Positions of the rows that set its deadlines: one that is read twice counts once. */
  readonly known: Set<number>;
  open: number;
}

/** The minutes whose deadlines are in memory: each deadline is added once, and a minute is forgotten when no more can come and all are done. */
export class DueMinutes {
  private readonly minutes = new Map<number, Minute>();
  /** Up to these minutes: deadlines were read; no further one can come; all have fired. */
  private loaded = -1;
  private final = -1;
  private done = -1;

  constructor(
    private readonly buckets: DueBuckets,
    private readonly add: (due: Due) => void,
    private readonly stopping: () => boolean,
  ) {}

  async start(): Promise<void> {
    this.loaded = this.final = this.done = await this.buckets.start();
  }

  /** Whether the deadlines of this minute are yet to be read. */
  isAhead(minute: number): boolean {
    return this.loaded < minute;
  }

  /** Ignores a deadline of a minute that is yet to be read: it will be read with its minute. */
  take(due: Due): void {
    const { bucket, row } = due;
    if (this.isAhead(bucket)) return;
    let minute = this.minutes.get(bucket);
    if (!minute) this.minutes.set(bucket, (minute = { known: new Set(), open: 0 }));
    if (minute.known.has(row.position)) return;
    minute.known.add(row.position);
    minute.open++;
    this.add(due);
  }

  ended({ bucket }: Due): void {
    const minute = this.minutes.get(bucket);
    if (minute) minute.open--;
  }

  /** Reads up to this minute; first, those that are now closed a last time, for what another worker has kept there since. */
  async lookAt(minute: number): Promise<void> {
    await this.buckets.close(this.done);
    while (this.final < Math.min(this.loaded, this.buckets.closed) && !this.stopping())
      this.final = await this.read(this.final + 1, Math.min(this.loaded, this.buckets.closed));
    while (this.loaded < minute && !this.stopping()) await this.readOn(minute);
  }

  /** Minutes whose deadlines have all fired are not read again. */
  async forgetDone(): Promise<void> {
    while (this.done < this.final && (this.minutes.get(this.done + 1)?.open ?? 0) === 0) {
      this.minutes.delete(++this.done);
      await this.buckets.forget(this.done);
    }
  }

  private async readOn(minute: number): Promise<void> {
    const first = this.loaded + 1;
    const { closed } = this.buckets;
    // Set before the read: a deadline that is kept meanwhile is added by `take`.
    this.loaded = lastOf(first, minute);
    try {
      await this.read(first, minute);
    } catch (error) {
      this.loaded = first - 1;
      throw error;
    }
    if (this.final === first - 1) this.final = Math.max(this.final, Math.min(this.loaded, closed));
  }

  /** Reads some minutes in parallel; resolves with the last of them. */
  private async read(first: number, upTo: number): Promise<number> {
    const last = lastOf(first, upTo);
    const minutes = Array.from({ length: last - first + 1 }, (_, i) => this.buckets.load(first + i));
    for (const item of (await Promise.all(minutes)).flat()) this.take(item);
    return last;
  }
}

function lastOf(first: number, upTo: number): number {
  return Math.min(upTo, first + AT_ONCE - 1);
}
