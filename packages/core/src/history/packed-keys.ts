import type { OnceKey } from '../actors/definition';
import { IndexSet, rangesUpTo } from '../base/index-set';
import { SHORT_LENGTH, type FirstCopy } from './digest';

/** Characters of a version, in base 36. */
const VERSION = 6;

/** I10: first copies by index: the ranges of the indexes, and per index, in order, a digest of 72 bits and a version. Immutable. */
export class PackedKeys {
  static readonly empty = new PackedKeys(IndexSet.empty, '', '');
  /** How many indexes there are before each range. */
  private readonly before: readonly number[];

  constructor(
    readonly indexes: IndexSet,
    readonly digests: string,
    readonly versions: string,
  ) {
    let sum = 0;
    this.before = indexes.ranges.map(([first, last]) => (sum += last - first + 1) - (last - first + 1));
  }

  /** Bytes in memory, about. */
  get size(): number {
    return this.digests.length + this.versions.length + 80 * this.indexes.ranges.length;
  }

  get(key: OnceKey): FirstCopy | undefined {
    if (typeof key !== 'number' || !this.indexes.has(key)) return undefined;
    const at = this.countBelow(key);
    const version = parseInt(this.versions.slice(at * VERSION, (at + 1) * VERSION), 36);
    return { digest: { kind: 'short', text: this.digests.slice(at * SHORT_LENGTH, (at + 1) * SHORT_LENGTH) }, version };
  }

  /** Adds these, none of which it holds yet. `short` makes the short digest of a first copy. */
  with(added: readonly (readonly [number, FirstCopy])[], short: (first: FirstCopy) => string): PackedKeys {
    if (added.length === 0) return this;
    const sorted = [...added].sort(([a], [b]) => a - b);
    const indexes = this.indexes.addAll(sorted.map(([index]) => index));
    let [digests, versions] = ['', ''];
    let copied = 0;
    for (const [index, first] of sorted) {
      const place = this.countBelow(index);
      digests +=
        this.digests.slice(copied * SHORT_LENGTH, place * SHORT_LENGTH) + short(first).padEnd(SHORT_LENGTH, '.').slice(0, SHORT_LENGTH);
      versions += this.versions.slice(copied * VERSION, place * VERSION) + first.version.toString(36).padStart(VERSION, '0');
      copied = place;
    }
    return new PackedKeys(indexes, digests + this.digests.slice(copied * SHORT_LENGTH), versions + this.versions.slice(copied * VERSION));
  }

  private countBelow(index: number): number {
    const { ranges } = this.indexes;
    const at = rangesUpTo(ranges, index - 1) - 1;
    const range = ranges[at];
    return range ? (this.before[at] as number) + Math.min(index, range[1] + 1) - range[0] : 0;
  }
}
