import { canonical } from './content';
import { Dedup } from './dedup';
import type { ActorDefinition } from './definition';
import { COMMAND_SOURCE, hashOf } from './delivery';
import type { Cause } from './delivery';
import { WaybillError } from './errors';
import type { Lifecycle } from './lifecycle';
import { reviveTaken } from './message';
import type { Message } from './message';
import { metaOf, PARKED, TOOK, versionOf } from './row';
import type { Entry, Parked, RowMeta } from './row';
import type { Runtime } from './runtime';
import type { Expected, Recorded } from './store';

/** What an actor's stream folds to: its state, and what the gates need. */
export interface Fold {
  readonly stream: string;
  version: Expected;
  state: unknown;
  /** Why the state could not be folded: the gates still work, nothing is decided. */
  broken: unknown;
  readonly dedup: Dedup;
}

export function emptyFold(definition: ActorDefinition, stream: string): Fold {
  return { stream, version: 'none', state: definition.initial(), broken: undefined, dedup: new Dedup() };
}

/** Applies the rows of one message, all or nothing. @throws what a fold throws; the fold is then as it was. */
export function applyEntries(definition: ActorDefinition, fold: Fold, entries: readonly Entry[]): void {
  let state = fold.state;
  for (const entry of entries) if (entry.kind !== 'parked') state = foldMessage(definition, entry, state);
  fold.state = state;
  for (const entry of entries) remember(fold, entry);
}

function foldMessage(definition: ActorDefinition, entry: Exclude<Entry, Parked>, state: unknown): unknown {
  if (entry.kind === 'took' && (entry.refused !== undefined || entry.discarded !== undefined)) return state;
  const folding = definition.folds.get(entry.type);
  if (!folding) return state;
  const next = folding.fold(entry.message, state);
  if (definition.lifecycle && next !== state) refuseStatusBack(definition.lifecycle, entry.type, state, next);
  return next;
}

function refuseStatusBack(lifecycle: Lifecycle, type: string, state: unknown, next: unknown): void {
  const from = (state as { status: string }).status;
  const to = (next as { status: string } | undefined)?.status as string;
  if (from === to || lifecycle.index(to) > lifecycle.index(from)) return;
  throw new WaybillError(
    'STATUS_MOVED_BACK',
    `@Applies(${type}) moved the status from "${from}" back to "${to}"`,
    'return lifecycle.forward(state.status, …)',
  );
}

function remember(fold: Fold, entry: Entry): void {
  const version = fold.version === 'none' ? 0 : fold.version + 1;
  fold.version = version;
  if (entry.kind === 'emitted') return;
  const { cause, type, hash, once } = entry;
  if (cause.source === COMMAND_SOURCE) return fold.dedup.answer(cause.id, { hash, version });
  fold.dedup.see(cause.source, type, cause.position);
  if (entry.kind === 'parked') fold.dedup.park(version, { type, hash, once, park: entry.park });
  else if (once !== undefined) fold.dedup.take(type, once, { hash, version });
}

/** Folds one row of the log. A state that cannot be folded leaves the fold broken, with its gates whole. */
export function applyRow(definition: ActorDefinition, fold: Fold, row: Recorded, runtime: Runtime): void {
  const meta = metaOf(row);
  const place = `${row.stream} version ${row.version}`;
  if (fold.version === 'none') fold.version = row.version - 1;
  if (row.version !== fold.version + 1) {
    throw new WaybillError(
      'LOG_GAP',
      `version ${row.version} of ${row.stream} follows version ${fold.version}`,
      'run the audit on this log; it has been altered',
    );
  }
  const { cause } = meta;
  if (!cause || (cause.source !== COMMAND_SOURCE && !Number.isSafeInteger(cause.position))) {
    throw new WaybillError(
      'LOG_FOREIGN_ROW',
      `${place} has no cause, so no actor wrote it`,
      'write into streams of your own, not into those of an actor',
    );
  }
  try {
    if (fold.broken === undefined) return applyEntries(definition, fold, [decode(definition, row, meta, cause, runtime, false)]);
  } catch (error) {
    fold.broken = new WaybillError(
      'FOLD_FAILED',
      `the state cannot be folded at ${place}`,
      'correct the @Applies method or the upcaster that throws',
      { cause: error },
    );
  }
  remember(fold, decode(definition, row, meta, cause, runtime, true));
}

function decode(definition: ActorDefinition, row: Recorded, meta: RowMeta, cause: Cause, runtime: Runtime, blind: boolean): Entry {
  const version = meta.v ?? 1;
  const content = row.data;
  if (row.type.startsWith(PARKED)) {
    const type = row.type.slice(PARKED.length);
    const { park = 'failed', reason = '', attempts = 0, once } = meta;
    return { kind: 'parked', type, cause, content, version, hash: hashOf(type, content, cause, runtime), once, park, reason, attempts };
  }
  const took = row.type.startsWith(TOOK);
  const type = took ? row.type.slice(TOOK.length) : row.type;
  const taking = took ? definition.takings.get(type) : undefined;
  const known = taking?.message ?? definition.folds.get(type)?.message;
  const message = known && !blind ? reviveTaken(known, JSON.parse(content), version) : UNREAD;
  if (!took) return { kind: 'emitted', type, cause, content, version, message };
  // An older schema version is compared after upcasting.
  const today = known && message !== UNREAD && version !== versionOf(known) ? canonical(message) : content;
  return {
    kind: 'took',
    type,
    cause,
    content,
    version,
    message,
    hash: hashOf(type, today, cause, runtime),
    once: taking?.once && message !== UNREAD ? taking.once(message) : meta.once,
    refused: meta.refused,
    discarded: meta.discarded,
  };
}

/** Stands for a message that no fold looks at. */
const UNREAD: Message = Object.freeze({ type: '', '~kind': 'event' });
