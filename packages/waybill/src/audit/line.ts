import { COMMAND_SOURCE, isHidden, kindOf, messageTypeOf } from '@waybill/core';
import type { Cause, Recorded, RowMeta } from '@waybill/core';
import { Found } from './violation';

/** `event`: of no actor. `due`: a deadline in its bucket. The others are those of an actor's stream. */
export type LineKind = 'event' | 'emitted' | 'took' | 'parked' | 'noted' | 'armed' | 'cancelled' | 'closed' | 'due';

/** A row, as its text says what it is. */
export interface Line {
  readonly row: Recorded;
  readonly kind: LineKind;
  /** Of the message, as it was written. */
  readonly type: string;
  readonly cause: Cause;
  readonly meta: RowMeta;
}

const NONE: RowMeta = {};
const NO_CAUSE: Cause = { id: '', source: '', position: 0 };
const PARKS: ReadonlySet<unknown> = new Set(['failed', 'behind', 'conflict', 'late', 'invalid']);
/** Of the streams that keep deadlines by the minute. */
const DUE = 'took:~due';

/** @throws Found `rows` */
export function lineOf(row: Recorded): Line {
  const hidden = isHidden(row.type);
  if (!hidden && !row.meta.includes('"cause"')) return { row, kind: 'event', type: row.type, cause: NO_CAUSE, meta: NONE };
  const meta = parsed(row.meta);
  const cause = causeOf(meta);
  if (!hidden) {
    if (!meta || !cause) return { row, kind: 'event', type: row.type, cause: NO_CAUSE, meta: NONE };
    return { row, kind: 'emitted', type: row.type, cause, meta };
  }
  if (!meta) throw broken(row, 'its meta is no JSON object');
  if (!cause) throw broken(row, 'it names no cause, so no actor wrote it');
  const kind = lineKind(row.type, meta);
  if (kind === undefined) throw broken(row, `its meta says park: ${JSON.stringify(meta.park)}`);
  const wrong = fault(kind, meta);
  if (wrong !== undefined) throw broken(row, wrong);
  return { row, kind, type: messageTypeOf(row.type), cause, meta };
}

function broken(row: Recorded, why: string): Found {
  return new Found('rows', `${row.type} cannot be read: ${why}`, row);
}

function parsed(text: string): RowMeta | undefined {
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
function lineKind(type: string, meta: RowMeta): LineKind | undefined {
  if (type === DUE) return 'due';
  const { kind } = kindOf(type, meta);
  return kind === 'parked' && !PARKS.has(meta.park) ? undefined : kind;
}

function fault(kind: LineKind, { of, from, by, why, key, due, once }: RowMeta): string | undefined {
  if (of !== undefined && !Number.isSafeInteger(of)) return 'it settles no version';
  if (from !== undefined && typeof from !== 'string') return 'it comes from no stream';
  if (once !== undefined && typeof once !== 'string' && typeof once !== 'number') return 'its once key is none';
  if ((kind === 'armed' || kind === 'cancelled') && typeof key !== 'string') return 'its deadline has no key';
  if (kind === 'armed' && !Number.isFinite(due)) return 'its deadline has no time';
  const signed = typeof by === 'string' && by !== '' && typeof why === 'string' && why !== '';
  if (kind === 'noted' && (of === undefined || !signed)) return 'nobody signed for it';
  return undefined;
}
