import type { Recorded } from '@waybill/core/store-kit';
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
  const { $maxCount: maxCount = Infinity, $maxAge: maxAge = Infinity, $tb: before = 0 } = parsed(row);
  // One wrong value makes all of it void.
  if (!isFrom(maxCount, 1) || !isFrom(maxAge, 1) || !isFrom(before, 0)) return { ...NONE, row };
  return { maxCount, maxAge: maxAge * 1_000, truncateBefore: before, softDeleted: before >= DELETED_NUMBER, row };
}

/** The same metadata, with `$tb` at the version from which a deleted stream goes on. */
export function undeleted({ row }: StreamMetadata, from: number): string {
  return JSON.stringify({ ...(row && parsed(row)), $tb: from });
}

/** The lowest version that may be read. */
export function firstVersion({ maxCount, truncateBefore }: StreamMetadata, last: number): number {
  return Math.max(0, truncateBefore, last - maxCount + 1);
}

/** Whether reads of its stream show this row. */
export function isVisible({ version, time }: Recorded, metadata: StreamMetadata, last: number): boolean {
  return version >= firstVersion(metadata, last) && time >= Date.now() - metadata.maxAge;
}

function parsed(row: Recorded): Record<string, unknown> {
  try {
    const { data, json } = payloadOf(row);
    const value: unknown = json ? JSON.parse(Buffer.from(data).toString()) : undefined;
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function isFrom(value: unknown, least: number): value is number {
  return value === Infinity || (Number.isInteger(value) && (value as number) >= least);
}
