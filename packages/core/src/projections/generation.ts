import { fieldsOf } from '../base/canonical-json';
import { damaged } from '../store/damage';
import type { ViewRow, Views } from '../store/port';

/** The generations of a view: each rebuild folds the log into one of its own, and one is current. Numbers are never used again. */
export interface Generations {
  /** The one that is read; only ever grows. */
  readonly current: number;
  /** The number of the next rebuild. */
  readonly next: number;
  /** From this one up to `current`, what they hold may still be there. */
  readonly kept: number;
  /** Its own position, for compare-and-set. */
  readonly at: number;
}

const FIRST: Generations = { current: 1, next: 2, kept: 1, at: 0 };
const KEY = 'generation';
const KEYS = [KEY];

/** Names the view, the checkpoint and the park streams of a generation. */
export function generationName(projection: string, generation: number): string {
  return generation === 1 ? projection : `${projection}~${generation}`;
}

/** @throws WaybillError `LOG_DAMAGED` */
export async function loadGenerations(views: Views, projection: string): Promise<Generations> {
  return generationsOf(projection, await views.load(`${projection}~`, KEYS));
}

function generationsOf(projection: string, [stored]: readonly ViewRow[]): Generations {
  if (stored?.row === undefined) return FIRST;
  const known = fieldsOf(stored.row, ['current', 'next', 'kept']);
  if (known) return { ...(known as Omit<Generations, 'at'>), at: stored.position };
  throw damaged(`the row "${KEY}" of the view "${projection}~"`);
}

/** Moves on by compare-and-set, unless `change` answers undefined; answers where the generations then stand. */
export async function moveGenerations(
  views: Views,
  projection: string,
  change: (now: Generations) => Partial<Generations> | undefined,
): Promise<Generations> {
  for (;;) {
    const now = await loadGenerations(views, projection);
    const changed = change(now);
    if (!changed) return now;
    const { current, next, kept, at } = { ...now, ...changed, at: now.at + 1 };
    const write = { key: KEY, row: JSON.stringify({ current, next, kept }), position: at, expected: now.at };
    if ((await views.write(`${projection}~`, [write]))[0]) return { current, next, kept, at };
  }
}
