/** What a store is made of: the port, the limits that every store keeps, and the errors that the flow understands. */
import './base/single-copy';

export { describe, isTransient as isPassing, isUnknownOutcome, show, UNKNOWN_OUTCOME, WaybillError } from './base/errors';
export { HIDDEN, isHidden } from './store/hidden-rows';
export { checkName, checkSecret, checkTruncate, checkWrites, LIMITS, truncateAhead } from './store/limits';
export { notEmpty } from './store/copy';
export { checkPlace, wentBack } from './store/place';
export type { SeenRow } from './store/place';
export { memoryStore } from './store/memory/store';
export type {
  Checkpoint,
  CheckpointAt,
  Copies,
  Expected,
  Keys,
  LogPart,
  NewEvent,
  Page,
  Query,
  Recorded,
  Snapshot,
  SnapshotAt,
  Store,
  ViewRow,
  Views,
  ViewWrite,
  Write,
  Written,
} from './store/port';
