import { MAX_DEPTH } from '../base/canonical-json';
import { WaybillError } from '../base/errors';
import { IndexSet } from '../base/index-set';

/** I9, state is the fold of the rows: anything but JSON and IndexSet would differ after a load. @throws WaybillError `STATE_NOT_JSON` */
export function refuseForeignState(state: unknown, path: string, depth = 0): void {
  if (depth > MAX_DEPTH) throw foreign(path.slice(0, 80), `nested deeper than ${MAX_DEPTH}`);
  if (!isJson(state)) throw foreign(path, nameOf(state));
  if (typeof state !== 'object' || state === null || state instanceof IndexSet) return;
  const fields = Array.isArray(state) ? [...(state as unknown[])].entries() : Object.entries(state);
  for (const [field, value] of fields) {
    if (value === undefined && Array.isArray(state)) throw foreign(`${path}.${field}`, 'undefined in a list');
    refuseForeignState(value, `${path}.${field}`, depth + 1);
  }
}

function foreign(path: string, what: string): WaybillError {
  return new WaybillError('STATE_NOT_JSON', `${path} is ${what}`, 'use JSON and IndexSet: a Date as a number, a Map as an object');
}

function nameOf(value: unknown): string {
  if (typeof value === 'number') return String(value);
  return `a ${typeof value === 'object' ? (value?.constructor?.name ?? 'class instance') : typeof value}`;
}

/** Whether a value is JSON, whatever it holds, or an IndexSet; undefined is, as a field that is not there. */
function isJson(value: unknown): boolean {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value);
    case 'object': {
      if (value === null || Array.isArray(value) || value instanceof IndexSet) return true;
      const prototype: unknown = Object.getPrototypeOf(value);
      return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
    }
    default:
      return typeof value === 'string' || typeof value === 'boolean' || value === undefined;
  }
}

/**
 * As `refuseForeignState`, of what a fold has made anew: what it has kept from the state before is the same object. So it takes
 * no longer than the fold itself. With `freeze`, whoever changes the state in place fails at once, not after the next load.
 * @throws WaybillError `STATE_NOT_JSON`
 */
export function settleState(next: unknown, before: unknown, path: string, freeze: boolean): void {
  if (!isSettled(next, before, freeze, 0)) refuseForeignState(next, path);
}

function isSettled(next: unknown, before: unknown, freeze: boolean, depth: number): boolean {
  if (Object.is(next, before)) return true;
  if (!isJson(next)) return false;
  if (typeof next !== 'object' || next === null || next instanceof IndexSet || (freeze && Object.isFrozen(next))) return true;
  if (depth > MAX_DEPTH) return false;
  if (Array.isArray(next)) {
    const old = Array.isArray(before) ? (before as unknown[]) : [];
    // What was taken from the front or the middle moves those after it.
    const moved = old.length - next.length;
    for (let i = 0; i < next.length; i++) {
      const value: unknown = next[i];
      if (value === undefined) return false;
      if (value !== old[i + moved] && !isSettled(value, old[i], freeze, depth + 1)) return false;
    }
  } else {
    const old = (typeof before === 'object' ? before : undefined) as Readonly<Record<string, unknown>> | undefined;
    for (const field of Object.keys(next)) {
      if (!isSettled((next as Readonly<Record<string, unknown>>)[field], old?.[field], freeze, depth + 1)) return false;
    }
  }
  if (freeze) Object.freeze(next);
  return true;
}

/** Whether a state reads back from its text as it is. */
export function isJsonState(state: unknown): boolean {
  return isSettled(state, undefined, false, 0);
}
