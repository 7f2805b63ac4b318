import type { Recorded } from '@waybill/core';
import { COMMAND_SOURCE, DUE, kindOf, messageTypeOf } from '@waybill/core/internal';
import type { Cause, RowMeta } from '@waybill/core/internal';
import { isHidden } from '@waybill/core/store-kit';
import { ViolationError } from './violation';

/** `event`: not written by an actor. `due`: of a clock of deadlines. The others are rows of an actor's stream. */
type RowKind = 'event' | 'emitted' | 'took' | 'parked' | 'noted' | 'armed' | 'cancelled' | 'closed' | 'due';

/** A row, and what its type and meta say about it. */
export interface ParsedRow {
  readonly row: Recorded;
  readonly kind: RowKind;
  /** Of the message, under the name it was written with. */
  readonly type: string;
  readonly cause: Cause;
  readonly meta: RowMeta;
}

const NONE: RowMeta = {};
const NO_CAUSE: Cause = { id: '', source: '', position: 0 };
const PARKS: ReadonlySet<unknown> = new Set(['failed', 'behind', 'conflict', 'late', 'invalid']);

/** @throws ViolationError `rows` */
export function parseRow(row: Recorded): ParsedRow {
  const hidden = isHidden(row.type);
  if (!hidden && !row.meta.includes('"cause"')) return { row, kind: 'event', type: row.type, cause: NO_CAUSE, meta: NONE };
  const meta = objectOf(row.meta);
  const cause = causeOf(meta);
  if (!hidden) {
    if (!meta || !cause) return { row, kind: 'event', type: row.type, cause: NO_CAUSE, meta: NONE };
    return { row, kind: 'emitted', type: row.type, cause, meta };
  }
  if (!meta) throw broken(row, 'its meta is not a JSON object');
  if (!cause) throw broken(row, 'it names no cause, so no actor wrote it');
  const kind = kindIn(row.type, meta);
  if (kind === undefined) throw broken(row, `its meta says park: ${JSON.stringify(meta.park)}`);
  const wrong = fault(kind, meta);
  if (wrong !== undefined) throw broken(row, wrong);
  return { row, kind, type: messageTypeOf(row.type), cause, meta };
}

function broken(row: Recorded, why: string): ViolationError {
  return new ViolationError('rows', `${row.type} cannot be read: ${why}`, row);
}

function objectOf(text: string): RowMeta | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as RowMeta) : undefined;
  } catch {
    return undefined;
  }
}

function causeOf(meta: RowMeta | undefined): Cause | undefined {
  const { id, source, position } = (meta?.cause ?? NO_CAUSE) as Partial<Cause>;
  const whole = typeof id === 'string' && id !== '' && typeof source === 'string' && source !== '';
  if (!whole || !Number.isSafeInteger(position)) return undefined;
  return source === COMMAND_SOURCE || (position as number) > 0 ? (meta?.cause as Cause) : undefined;
}

/** Undefined for a kind that nobody writes. */
function kindIn(type: string, meta: RowMeta): RowKind | undefined {
  if (type === DUE) return 'due';
  const { kind } = kindOf(type, meta);
  return kind === 'parked' && !PARKS.has(meta.park) ? undefined : kind;
}

function fault(kind: RowKind, { of, from, by, why, key, due, once }: RowMeta): string | undefined {
  if (of !== undefined && !Number.isSafeInteger(of)) return 'the version that it settles is not a whole number';
  if (from !== undefined && typeof from !== 'string') return 'the place that it was released from is not a text';
  if (once !== undefined && typeof once !== 'string' && typeof once !== 'number') return 'its once key is neither a text nor a number';
  if ((kind === 'armed' || kind === 'cancelled') && typeof key !== 'string') return 'its deadline has no key';
  if (kind === 'armed' && !Number.isFinite(due)) return 'its deadline has no time';
  const isSigned = typeof by === 'string' && by !== '' && typeof why === 'string' && why !== '';
  if (kind === 'noted' && (of === undefined || !isSigned)) return 'it does not say who decided it, about which row and why';
  return undefined;
}
