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
