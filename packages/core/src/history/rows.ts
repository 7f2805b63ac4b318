import { MAX_REASON } from '../actors/actor';
import type { OnceKey } from '../actors/definition';
import { fieldsOf } from '../base/canonical-json';
import type { Message } from '../messages/message';
import { damagedRow } from '../store/damage';
import type { NewEvent, Recorded } from '../store/port';
import type { Cause } from './cause';

export const TOOK = 'took:';
export const PARKED = 'parked:';
/** Type of the row that closes an actor; no message can have it. */
export const CLOSED = 'took:~closed';

/** `failed` blocks its actor, `behind` stands in line for it; the others park alone and block nobody. */
export type ParkKind = 'failed' | 'behind' | 'conflict' | 'late' | 'invalid';

interface Row {
  readonly type: string;
  readonly cause: Cause;
  /** The row's data. */
  readonly content: string;
  /** Schema version of `content`. */
  readonly version: number;
}
interface Input extends Row {
  readonly hash: string;
  readonly once: OnceKey | undefined;
  /** Version of the open park, or of the pending deadline, that this row settles. */
  readonly of?: number | undefined;
  /** The park stream, where the message stood parked outside of the actor's own. */
  readonly from?: string | undefined;
  /** The type of the cause's row, where the class has another name today. */
  readonly as?: string | undefined;
  /** Who released it, and why. */
  readonly by?: string | undefined;
  readonly why?: string | undefined;
}

/** What one row of an actor's stream says. */
export interface Took extends Input {
  readonly kind: 'took';
  readonly message: Message;
  /** The answer of a command that was refused, and why. */
  readonly refused?: string | undefined;
  /** Why the method did nothing. */
  readonly discarded?: string | undefined;
  /** First seen when it was too late: remembered, not folded. */
  readonly late?: boolean | undefined;
}
export interface Parked extends Input {
  readonly kind: 'parked';
  readonly park: ParkKind;
  readonly reason: string;
  readonly attempts: number;
  /** Milliseconds since 1970: the time of the input, which a release tells the method again. */
  readonly at: number;
  readonly stack?: string | undefined;
}
/** What an operator did with the open park at version `of`: a retry that failed leaves it open. */
export interface Noted extends Row {
  readonly kind: 'noted';
  readonly note: 'retried' | 'skipped' | 'released';
  readonly of: number;
  readonly by: string;
  readonly why: string;
  readonly reason?: string | undefined;
  readonly attempts?: number | undefined;
  readonly stack?: string | undefined;
}
/** A deadline that is pending from here on. */
export interface Armed extends Row {
  readonly kind: 'armed';
  readonly key: string;
  /** Milliseconds since 1970. */
  readonly due: number;
}
export interface Cancelled extends Row {
  readonly kind: 'cancelled';
  readonly key: string;
}
/** Nothing is taken in behind it; `content` is all that is still remembered. */
export interface Closed extends Row {
  readonly kind: 'closed';
}
/** An event, or a command that a saga sends. */
export interface Emitted extends Row {
  readonly kind: 'emitted';
  readonly message: Message;
}
export type Entry = Took | Parked | Noted | Armed | Cancelled | Closed | Emitted;

/** The `meta` of a row. `v` is the schema version of `data`, left out when 1. Framework-owned: no payload reaches it. */
export interface RowMeta {
  readonly cause?: Cause;
  readonly v?: number;
  readonly once?: OnceKey;
  readonly of?: number;
  readonly from?: string;
  readonly as?: string;
  readonly by?: string;
  readonly why?: string;
  readonly refused?: string;
  readonly discarded?: string;
  readonly late?: boolean;
  readonly park?: ParkKind | Noted['note'] | 'due' | 'cancelled';
  readonly reason?: string;
  readonly attempts?: number;
  readonly at?: number;
  readonly stack?: string;
  readonly key?: string;
  readonly due?: number;
}

export const MAX_STACK = 4_000;

export function encodeRow(entry: Entry, id: string, time: number): NewEvent {
  const { cause } = entry;
  let meta = `{"cause":{"id":${JSON.stringify(cause.id)},"source":${JSON.stringify(cause.source)},"position":${cause.position}}`;
  if (entry.version !== 1) meta += `,"v":${entry.version}`;
  if (entry.kind === 'emitted') return { id, type: entry.type, data: entry.content, meta: `${meta}}`, time };
  if (entry.kind === 'took' && entry.once !== undefined) meta += `,"once":${JSON.stringify(entry.once)}`;
  const more = moreOf(entry);
  // Most rows that were taken in have nothing more to say.
  if (more !== undefined) meta += bounded(more);
  return { id, type: typeOf(entry), data: entry.content, meta: `${meta}}`, time };
}

function typeOf({ kind, type }: Exclude<Entry, Emitted>): string {
  if (kind === 'closed') return CLOSED;
  return (kind === 'took' ? TOOK : PARKED) + type;
}

function moreOf(entry: Exclude<Entry, Emitted>): RowMeta | undefined {
  switch (entry.kind) {
    case 'took': {
      const { of, from, as, by, why, refused, discarded, late } = entry;
      const more = of ?? from ?? as ?? refused ?? discarded ?? late;
      return more === undefined ? undefined : ({ of, from, as, by, why, refused, discarded, late } as RowMeta);
    }
    case 'parked': {
      const { once, of, from, as, by, why, park, reason, attempts, at, stack } = entry;
      return { once, of, from, as, by, why, park, reason, attempts, at, stack } as RowMeta;
    }
    case 'noted': {
      const { note, of, by, why, reason, attempts, stack } = entry;
      return { park: note, of, by, why, reason, attempts, stack } as RowMeta;
    }
    case 'armed':
      return { park: 'due', key: entry.key, due: entry.due };
    case 'cancelled':
      return { park: 'cancelled', key: entry.key };
    case 'closed':
      return undefined;
  }
}

/** The fields that are there, as they follow others in a JSON object; texts of people and errors are cut. */
function bounded(more: RowMeta): string {
  const text = JSON.stringify(more, (field, value: unknown) => {
    if (typeof value !== 'string' || field === 'once' || field === 'key' || field === 'from' || field === 'as') return value;
    return value.slice(0, field === 'stack' ? MAX_STACK : MAX_REASON);
  });
  return text === '{}' ? '' : `,${text.slice(1, -1)}`;
}

/** The row's meta; {} for a row that was written by others without one. @throws WaybillError `LOG_DAMAGED` */
export function metaOf(row: Recorded): RowMeta {
  if (row.meta === '{}' || row.meta === '') return {};
  const meta = fieldsOf(row.meta);
  if (meta) return meta as RowMeta;
  throw damagedRow(row);
}

/** Schema version of a row's data, without parsing meta that cannot hold one. */
export function rowVersion(row: Recorded): number {
  return row.meta.includes('"v":') ? (metaOf(row).v ?? 1) : 1;
}
