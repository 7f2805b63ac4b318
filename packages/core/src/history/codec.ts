import { MAX_REASON } from '../actors/actor';
import { messageNamed, nameToday, type ActorDefinition, type OnceKey } from '../actors/definition';
import { canonical, fieldsOf } from '../base/canonical-json';
import type { Runtime } from '../base/runtime';
import { reviveTaken, versionOf, type AnyMessageClass, type Message } from '../messages/message';
import { damagedRow } from '../store/damage';
import { CLOSED, PARKED, TIMER, TOOK } from '../store/hidden-rows';
import type { NewEvent, Recorded } from '../store/port';
import type { Cause } from './cause';
import { closingToday } from './closed-keys';
import { digestOf, ERASED_DIGEST } from './digest';
import { SAYS, type Entry, type Input, type Note, type ParkKind, type RowKind, type RowMeta } from './rows';

/** The format of an actor's rows, both ways: an `Entry` to a row, and back. `rows` declares what each kind says. */
const PREFIXES: Readonly<Record<RowKind, string>> = {
  ...{ took: TOOK, parked: PARKED, noted: PARKED, armed: TIMER, cancelled: TIMER, closed: CLOSED, emitted: '' },
};
const MAX_STACK = 4_000;

/** A row as it is appended. Texts by people and of errors are cut to a bounded length. */
export function encodeRow(entry: Entry, id: string, time: number): NewEvent {
  const { kind, type, cause, content: data, version } = entry;
  let meta = `{"cause":{"id":${JSON.stringify(cause.id)},"source":${JSON.stringify(cause.source)},"position":${cause.position}}`;
  if (version !== 1) meta += `,"v":${version}`;
  for (const field of SAYS[kind]) {
    const value = (entry as RowMeta)[field];
    if (value !== undefined) meta += `,"${field}":${JSON.stringify(bounded(field, value))}`;
  }
  return { id, type: PREFIXES[kind] + type, data, meta: `${meta}}`, time };
}

function bounded(field: keyof RowMeta, value: unknown): unknown {
  if (typeof value !== 'string' || field === 'once' || field === 'key' || field === 'from' || field === 'as') return value;
  return value.slice(0, field === 'stack' ? MAX_STACK : MAX_REASON);
}

/** The row's meta; {} for a row that was written by others without one. @throws WaybillError `LOG_DAMAGED` */
export function metaOf(row: Recorded): RowMeta {
  if (row.meta === '{}' || row.meta === '') return {};
  const meta = fieldsOf(row.meta);
  if (meta) return meta as RowMeta;
  throw damagedRow(row);
}

/** Schema version of a row's data. Meta is parsed only where it may hold one. */
export function rowVersion(row: Recorded): number {
  return row.meta.includes('"v":') ? (metaOf(row).v ?? 1) : 1;
}

/** The row's kind, and its type without the prefix. Rows of format 1 keep timers among the parked ones. */
export function kindOf(type: string, { park, due }: RowMeta): { readonly kind: RowKind; readonly type: string } {
  if (type === CLOSED) return { kind: 'closed', type: '' };
  if (type.startsWith(TOOK)) return { kind: 'took', type: type.slice(TOOK.length) };
  if (type.startsWith(TIMER)) return { kind: due === undefined ? 'cancelled' : 'armed', type: type.slice(TIMER.length) };
  if (!type.startsWith(PARKED)) return { kind: 'emitted', type };
  const old = park as string | undefined;
  const kind = old === 'due' ? 'armed' : old === 'cancelled' ? 'cancelled' : isNote(park) ? 'noted' : 'parked';
  return { kind, type: type.slice(PARKED.length) };
}

function isNote(park: RowMeta['park']): park is Note {
  return park === 'retried' || park === 'skipped' || park === 'released';
}

/** What a row of an actor's stream says; `meta` and `cause` are the row's. `blind`: without its message, for the gate alone. */
export function decodeRow(
  definition: ActorDefinition,
  row: Recorded,
  meta: RowMeta,
  cause: Cause,
  runtime: Runtime,
  blind: boolean,
): Entry {
  const { kind, type: written } = kindOf(row.type, meta);
  const { data: content } = row;
  const { v: version = 1, cause: _, ...said } = meta;
  const known = messageNamed(definition, written);
  const type = known?.messageType ?? written;
  const common = { type, cause, content, version };
  switch (kind) {
    case 'closed':
      return { kind, ...common, content: closingToday(content, (name) => nameToday(definition, name)) };
    case 'armed':
      return { kind, ...common, key: said.key ?? '', due: said.due ?? 0 };
    case 'cancelled':
      return { kind, ...common, key: said.key ?? '' };
    case 'noted':
      return { kind, ...common, ...said, of: said.of ?? -1, by: said.by ?? '', why: said.why ?? '', park: said.park as Note };
    case 'parked': {
      const { reason = '', attempts = 0, at = 0 } = said;
      const message = known && !blind ? readable(known, row, version) : undefined;
      const as = writtenAs(said, written, type);
      const compared = comparedBy(definition, row, said, { type, cause, message, runtime });
      return { kind, ...common, ...said, reason, attempts, at, park: said.park as ParkKind, ...compared, as };
    }
    case 'emitted':
      return { kind, ...common, message: known && !blind ? reviveTaken(known, JSON.parse(content), version) : UNREAD, folded: said.folded };
    case 'took': {
      const message = known && !blind ? reviveTaken(known, JSON.parse(content), version) : undefined;
      const as = writtenAs(said, written, type);
      const compared = comparedBy(definition, row, said, { type, cause, message, runtime });
      return { kind, ...common, ...said, message: message ?? UNREAD, ...compared, as };
    }
  }
}

/** The type of the cause's row, where that is not the type of this entry. */
function writtenAs({ as }: RowMeta, written: string, type: string): string | undefined {
  return as ?? (written === type ? undefined : written);
}

interface Identified extends Pick<Input, 'type' | 'cause'> {
  /** Undefined where today's code cannot read it. */
  readonly message: Message | undefined;
  readonly runtime: Runtime;
}

/**
 * A row is compared as today's code reads it, since that is how a new copy is read: what upcasters and schemas add to the copy is
 * added to the row, and both have the key of today's `once`. Where today's class makes no key of it, the one in the row stands.
 */
function comparedBy(
  definition: ActorDefinition,
  row: Recorded,
  { once }: RowMeta,
  { type, cause, message, runtime }: Identified,
): Pick<Input, 'digest' | 'once'> {
  if (row.erased) return { digest: ERASED_DIGEST, once: once ?? keyToday(definition, message) };
  const known = messageNamed(definition, type);
  const changed = known && message && (rowVersion(row) !== versionOf(known) || known['~options'].schema);
  return { digest: digestOf(type, changed ? canonical(message) : row.data, cause, runtime), once: keyToday(definition, message) ?? once };
}

function keyToday({ inputs }: ActorDefinition, message: Message | undefined): OnceKey | undefined {
  try {
    return message && inputs.get(message.type)?.once?.(message);
  } catch {
    return undefined;
  }
}

/** The message of a parked row; undefined for one that is not valid, or of newer code. */
function readable(known: AnyMessageClass, row: Recorded, schema: number): Message | undefined {
  try {
    return row.data.startsWith('"') ? undefined : reviveTaken(known, JSON.parse(row.data), schema);
  } catch {
    return undefined;
  }
}

/** Replaces a message that no fold reads. */
const UNREAD: Message = Object.freeze({ type: '', '~kind': 'event' });
