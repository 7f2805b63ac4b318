import type { ActorDefinition } from '../actors/definition';
import { canonical } from '../base/canonical-json';
import { WaybillError, codeOf } from '../base/errors';
import type { Runtime } from '../base/runtime';
import { reviveTaken, versionOf } from '../messages/message';
import type { Message } from '../messages/message';
import { damagedRow } from '../store/damage';
import type { Recorded } from '../store/port';
import { COMMAND_SOURCE } from './cause';
import type { Cause } from './cause';
import { ERASED_HASH, hashOf } from './digest';
import { applyEntries, remember } from './fold';
import type { Fold } from './fold';
import { CLOSED, PARKED, TOOK, metaOf } from './rows';
import type { Entry, Noted, Parked, RowMeta } from './rows';

/**
 * Folds one row of the log. A state that cannot be folded leaves the fold broken, with its gates whole.
 * @throws WaybillError `LOG_GAP`, `LOG_FOREIGN_ROW`, `LOG_UNKNOWN_TYPE`, `LOG_NEWER_VERSION`, `LOG_DAMAGED`: the row stays where it is.
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
  // A truncated stream begins above 0.
  if (fold.version === 'none' && row.version > 0) fold.version = row.version - 1;
  const expected = fold.version === 'none' ? 0 : fold.version + 1;
  if (row.version !== expected) {
    throw new WaybillError(
      'LOG_GAP',
      `version ${row.version} of ${row.stream} stands where version ${expected} belongs`,
      'run the audit on this log; it has been altered',
    );
  }
  const cause = causeOf(row, meta);
  try {
    if (fold.broken === undefined) return applyEntries(definition, fold, [decode(definition, row, meta, cause, runtime, false)]);
  } catch (error) {
    if (isUnknown(error) && definition.options.unknown !== 'park') throw error;
    fold.broken = new WaybillError(
      'FOLD_FAILED',
      `the state cannot be folded at ${row.stream} version ${row.version}`,
      'correct the @Applies method or the upcaster that throws',
      { cause: error },
    );
  }
  remember(fold, decode(definition, row, meta, cause, runtime, true));
}

function causeOf(row: Recorded, { cause }: RowMeta): Cause {
  if (cause && (cause.source === COMMAND_SOURCE || Number.isSafeInteger(cause.position))) return cause;
  throw new WaybillError(
    'LOG_FOREIGN_ROW',
    `${row.stream} version ${row.version} has no cause, so no actor wrote it`,
    'write into streams of your own, not into those of an actor',
  );
}

function isUnknown(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'LOG_UNKNOWN_TYPE' || code === 'LOG_NEWER_VERSION';
}

/** What the row says; `blind`: without its message, where only the gates need it. */
function decode(definition: ActorDefinition, row: Recorded, meta: RowMeta, cause: Cause, runtime: Runtime, blind: boolean): Entry {
  const content = row.data;
  const version = meta.v ?? 1;
  if (row.type === CLOSED) return { kind: 'closed', type: '', cause, content, version };
  if (row.type.startsWith(PARKED)) return decodeParked(row, meta, cause, version, runtime);
  const took = row.type.startsWith(TOOK);
  const written = took ? row.type.slice(TOOK.length) : row.type;
  const taking = took ? definition.takings.get(written) : undefined;
  const known = taking?.message ?? definition.folds.get(written)?.message;
  const type = known?.messageType ?? written;
  if (took && !known && !blind) refuseUnknown(definition, row, written);
  const message = known && !blind ? revived(known, row, version) : UNREAD;
  if (!took) return { kind: 'emitted', type, cause, content, version, message };
  // An older schema version is compared after upcasting.
  const today = known && message !== UNREAD && version !== versionOf(known) ? canonical(message) : content;
  const { of, from, as, by, why, refused, discarded, late } = meta;
  const hash = row.erased ? ERASED_HASH : hashOf(type, today, cause, runtime);
  const once = taking?.once && message !== UNREAD ? taking.once(message) : meta.once;
  return {
    kind: 'took',
    type,
    cause,
    content,
    version,
    message,
    hash,
    once,
    of,
    from,
    as: as ?? (written === type ? undefined : written),
    by,
    why,
    refused,
    discarded,
    late,
  };
}

/** A row that was taken in changes the state in a way that this code does not know. @throws WaybillError `LOG_UNKNOWN_TYPE` */
export function refuseUnknown(
  definition: ActorDefinition,
  { stream, version, position }: Pick<Recorded, 'stream' | 'version' | 'position'>,
  type: string,
): void {
  if (definition.options.retired?.includes(type)) return;
  throw new WaybillError(
    'LOG_UNKNOWN_TYPE',
    `"${definition.name}" took in a ${type} that this code does not know (${stream} version ${version}, position ${position})`,
    `start the code that knows it; where it was retired, say retired: ['${type}'] or aliases at the class that replaces it`,
  );
}

function revived(known: Parameters<typeof reviveTaken>[0], { stream, version, data, position }: Recorded, schema: number): Message {
  if (schema <= versionOf(known)) return reviveTaken(known, JSON.parse(data), schema);
  throw new WaybillError(
    'LOG_NEWER_VERSION',
    `${known.messageType} version ${schema} is newer than this code, which knows ${versionOf(known)} (${stream} version ${version}, position ${position})`,
    'start the newer code; nothing was skipped',
  );
}

function decodeParked(row: Recorded, meta: RowMeta, cause: Cause, version: number, runtime: Runtime): Entry {
  const [type, content] = [row.type.slice(PARKED.length), row.data];
  const hash = row.erased ? ERASED_HASH : hashOf(type, content, cause, runtime);
  const { park, of, by, why, reason, attempts, stack, key = '' } = meta;
  if (park === 'due') return { kind: 'armed', type, cause, content, version, key, due: meta.due ?? 0 };
  if (park === 'cancelled') return { kind: 'cancelled', type, cause, content, version, key };
  if (park === 'retried' || park === 'skipped' || park === 'released')
    return { kind: 'noted', type, cause, content, version, note: park, of, by, why, reason, attempts, stack } as Noted;
  return {
    ...{ kind: 'parked', type, cause, content, version },
    ...{ hash, once: meta.once, of, from: meta.from, as: meta.as, by, why },
    ...{ park, reason: reason ?? '', attempts: attempts ?? 0, at: meta.at ?? 0, stack },
  } as Parked;
}

/** Stands for a message that no fold looks at. */
const UNREAD: Message = Object.freeze({ type: '', '~kind': 'event' });
