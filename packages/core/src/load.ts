import type { ActorDefinition } from './definition';
import { applyRow } from './decode';
import { emptyFold } from './fold';
import type { Fold } from './fold';
import type { Runtime } from './runtime';
import { foldOf } from './snapshot';
import type { Store } from './store';

const PAGE = 1_000;

/** Folds an actor's stream, from its snapshot if there is a good one. A missing stream is an actor that has taken nothing yet. */
export async function load(store: Store, definition: ActorDefinition, stream: string, runtime: Runtime): Promise<Fold> {
  const kept = definition.options.snapshot && (await store.snapshot(stream).load());
  const fold = kept && foldOf(definition, stream, kept, runtime);
  return (
    (fold && (await readOn(store, definition, fold, runtime))) ??
    (readOn(store, definition, emptyFold(definition, stream), runtime) as Promise<Fold>)
  );
}

/** Undefined when the stream does not hold the row that the fold ends with: it is the fold of another stream. */
async function readOn(store: Store, definition: ActorDefinition, fold: Fold, runtime: Runtime): Promise<Fold | undefined> {
  let from = fold.version === 'none' ? 0 : fold.version;
  for (let known = fold.version !== 'none'; ; known = false) {
    const rows = await store.read(fold.stream, from, PAGE);
    if (known && rows[0]?.version !== from) return undefined;
    for (const row of known ? rows.slice(1) : rows) applyRow(definition, fold, row, runtime);
    const last = rows.at(-1);
    if (!last || rows.length < PAGE) return fold;
    from = last.version + 1;
  }
}

/**
 * Folds of recently used actors, at most `limit` of them: a used one survives until `limit / 2` others were used after it.
 * A fold whose rows are being appended is held by its turn, so eviction cannot touch it.
 */
export class HotStates {
  private young = new Map<string, Fold>();
  private old = new Map<string, Fold>();

  constructor(private readonly limit: number) {}

  /** Undefined when there is none that stands behind this version. */
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

  /** A fold that is not worth keeping is dropped. */
  keep(fold: Fold, worth: boolean): void {
    if (worth) this.set(fold);
    else this.drop(fold.stream);
  }

  drop(stream: string): void {
    this.young.delete(stream);
    this.old.delete(stream);
  }
}
