import { fieldsOf } from '../base/canonical-json';
import { WaybillError, show } from '../base/errors';
import type { ViewRow } from '../store/port';

/** What holds a row up: an event that could not be folded into it, and those after it. All of them are parked. */
export interface Blockage {
  /** Every event up to this position is folded in or was skipped. */
  readonly from: number;
  /** Position of the last parked event. */
  readonly last: number;
  /** Version, in the row's park stream, of the first event in line. */
  readonly head: number;
  /** Version of the last row of the park stream that this includes. */
  readonly version: number;
  /** Versions after the head that were skipped. */
  readonly skipped?: readonly number[] | undefined;
}

/** A row of a view. */
export interface RowState {
  readonly key: string;
  /** JSON text with every event that could be folded; undefined for a row that is deleted or never existed. */
  readonly row: string | undefined;
  /** Position of the newest row of the log that it reflects: an event, or a note on a parked one. No two states share one. */
  readonly position: number;
  readonly blockage: Blockage | undefined;
}

/** Earlier versions kept a blockage in front of the row, in one text: canonical JSON begins with no space. */
const MARK = ' {"~blocked":';

type Stored = Pick<ViewRow, 'row' | 'blocked'>;

/** @throws WaybillError `VIEW_UNREADABLE` */
export function rowStateOf(key: string, stored: ViewRow | undefined): RowState {
  const { row, blocked } = split(stored);
  const position = stored?.position ?? 0;
  if (blocked === undefined) return { key, row, position, blockage: undefined };
  const blockage = fieldsOf(blocked, ['from', 'last', 'head', 'version']) as Blockage | undefined;
  if (blockage && (blockage.skipped === undefined || Array.isArray(blockage.skipped))) return { key, row, position, blockage };
  throw unreadable(`the row ${show(key)}`);
}

export function unreadable(what: string): WaybillError {
  return new WaybillError('VIEW_UNREADABLE', `${what} is not what Waybill has written there`, 'rebuild the projection');
}

/** The text that a view keeps next to a row that is held up. */
export function blockedText(blockage: Blockage): string {
  return JSON.stringify({ ...blockage, skipped: blockage.skipped?.length ? blockage.skipped : undefined });
}

/** The row for readers: one that is held up is read as it was before. */
export function goodRow(stored: Stored | undefined): string | undefined {
  return split(stored).row;
}

function split({ row, blocked }: Stored = { row: undefined }): Stored {
  if (!row?.startsWith(MARK)) return { row, blocked };
  // A blockage holds numbers only.
  const end = row.indexOf('}') + 1;
  const good = row[end] === ',' ? row.slice(end + ',"row":'.length, -1) : undefined;
  return { row: good, blocked: row.slice(MARK.length, end) };
}
