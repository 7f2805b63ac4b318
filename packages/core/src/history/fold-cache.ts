import { IndexSet } from '../base/index-set';
import type { Fold } from './fold';

/** Bytes of the folds of one class that are kept, about. */
const BYTES = 32_000_000;
/** Bytes of a fold without a state. */
const EMPTY = 1_000;

interface Kept {
  readonly fold: Fold;
  readonly size: number;
}

/**
 * I10: folds of recently used actors, at most `limit`, of at most `bytes` in all: one that is used survives until half as much was
 * used after it. A fold whose rows are being appended is held by its turn, so eviction cannot touch it.
 */
export class FoldCache {
  private young = new Map<string, Kept>();
  private old = new Map<string, Kept>();
  /** Of `young`. */
  private size = 0;

  constructor(
    private readonly limit: number,
    private readonly bytes = BYTES,
  ) {}

  /** Undefined when there is none that includes this version. */
  get(stream: string, version = -1): Fold | undefined {
    const young = this.young.get(stream);
    const fold = (young ?? this.old.get(stream))?.fold;
    if (!fold || (version >= 0 && (fold.version === 'none' || fold.version < version))) return undefined;
    if (!young) this.set(fold);
    return fold;
  }

  set(fold: Fold): void {
    const size = sizeOf(fold);
    this.size += size - (this.young.get(fold.stream)?.size ?? 0);
    if (this.young.size >= this.limit / 2 || (this.young.size > 0 && this.size > this.bytes / 2)) {
      this.old = this.young;
      this.young = new Map();
      this.size = size;
    }
    this.young.set(fold.stream, { fold, size });
  }

  drop(stream: string): void {
    this.size -= this.young.get(stream)?.size ?? 0;
    this.young.delete(stream);
    this.old.delete(stream);
  }
}

/** Its state is counted anew when it may have doubled: so a message costs no more than what it brings. */
function sizeOf(fold: Fold): number {
  if (fold.grown > fold.stateSize) {
    fold.stateSize = EMPTY + bytesIn(fold.state);
    fold.grown = 0;
  }
  return fold.stateSize + fold.grown + fold.dedup.size + (fold.closed?.keys.size ?? 0);
}

/** Bytes of a state in memory, about. */
function bytesIn(value: unknown): number {
  if (typeof value === 'string') return 16 + value.length;
  if (typeof value !== 'object' || value === null) return 8;
  if (value instanceof IndexSet) return 80 * value.ranges.length;
  let bytes = 32;
  for (const field of Object.values(value)) bytes += 16 + bytesIn(field);
  return bytes;
}
