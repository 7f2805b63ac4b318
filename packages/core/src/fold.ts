import { canonical } from './content';
import type { ActorDefinition, OnceKey } from './definition';
import { COMMAND_SOURCE, hashOf } from './delivery';
import type { Cause } from './delivery';
import { WaybillError } from './errors';
import { reviveTaken } from './message';
import type { Message } from './message';
import { metaOf, PARKED, TOOK, versionOf } from './row';
import type { Entry, Parked, RowMeta } from './row';
import type { Runtime } from './runtime';
import type { Expected, Recorded } from './store';

/** A first copy: the hash of its content and its version in the actor's stream. */
export interface First {
  readonly hash: string;
  readonly version: number;
}

export type OpenPark = Pick<Parked, 'type' | 'hash' | 'once' | 'park'>;

/**
 * What an actor's stream folds to: its state and all that the gates need. Bounded by the actor: one number per source
 * and type, one hash per business key, one per command.
 */
export interface Fold {
  readonly stream: string;
  version: Expected;
  state: unknown;
  /** Why the state could not be folded: the gates still work, nothing is decided. */
  broken: unknown;
  /** Source → event type → highest position that was taken in or parked. */
  readonly seen: Map<string, Map<string, number>>;
  /** Event type → once key → first copy. */
  readonly taken: Map<string, Map<OnceKey, First>>;
  /** Command id → first copy. */
  readonly commands: Map<string, First>;
  /** Open parks by the version of their row. */
  readonly parks: Map<number, OpenPark>;
  /** Version of the first open park that blocks. */
  blockedBy: number | undefined;
}

export function emptyFold(definition: ActorDefinition, stream: string): Fold {
  return {
    stream,
    version: 'none',
    state: definition.initial(),
    broken: undefined,
    seen: new Map(),
    taken: new Map(),
    commands: new Map(),
    parks: new Map(),
    blockedBy: undefined,
  };
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
  const { lifecycle } = definition;
  if (lifecycle) {
    const [from, to] = [state, next].map((s) => (s as { status: string }).status) as [string, string];
    if (from !== to && lifecycle.index(to) < lifecycle.index(from)) {
      throw new WaybillError(
        'STATUS_MOVED_BACK',
        `@Applies(${entry.type}) moved the status from "${from}" back to "${to}"`,
        'return lifecycle.forward(state.status, …)',
      );
    }
  }
  return next;
}

function remember(fold: Fold, entry: Entry): void {
  const version = fold.version === 'none' ? 0 : fold.version + 1;
  fold.version = version;
  if (entry.kind === 'emitted') return;
  const { cause, type, hash, once } = entry;
  if (cause.source === COMMAND_SOURCE) {
    fold.commands.set(cause.id, { hash, version });
    return;
  }
  const seen = inner(fold.seen, cause.source);
  if (cause.position > (seen.get(type) ?? 0)) seen.set(type, cause.position);
  if (entry.kind === 'took') {
    if (once !== undefined) inner(fold.taken, type).set(once, { hash, version });
    return;
  }
  fold.parks.set(version, { type, hash, once, park: entry.park });
  if (entry.park === 'failed') fold.blockedBy ??= version;
}

function inner<K, L, V>(outer: Map<K, Map<L, V>>, key: K): Map<L, V> {
  let map = outer.get(key);
  if (!map) outer.set(key, (map = new Map<L, V>()));
  return map;
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
