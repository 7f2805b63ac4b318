import type { ActorDefinition } from '../actors/definition';
import { fieldsOf } from '../base/canonical-json';
import { damaged } from '../store/damage';
import type { Views } from '../store/port';

/** The generations of a view: each rebuild folds the log into a new one, and one is current. No number is used twice. */
export interface Generations {
  /** The one that is read; it only grows. */
  readonly current: number;
  /** The number of the next rebuild. */
  readonly next: number;
  /** The data of those from this one up to `current` may still be there. */
  readonly kept: number;
  /** The version of the fold that the current one is made by: no other code writes there. */
  readonly version: number;
  /** Its own position, for compare-and-set. */
  readonly at: number;
}

const FIRST: Generations = { current: 1, next: 2, kept: 1, version: 1, at: 0 };
const KEY = 'generation';

/** The version of the fold that this code makes. */
export function foldVersion({ options }: ActorDefinition): number {
  return options.version ?? 1;
}

/** Names the view, the checkpoint and the park streams of a generation. */
export function generationName(projection: string, generation: number): string {
  return generation === 1 ? projection : `${projection}~${generation}`;
}

/** @throws WaybillError `LOG_DAMAGED` */
export async function loadGenerations(views: Views, projection: string): Promise<Generations> {
  const [stored] = await views.load(`${projection}~`, [KEY]);
  if (stored?.row === undefined) return FIRST;
  const known = fieldsOf(stored.row, ['current', 'next', 'kept']);
  if (known) return { version: 1, ...(known as Omit<Generations, 'at' | 'version'>), at: stored.position };
  throw damaged(`the row "${KEY}" of the view "${projection}~"`);
}

/** Changes them by compare-and-set, unless `change` returns undefined; resolves with the generations after that. */
export async function moveGenerations(
  views: Views,
  projection: string,
  change: (now: Generations) => Partial<Generations> | undefined,
): Promise<Generations> {
  for (;;) {
    const now = await loadGenerations(views, projection);
    const changed = change(now);
    if (!changed) return now;
    const { current, next, kept, version, at } = { ...now, ...changed, at: now.at + 1 };
    const row = JSON.stringify({ current, next, kept, ...(version !== 1 && { version }) });
    if ((await views.write(`${projection}~`, [{ key: KEY, row, position: at, expected: now.at }]))[0])
      return { current, next, kept, version, at };
  }
}
