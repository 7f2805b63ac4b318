import type { Fold } from './fold';

/**
 * I10: folds of recently used actors, at most `limit`: one that is used survives until `limit / 2` others were used after it.
 * A fold whose rows are being appended is held by its turn, so eviction cannot touch it.
 */
export class FoldCache {
  private young = new Map<string, Fold>();
  private old = new Map<string, Fold>();

  constructor(private readonly limit: number) {}

  /** Undefined when there is none that includes this version. */
  get(stream: string, version = -1): Fold | undefined {
    const young = this.young.get(stream);
    const fold = young ?? this.old.get(stream);
    if (!fold || (version >= 0 && (fold.version === 'none' || fold.version < version))) return undefined;
    if (!young) this.set(fold);
    return fold;
  }

  set(fold: Fold): void {
    if (this.young.size >= this.limit / 2) {
      this.old = this.young;
      this.young = new Map();
    }
    this.young.set(fold.stream, fold);
  }

  drop(stream: string): void {
    this.young.delete(stream);
    this.old.delete(stream);
  }
}
