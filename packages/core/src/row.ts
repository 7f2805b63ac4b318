import { MAX_REASON } from './actor';
import type { Cause } from './delivery';
import type { OnceKey } from './definition';
import type { AnyMessageClass, Message } from './message';
import type { NewEvent, Recorded } from './store';

export const TOOK = 'took:';
export const PARKED = 'parked:';

/** `failed` blocks its actor, `behind` stands in line for it; the others park alone and block nobody. */
export type ParkKind = 'failed' | 'behind' | 'conflict' | 'late' | 'invalid';

/** What one row of an actor's stream says; `content` is its data. */
export interface Took {
  readonly kind: 'took';
  readonly type: string;
  readonly cause: Cause;
  readonly content: string;
  readonly version: number;
  readonly message: Message;
  readonly hash: string;
  readonly once: OnceKey | undefined;
  /** The answer of a command that was refused, and why. */
  readonly refused?: string | undefined;
  /** Why the method did nothing. */
  readonly discarded?: string | undefined;
}
export interface Parked {
  readonly kind: 'parked';
  readonly type: string;
  readonly cause: Cause;
  readonly content: string;
  readonly version: number;
  readonly hash: string;
  readonly once: OnceKey | undefined;
  readonly park: ParkKind;
  readonly reason: string;
  readonly attempts: number;
}
export interface Emitted {
  readonly kind: 'emitted';
  readonly type: string;
  readonly cause: Cause;
  readonly content: string;
  readonly version: number;
  readonly message: Message;
}
export type Entry = Took | Parked | Emitted;

/** The `meta` of a row. `v` is the schema version of `data`, left out when 1. Framework-owned: no payload reaches it. */
export interface RowMeta {
  readonly cause?: Cause;
  readonly v?: number;
  readonly once?: OnceKey;
  readonly refused?: string;
  readonly discarded?: string;
  readonly park?: ParkKind;
  readonly reason?: string;
  readonly attempts?: number;
}

export function versionOf(message: AnyMessageClass): number {
  return message['~options'].version ?? 1;
}

export function encodeRow(entry: Entry, id: string, time: number): NewEvent {
  const { cause } = entry;
  let meta = `{"cause":{"id":${JSON.stringify(cause.id)},"source":${JSON.stringify(cause.source)},"position":${cause.position}}`;
  if (entry.version !== 1) meta += `,"v":${entry.version}`;
  if (entry.kind === 'emitted') return { id, type: entry.type, data: entry.content, meta: `${meta}}`, time };
  if (entry.once !== undefined) meta += `,"once":${JSON.stringify(entry.once)}`;
  if (entry.kind === 'took') {
    if (entry.refused !== undefined) meta += `,"refused":${JSON.stringify(entry.refused.slice(0, MAX_REASON))}`;
    if (entry.discarded !== undefined) meta += `,"discarded":${JSON.stringify(entry.discarded.slice(0, MAX_REASON))}`;
    return { id, type: TOOK + entry.type, data: entry.content, meta: `${meta}}`, time };
  }
  meta += `,"park":"${entry.park}","reason":${JSON.stringify(entry.reason.slice(0, MAX_REASON))},"attempts":${entry.attempts}}`;
  return { id, type: PARKED + entry.type, data: entry.content, meta, time };
}

/** The row's meta; {} for a row that was written by others without one. */
export function metaOf(row: Recorded): RowMeta {
  return row.meta === '{}' || row.meta === '' ? {} : (JSON.parse(row.meta) as RowMeta);
}

/** Schema version of a row's data, without parsing meta that cannot hold one. */
export function rowVersion(row: Recorded): number {
  return row.meta.includes('"v":') ? (metaOf(row).v ?? 1) : 1;
}
