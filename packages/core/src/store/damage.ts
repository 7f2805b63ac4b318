import { WaybillError } from '../base/errors';
import type { Recorded } from './port';

/** A text that Waybill wrote has been altered. A parser's error would quote the text, so it may be the cause, never the message. */
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
