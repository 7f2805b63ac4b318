/**
 * Checksums kept with rows, so that what the disk has changed is refused and never read silently: SQLite itself keeps none for
 * its main file. A single flipped bit is always found, other damage in all but one of 2^32 cases.
 */

/** Odd, so that multiplying by it loses no information. */
const ODD = 0x85ebca6b;

/** Of a row of the log; written out, since it is computed for every row written or read. */
export function rowChecksum(
  stream: string,
  version: number,
  position: number,
  time: number,
  id: string,
  type: string,
  meta: string,
  data: string,
): number {
  return withText(data, withText(meta, withText(type, withText(id, withText(stream, withNumber(time, withNumber(position, version)))))));
}

/** Of a row of a view. What holds it up counts where there is something: rows written before it had a column keep their sum. */
export function viewChecksum(view: string, key: string, row: string | null, position: number, blocked: string | null): number {
  return checksumOf(view, key, row, position, ...(blocked === null ? [] : [blocked]));
}

/** Of a row of any other table. */
export function checksumOf(...fields: readonly (string | number | null)[]): number {
  return fields.reduce<number>((sum, field) => (typeof field === 'number' ? withNumber(field, sum) : withText(field ?? '', sum)), 0);
}

function withNumber(value: number, before: number): number {
  return (Math.imul(Math.imul(before, ODD) + (value | 0), ODD) + Math.floor(value / 2 ** 32)) | 0;
}

/** Two characters at a time. A damaged row may hold a value of another type: NaN equals no checksum. */
function withText(text: unknown, before: number): number {
  if (typeof text !== 'string') return NaN;
  let sum = Math.imul(before, ODD) + text.length;
  const even = text.length & ~1;
  for (let i = 0; i < even; i += 2) sum = (Math.imul(sum, ODD) + (text.charCodeAt(i) | (text.charCodeAt(i + 1) << 16))) | 0;
  return even === text.length ? sum | 0 : (Math.imul(sum, ODD) + text.charCodeAt(even)) | 0;
}
