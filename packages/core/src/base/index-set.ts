import { WaybillError, show } from './errors';

/**
 * I10: an immutable set of whole numbers from 0, kept as merged ranges `[first, last]`: dense input takes a few numbers,
 * whatever its size or order.
 */
export class IndexSet {
  static readonly empty = new IndexSet([]);

  private constructor(
    /** Sorted, disjoint, never touching. */
    readonly ranges: readonly (readonly [first: number, last: number])[],
  ) {}

  static of(...indexes: readonly number[]): IndexSet {
    return IndexSet.empty.addAll(indexes);
  }

  static fromJSON(ranges: readonly (readonly [number, number])[]): IndexSet {
    return ranges.length === 0 ? IndexSet.empty : new IndexSet([...ranges]);
  }

  get size(): number {
    return this.ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
  }

  /** @throws WaybillError `INDEX_INVALID` when `index` is not a whole number from 0 to 2^53 - 1. */
  add(index: number): IndexSet {
    mustBeIndex(index);
    const at = rangesUpTo(this.ranges, index);
    const below = this.ranges[at - 1];
    const above = this.ranges[at];
    if (below && below[1] >= index) return this;
    const joinsBelow = below !== undefined && below[1] === index - 1;
    const joinsAbove = above !== undefined && above[0] === index + 1;
    const merged: [number, number] = [joinsBelow ? below[0] : index, joinsAbove ? above[1] : index];
    const from = joinsBelow ? at - 1 : at;
    const ranges = this.ranges.slice();
    ranges.splice(from, (joinsAbove ? at + 1 : at) - from, merged);
    return new IndexSet(ranges);
  }

  /** As `add` of each, without a copy of the set for each. @throws WaybillError `INDEX_INVALID` */
  addAll(indexes: readonly number[]): IndexSet {
    if (indexes.length < 2) return indexes.reduce((set, index) => set.add(index), this as IndexSet);
    for (const index of indexes) mustBeIndex(index);
    const added = Float64Array.from(indexes).sort();
    const ranges: [number, number][] = [];
    let next = 0;
    for (const [first, end] of [...this.ranges, [Infinity, Infinity] as const]) {
      for (; (added[next] ?? Infinity) < first; next++) join(ranges, added[next] as number, added[next] as number);
      if (first < Infinity) join(ranges, first, end);
    }
    return new IndexSet(ranges);
  }

  has(index: number): boolean {
    const below = this.ranges[rangesUpTo(this.ranges, index) - 1];
    return below !== undefined && below[1] >= index;
  }

  /** Whether it holds every index from 0 to `count - 1`. */
  covers(count: number): boolean {
    return count <= 0 || (this.ranges[0]?.[0] === 0 && this.ranges[0][1] >= count - 1);
  }

  /** The indexes from 0 to `count - 1` that it does not hold, at most `limit` (1,000) of them. */
  missing(count: number, limit = 1_000): number[] {
    const gaps: number[] = [];
    let next = 0;
    for (const [first, last] of [...this.ranges, [count, count] as const]) {
      for (let i = next; i < Math.min(first, count) && gaps.length < limit; i++) gaps.push(i);
      next = Math.max(next, last + 1);
    }
    return gaps;
  }

  *[Symbol.iterator](): Iterator<number> {
    for (const [first, last] of this.ranges) for (let i = first; i <= last; i++) yield i;
  }

  toJSON(): readonly (readonly [number, number])[] {
    return this.ranges;
  }
}

function mustBeIndex(index: number): void {
  if (Number.isSafeInteger(index) && index >= 0) return;
  throw new WaybillError('INDEX_INVALID', `an index of an IndexSet is ${show(index)}`, 'give a whole number from 0');
}

/** Adds a range that begins at or above the last one's beginning. */
function join(ranges: [number, number][], first: number, end: number): void {
  const last = ranges.at(-1);
  if (last && first <= last[1] + 1) last[1] = Math.max(last[1], end);
  else ranges.push([first, end]);
}

/** How many of the sorted ranges begin at or below `index`. */
export function rangesUpTo(ranges: IndexSet['ranges'], index: number): number {
  let [low, high] = [0, ranges.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ranges[middle] as IndexSet['ranges'][number])[0] <= index) low = middle + 1;
    else high = middle;
  }
  return low;
}
