import type { ActorDefinition } from '../actors/definition';
import type { Runtime } from '../base/runtime';
import type { Store } from '../store/port';
import { emptyFold } from './fold';
import type { Fold } from './fold';
import { applyRow } from './replay';
import { foldOf } from './snapshot';

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
