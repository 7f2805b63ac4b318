import type { Recorded } from '@waybill/core';
import { DELETED, payloadOf } from '../wire/payload';
import type { Log } from './log';

/** As JSON.parse reads it, and as some clients write it back. */
const DELETED_NUMBER = Number(DELETED);

export interface StreamMetadata {
  readonly maxCount: number;
  /** Milliseconds. */
  readonly maxAge: number;
  readonly truncateBefore: number;
  /** Deleted, but not for good: the next append continues the numbering. */
  readonly softDeleted: boolean;
  /** The `$metadata` event that says so, if there is one. */
  readonly row: Recorded | undefined;
}

export const isMetastream = (stream: string): boolean => stream.startsWith('$$');
export const metastreamOf = (stream: string): string => `$$${stream}`;
export const originalOf = (stream: string): string => (isMetastream(stream) ? stream.slice(2) : stream);

const NONE: StreamMetadata = { maxCount: Infinity, maxAge: Infinity, truncateBefore: 0, softDeleted: false, row: undefined };

/** The metadata of a stream as it is now. Metadata streams show only their last event. */
export async function metadataOf(log: Log, stream: string): Promise<StreamMetadata> {
  if (isMetastream(stream)) return { ...NONE, maxCount: 1 };
  const row = await log.last(metastreamOf(stream));
  if (!row) return NONE;
  const values = parsed(row);
  const before = values['$tb'];
  return {
    maxCount: positive(values['$maxCount'], 1) ?? Infinity,
    maxAge: (positive(values['$maxAge'], 1) ?? Infinity) * 1_000,
    truncateBefore: positive(before, 0) ?? 0,
    softDeleted: typeof before === 'number' && before >= DELETED_NUMBER,
    row,
  };
}

/** The same metadata, with `$tb` at the version from which a deleted stream goes on. */
export function undeleted({ row }: StreamMetadata, from: number): string {
  return JSON.stringify({ ...(row && parsed(row)), $tb: from });
}

/** The lowest version that may be read. */
export function firstVersion({ maxCount, truncateBefore }: StreamMetadata, last: number): number {
  return Math.max(0, truncateBefore, last - maxCount + 1);
}

function parsed(row: Recorded): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(payloadOf(row).data).toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function positive(value: unknown, least: number): number | undefined {
  return typeof value === 'number' && value >= least ? Math.floor(value) : undefined;
}
