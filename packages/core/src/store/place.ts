/**
 * I7: a place in a log is good for that log alone, and only while the log still holds what was read up to there. Every store, and
 * whoever keeps a place elsewhere, asks here before a place is used and before it is saved.
 */

import { WaybillError, show } from '../base/errors';
import type { CheckpointAt, Recorded } from './port';

/** Which row stood where, as it was read: enough to find out later whether the log still holds it. */
export type SeenRow = Pick<Recorded, 'stream' | 'version' | 'position' | 'id'>;

const LOST = 'find out whether the log lost its end, as one that was restored from a backup has; then';

/**
 * `head`: the newest position of the log `log`.
 * @throws WaybillError `CHECKPOINT_OTHER_STORE`, `CHECKPOINT_AHEAD`
 */
export function checkPlace(
  consumer: string,
  { store, position }: Pick<CheckpointAt, 'store' | 'position'>,
  log: string,
  head: number,
  fix = 'rewind to a position that it has',
): void {
  const whose = `the checkpoint of ${show(consumer)}`;
  if (store !== log) {
    const what = `${whose} belongs to log ${show(store)}, this one is ${show(log)}`;
    throw new WaybillError('CHECKPOINT_OTHER_STORE', what, 'connect to the log it was made for, or start over under another consumer name');
  }
  if (Number.isSafeInteger(position) && position >= 0 && position <= head) return;
  throw new WaybillError('CHECKPOINT_AHEAD', `${whose} is at ${show(position)}, this log ends at ${head}`, `${LOST} ${fix}`);
}

/** The log holds another row, or none, where one was read. */
export function wentBack(whose: string, { position, id }: SeenRow, fix: string): WaybillError {
  const what = `${whose} has read the row ${show(id)} at position ${position}, which this log does not hold any more`;
  return new WaybillError('CHECKPOINT_AHEAD', what, `${LOST} ${fix}`);
}
