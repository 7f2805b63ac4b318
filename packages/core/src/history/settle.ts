import type { ActorDefinition } from '../actors/definition';
import { refuseForeignState } from '../actors/state';
import { MAX_DEPTH } from '../base/canonical-json';
import { IndexSet } from '../base/index-set';

/**
 * I9: no row leads to a state that would be another after a load. What a fold has kept of the state before is the same object, so this
 * takes no longer than the fold itself. With `freeze`, whoever changes the state in place fails at once, not after the next load.
 * @throws WaybillError `STATE_NOT_JSON`
 */
export function settle({ name }: ActorDefinition, next: unknown, before: unknown, freeze: boolean): void {
  if (!isSettled(next, before, freeze)) refuseForeignState(next, `the state of "${name}"`);
}

/** False where it takes a closer look to tell. */
export function isSettled(next: unknown, before: unknown, freeze: boolean, depth = 0): boolean {
  if (Object.is(next, before)) return true;
  if (typeof next === 'number') return Number.isFinite(next);
  if (typeof next !== 'object') return typeof next === 'string' || typeof next === 'boolean' || next === undefined;
  if (next === null || next instanceof IndexSet) return true;
  if (depth > MAX_DEPTH) return false;
  if (Array.isArray(next)) {
    if (freeze && Object.isFrozen(next)) return true;
    const old = Array.isArray(before) ? (before as unknown[]) : [];
    // What was taken from the front or the middle moves those after it.
    const moved = old.length - next.length;
    for (let i = 0; i < next.length; i++) {
      const value: unknown = next[i];
      if (value === undefined) return false;
      if (value !== old[i + moved] && !isSettled(value, old[i], freeze, depth + 1)) return false;
    }
  } else {
    const prototype: unknown = Object.getPrototypeOf(next);
    if (prototype !== Object.prototype && prototype !== null) return false;
    if (freeze && Object.isFrozen(next)) return true;
    const old = (typeof before === 'object' ? before : undefined) as Readonly<Record<string, unknown>> | undefined;
    for (const field of Object.keys(next)) {
      if (!isSettled((next as Readonly<Record<string, unknown>>)[field], old?.[field], freeze, depth + 1)) return false;
    }
  }
  if (freeze) Object.freeze(next);
  return true;
}
