import { WaybillError } from './errors';
import { isObject } from './options';
import type { Recorded } from './store';

/** A text that Waybill wrote was changed since, or another wrote it. What the parser says of it would quote it: that is the cause at most. */
export function damaged(what: string, cause?: unknown): WaybillError {
  return new WaybillError(
    'LOG_DAMAGED',
    `${what} is not what Waybill has written there`,
    'find out who else writes into this store, and restore it from a backup',
    { cause },
  );
}

export function damagedRow({ stream, version, type, position }: Recorded, cause?: unknown): WaybillError {
  return damaged(`${stream} version ${version} (${type}, position ${position})`, cause);
}

/** The fields of a JSON object, of which `counts` are whole numbers from 0; undefined for any other text. */
export function fieldsOf(text: string, counts: readonly string[] = NONE): object | undefined {
  let fields: unknown;
  try {
    fields = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(fields)) return undefined;
  for (const name of counts) if (!isCount((fields as Readonly<Record<string, unknown>>)[name])) return undefined;
  return fields;
}
const NONE: readonly string[] = [];

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
