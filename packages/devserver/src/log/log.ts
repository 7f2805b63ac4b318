import type { Recorded } from '@waybill/core/store-kit';
import type { Rows } from './rows';
import { Recent } from './recent';

/** Rows in one page of a read. */
export const PAGE = 128;
/** Rows fetched by the first read that looks for a stream's end. */
const NEAR = 8;
/** How many streams' last known versions are remembered. */
const HEADS = 16_384;

/** What the store port lacks: the end of a stream, and reading backwards. Keeps nothing that another process could invalidate. */
export class Log {
  /** Versions known to exist, near the ends of their streams: where to start looking. */
  private readonly near = new Recent<number>(HEADS);

  constructor(readonly store: Rows) {}

  /** Where to start looking for the end of this stream, if it was seen before. */
  hint(stream: string): number | undefined {
    return this.near.get(stream);
  }

  seen(stream: string, version: number): void {
    this.near.set(stream, version);
  }

  forget(): void {
    this.near.clear();
  }

  async row(stream: string, version: number): Promise<Recorded | undefined> {
    const [row] = await this.store.read(stream, version, 1);
    return row?.version === version ? row : undefined;
  }

  /** The newest row, found by one read from where it was last seen, else by doubling steps: some 2 log2(n) reads. */
  async last(stream: string): Promise<Recorded | undefined> {
    const hint = this.near.get(stream) ?? 0;
    let rows = await this.store.read(stream, hint, NEAR);
    if (rows.length === 0 && hint > 0) rows = await this.store.read(stream, 0, NEAR);
    const last = rows.length < NEAR ? rows.at(-1) : await this.lastAfter(rows.at(-1)!);
    if (last) this.near.set(stream, last.version);
    return last;
  }

  /** Pages of a stream's rows in order, from version `from` to `to`. */
  async *forwards(stream: string, from: number, to: number): AsyncGenerator<readonly Recorded[]> {
    for (let next = from; next <= to;) {
      const asked = Math.min(PAGE, to - next + 1);
      const rows = await this.store.read(stream, next, asked);
      if (rows.length > 0) yield rows;
      if (rows.length < asked) return;
      next = rows.at(-1)!.version + 1;
    }
  }

  /** Pages of a stream's rows, newest first, from version `from` down to `to`. */
  async *backwards(stream: string, from: number, to: number): AsyncGenerator<readonly Recorded[]> {
    for (let upper = from; upper >= to;) {
      const lower = Math.max(to, upper - PAGE + 1);
      const rows = (await this.store.read(stream, lower, upper - lower + 1)).filter(({ version }) => version <= upper);
      if (rows.length > 0) yield [...rows].reverse();
      if (rows.length < upper - lower + 1) return; // what is below was truncated
      upper = lower - 1;
    }
  }

  /** Pages of the log in order from position `from` to `to`, as far as it reaches now. */
  async *allForwards(from: number, to: number, signal: AbortSignal): AsyncGenerator<readonly Recorded[]> {
    for await (const page of this.store.subscribe({ after: from - 1, everything: true, limit: PAGE }, signal)) {
      const rows = page.position > to ? page.events.filter(({ position }) => position <= to) : page.events;
      if (rows.length > 0) yield rows;
      if (page.caughtUp || page.position >= to) return;
    }
  }

  /** Pages of the log, newest first, from position `from` down. `about`: how many rows are wanted, which sets the first page's size. */
  async *allBackwards(from: number, about: number, signal: AbortSignal): AsyncGenerator<readonly Recorded[]> {
    let span = Math.max(1, Math.min(about, PAGE));
    for (let upper = from; upper > 0 && !signal.aborted;) {
      const lower = Math.max(1, upper - span + 1);
      const rows: Recorded[] = [];
      for await (const page of this.allForwards(lower, upper, signal)) rows.push(...page);
      if (rows.length > 0) yield rows.reverse();
      // Positions have gaps of any width: the fewer rows this span had, the wider the next one is.
      span = rows.length * 2 < Math.min(span, PAGE) ? Math.min(span * 4, 1_048_576) : PAGE;
      upper = lower - 1;
    }
  }

  private async lastAfter(known: Recorded): Promise<Recorded> {
    let low = known;
    let missing = Infinity;
    for (let step = NEAR; missing === Infinity; step *= 2) {
      const row = await this.row(low.stream, low.version + step);
      if (row) low = row;
      else missing = low.version + step;
    }
    while (missing - low.version > 1) {
      const middle = low.version + Math.floor((missing - low.version) / 2);
      const row = await this.row(low.stream, middle);
      if (row) low = row;
      else missing = middle;
    }
    return low;
  }
}
