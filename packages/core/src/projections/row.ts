import { fieldsOf } from '../base/canonical-json';
import { WaybillError, show } from '../base/errors';
import type { ViewRow } from '../store/port';

/** What holds a row up: an event that could not be folded into it, and those that came after it. All of them are parked. */
export interface Blockage {
  /** Up to this position all is folded in, or was skipped. */
  readonly from: number;
  /** Position of the last event that is parked. */
  readonly last: number;
  /** In the row's park stream, version of the first event in line. */
  readonly head: number;
  /** Version of the last row of the park stream that this speaks of. */
  readonly version: number;
  /** Versions after the head that were skipped. */
  readonly skipped?: readonly number[] | undefined;
}

/** A row of a view as it stands. */
export interface RowState {
  readonly key: string;
  /** JSON text with all in it that could be folded; undefined for a row that is deleted or never was. */
  readonly row: string | undefined;
  /** Of the newest row of the log that it reflects: an event, or what was done about a parked one. No two states share one. */
  readonly position: number;
  readonly blockage: Blockage | undefined;
}

/** Canonical JSON begins with no space: a text that does is ours. */
const MARK = ' {"~blocked":';

/** @throws WaybillError `VIEW_UNREADABLE` */
export function rowStateOf(key: string, stored: ViewRow | undefined): RowState {
  const { row, position = 0 } = stored ?? {};
  if (!row?.startsWith(MARK)) return { key, row, position, blockage: undefined };
  const blockage = fieldsOf(row.slice(MARK.length, blockEnd(row)), ['from', 'last', 'head', 'version']) as Blockage | undefined;
  if (blockage && (blockage.skipped === undefined || Array.isArray(blockage.skipped)))
    return { key, row: goodRow(row), position, blockage };
  throw unreadable(`the row ${show(key)}`);
}

export function unreadable(what: string): WaybillError {
  return new WaybillError('VIEW_UNREADABLE', `${what} is not what Waybill has written there`, 'rebuild the projection');
}

/** What a view keeps of a row that is held up: the last good row goes on being read. */
export function blockedText(row: string | undefined, blockage: Blockage): string {
  const skipped = blockage.skipped?.length ? blockage.skipped : undefined;
  return `${MARK}${JSON.stringify({ ...blockage, skipped })}${row === undefined ? '' : `,"row":${row}`}}`;
}

/** The row for readers. */
export function goodRow(text: string | undefined): string | undefined {
  if (!text?.startsWith(MARK)) return text;
  const end = blockEnd(text);
  return text[end] === ',' ? text.slice(end + ',"row":'.length, -1) : undefined;
}

/** A blockage holds numbers only. */
function blockEnd(text: string): number {
  return text.indexOf('}') + 1;
}
