import { MAX_DEPTH } from '../base/canonical-json';
import { WaybillError } from '../base/errors';
import { IndexSet } from '../base/index-set';

/** I9, state is the fold of the rows: anything but JSON and IndexSet would differ after a load. @throws WaybillError `STATE_NOT_JSON` */
export function refuseForeignState(state: unknown, path: string, depth = 0): void {
  if (depth > MAX_DEPTH) throw foreign(path.slice(0, 80), `nested deeper than ${MAX_DEPTH}`);
  if (typeof state === 'number' && !Number.isFinite(state)) throw foreign(path, String(state));
  if (state === null || state === undefined || state instanceof IndexSet) return;
  if (typeof state === 'function' || typeof state === 'symbol' || typeof state === 'bigint') throw foreign(path, `a ${typeof state}`);
  if (typeof state !== 'object') return;
  const prototype: unknown = Object.getPrototypeOf(state);
  if (!Array.isArray(state) && prototype !== null && Object.getPrototypeOf(prototype) !== null)
    throw foreign(path, `a ${state.constructor?.name ?? 'class instance'}`);
  for (const [field, value] of Object.entries(state)) refuseForeignState(value, `${path}.${field}`, depth + 1);
}

function foreign(path: string, what: string): WaybillError {
  return new WaybillError('STATE_NOT_JSON', `${path} is ${what}`, 'use JSON and IndexSet: a Date as a number, a Map as an object');
}
