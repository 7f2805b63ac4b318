import type { OnceKey } from '../actors/definition';
import { IndexSet } from '../base/index-set';

/** A first copy: the digest of its content and its version in the actor's stream. */
export interface First {
  readonly hash: string;
  readonly version: number;
}

/** Marks the short digests of packed first copies; no content and no digest begins with it. */
export const SHORT = '#';
/** Characters of a short digest, 6 bits each. */
export const DIGEST = 12;
const VERSION = 6;

/** First copies of indexes, in three texts: ranges, and per index in order a digest of 72 bits and a version. Immutable. */
export class PackedFirsts {
  static readonly empty = new PackedFirsts(IndexSet.empty, '', '');
  /** How many indexes stand before each range. */
  private readonly before: readonly number[];

  constructor(
    readonly indexes: IndexSet,
    readonly digests: string,
    readonly versions: string,
  ) {
    let sum = 0;
    this.before = indexes.ranges.map(([first, last]) => (sum += last - first + 1) - (last - first + 1));
  }

  get(key: OnceKey): First | undefined {
    const at = typeof key === 'number' ? this.placeOf(key) : -1;
    if (at < 0) return undefined;
    const version = parseInt(this.versions.slice(at * VERSION, (at + 1) * VERSION), 36);
    return { hash: SHORT + this.digests.slice(at * DIGEST, (at + 1) * DIGEST), version };
  }

  /** With these too, none of which is here yet. `short` makes the digest of a first copy, `SHORT` left out. */
  with(added: readonly (readonly [number, First])[], short: (first: First) => string): PackedFirsts {
    if (added.length === 0) return this;
    const sorted = [...added].sort(([a], [b]) => a - b);
    let indexes = this.indexes;
    for (const [index] of sorted) indexes = indexes.add(index);
    let [digests, versions] = ['', ''];
    let copied = 0;
    for (const [index, first] of sorted) {
      const place = this.countBelow(index);
      digests += this.digests.slice(copied * DIGEST, place * DIGEST) + short(first).padEnd(DIGEST, '.').slice(0, DIGEST);
      versions += this.versions.slice(copied * VERSION, place * VERSION) + first.version.toString(36).padStart(VERSION, '0');
      copied = place;
    }
    return new PackedFirsts(indexes, digests + this.digests.slice(copied * DIGEST), versions + this.versions.slice(copied * VERSION));
  }

  private placeOf(index: number): number {
    return this.indexes.has(index) ? this.countBelow(index) : -1;
  }

  private countBelow(index: number): number {
    const { ranges } = this.indexes;
    let [low, high] = [0, ranges.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((ranges[middle] as readonly [number, number])[0] < index) low = middle + 1;
      else high = middle;
    }
    const range = ranges[low - 1];
    return range ? (this.before[low - 1] as number) + Math.min(index, range[1] + 1) - range[0] : 0;
  }
}
