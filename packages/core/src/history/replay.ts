import type { ActorDefinition } from '../actors/definition';
import { codeOf, WaybillError } from '../base/errors';
import type { Runtime } from '../base/runtime';
import { damagedRow } from '../store/damage';
import { CLOSED } from '../store/hidden-rows';
import type { Recorded, Store } from '../store/port';
import { COMMAND_SOURCE, type Cause } from './cause';
import { decodeRow, metaOf } from './codec';
import { applyEntries, emptyFold, remember, type Fold } from './fold';
import { newerRow } from './newer';
import { readStream } from './read-stream';
import type { RowMeta } from './rows';
import { foldOf } from './snapshot';

/**
 * I9: folds one row of the log. Where the state cannot be folded, the fold is broken: the gate still works, no method runs. Where
 * only newer code can read the row, the fold says so and keeps what the gate needs to know a duplicate.
 * @throws WaybillError `LOG_GAP`, `LOG_FOREIGN_ROW`, `LOG_DAMAGED`: the row stays where it is.
 */
export function applyRow(definition: ActorDefinition, fold: Fold, row: Recorded, runtime: Runtime): void {
  try {
    apply(definition, fold, row, runtime);
  } catch (error) {
    throw codeOf(error) === undefined ? damagedRow(row, error) : error;
  }
}

function apply(definition: ActorDefinition, fold: Fold, row: Recorded, runtime: Runtime): void {
  const meta = metaOf(row);
  if (fold.version === 'none' && row.version > 0) {
    fold.version = row.version - 1;
    // Waybill truncates a stream to its closing row, which keeps what must be known of the rows before.
    if (row.type !== CLOSED) fold.broken = streamCut(row);
  }
  const expected = fold.version === 'none' ? 0 : fold.version + 1;
  if (row.version !== expected) {
    throw new WaybillError(
      'LOG_GAP',
      `version ${row.version} of ${row.stream} is where version ${expected} belongs`,
      'run the audit on this log; it has been altered',
    );
  }
  const cause = causeOf(row, meta);
  fold.newer ??= newerRow(definition, row, meta);
  try {
    if (fold.broken === undefined && !fold.newer)
      return applyEntries(definition, fold, [decodeRow(definition, row, meta, cause, runtime, false)]);
  } catch (error) {
    fold.broken = new WaybillError(
      'FOLD_FAILED',
      `the state cannot be folded at ${row.stream} version ${row.version}`,
      'correct the @Applies method or the upcaster that throws',
      { cause: error },
    );
  }
  remember(fold, decodeRow(definition, row, meta, cause, runtime, true));
}

/** State and dedup state would begin at a row in the middle: what was taken in before it would be taken in again. */
function streamCut({ stream, version }: Recorded): WaybillError {
  return new WaybillError(
    'STORE_STREAM_CUT',
    `${stream} begins at version ${version} and not with a closing row: others have truncated it, as $maxCount, $maxAge and $tb do`,
    'take that setting off this stream, restore its first rows from a backup if they are gone, then retry what is parked',
  );
}

function causeOf(row: Recorded, { cause }: RowMeta): Cause {
  if (cause && (cause.source === COMMAND_SOURCE || Number.isSafeInteger(cause.position))) return cause;
  throw new WaybillError(
    'LOG_FOREIGN_ROW',
    `${row.stream} version ${row.version} has no cause, so no actor wrote it`,
    'write into streams of your own, not into those of an actor',
  );
}

/**
 * Folds an actor's stream: on from `earlier`, a fold of its first rows, which is changed; else from its snapshot if that is usable. A
 * missing stream is an actor without any input yet.
 */
export async function load(store: Store, definition: ActorDefinition, stream: string, runtime: Runtime, earlier?: Fold): Promise<Fold> {
  const after = earlier && (await readOn(store, definition, earlier, runtime));
  if (after) return after;
  const kept = definition.options.snapshot && (await store.snapshot(stream).load());
  const fold = kept && foldOf(definition, stream, kept, runtime);
  return (
    (fold && (await readOn(store, definition, fold, runtime))) ??
    (readOn(store, definition, emptyFold(definition, stream), runtime) as Promise<Fold>)
  );
}

/** Folds the rows after it. Undefined when the stream does not hold the row that the fold ends with: it is the fold of another stream. */
async function readOn(store: Store, definition: ActorDefinition, fold: Fold, runtime: Runtime): Promise<Fold | undefined> {
  let known = fold.version === 'none' ? undefined : fold.version;
  for await (const rows of readStream(store, fold.stream, known)) {
    if (known !== undefined && rows[0]?.version !== known) return undefined;
    for (const row of known === undefined ? rows : rows.slice(1)) applyRow(definition, fold, row, runtime);
    known = undefined;
  }
  return known === undefined ? fold : undefined;
}
