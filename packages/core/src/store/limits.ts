import { WaybillError, show } from '../base/errors';
import type { Write } from './port';

/** Limits in bytes of UTF-8: of `data` and `meta` of one event, of all of those in one write, and of a name. */
export const LIMITS = { event: 1_048_576, write: 4_194_304, name: 512 } as const;

/**
 * Every store checks a call before it stores any of it, so that none accepts what another cannot keep; `maxWrite` is the
 * store's own limit, where that is lower.
 * @throws WaybillError `WRITE_EMPTY`, `WRITE_SAME_STREAM_TWICE`, `WRITE_BAD_NAME`, `WRITE_BAD_TEXT`, `WRITE_BAD_NUMBER`, `WRITE_TOO_LARGE`
 */
export function checkWrites(writes: readonly Write[], maxWrite: number = LIMITS.write): void {
  const streams = new Set<string>();
  for (const { stream, expected, events } of writes) {
    checkName('stream', stream);
    if (streams.has(stream)) {
      const what = `one call holds two writes of stream ${show(stream)}`;
      throw new WaybillError('WRITE_SAME_STREAM_TWICE', what, 'append the second once the first is confirmed');
    }
    streams.add(stream);
    if (expected !== 'none') checkNumber('expected version', expected, stream);
    if (events.length === 0) throw new WaybillError('WRITE_EMPTY', `a write of ${show(stream)} holds no event`, 'leave the write out');
    let size = 0;
    for (const { id, type, data, meta, time } of events) {
      checkName('event id', id);
      checkName('event type', type);
      checkNumber('time', time, stream);
      checkText('data', data, stream);
      checkText('meta', meta, stream);
      const bytes = atMost(LIMITS.event, data, meta);
      if (bytes > LIMITS.event) throw tooLarge(`event of type ${show(type)}`, stream, bytes, LIMITS.event);
      size += bytes;
    }
    if (size <= maxWrite) continue;
    const counted = events.reduce((sum, { data, meta }) => sum + bytesOf(data) + bytesOf(meta), 0);
    if (counted > maxWrite) throw tooLarge('write', stream, counted, maxWrite);
  }
}

/** A name is 1 to 512 bytes of well-formed text without NUL. @throws WaybillError `WRITE_BAD_NAME` */
export function checkName(what: string, name: string): void {
  const wrong = faultOfName(name);
  if (!wrong) return;
  throw new WaybillError('WRITE_BAD_NAME', `the ${what} ${wrong} (${show(name)})`, `give 1 to ${LIMITS.name} bytes of UTF-8 without NUL`);
}

/** @throws WaybillError `WRITE_BAD_NAME`, `WRITE_BAD_NUMBER` */
export function checkTruncate(stream: string, before: number): void {
  checkName('stream', stream);
  checkNumber('version to truncate before', before, stream);
}

export function truncateAhead(stream: string, before: number): WaybillError {
  const what = `stream ${show(stream)} has no row at version ${before}`;
  return new WaybillError('TRUNCATE_AHEAD', what, 'keep its last row: later versions are counted on from it');
}

/** A secret is 1 to 512 bytes of well-formed text without NUL; it is never shown. @throws WaybillError `WRITE_BAD_TEXT` */
export function checkSecret(secret: string): void {
  const wrong = faultOfName(secret);
  if (wrong) throw new WaybillError('WRITE_BAD_TEXT', `the secret of a subject ${wrong}`, `give 1 to ${LIMITS.name} bytes of base64`);
}

function checkText(field: string, text: string, stream: string): void {
  const wrong = fault(text);
  if (!wrong) return;
  throw new WaybillError(
    'WRITE_BAD_TEXT',
    `the ${field} of an event ${wrong} (stream ${show(stream)})`,
    'give the text that JSON.stringify made',
  );
}

function checkNumber(what: string, value: number, stream: string): void {
  if (Number.isSafeInteger(value) && value >= 0) return;
  throw new WaybillError('WRITE_BAD_NUMBER', `the ${what} is ${show(value)} (stream ${show(stream)})`, 'give a safe integer, 0 or above');
}

function tooLarge(what: string, stream: string, bytes: number, limit: number): WaybillError {
  const size = `one ${what} has ${bytes} bytes of data and meta, the limit is ${limit} (stream ${show(stream)})`;
  return new WaybillError('WRITE_TOO_LARGE', size, 'store the bulk elsewhere and append a reference, or split it');
}

/** Bytes of the texts, counted only where they may exceed `limit`; otherwise an upper bound. */
function atMost(limit: number, a: string, b = ''): number {
  const bound = 3 * (a.length + b.length);
  return bound <= limit ? bound : bytesOf(a) + bytesOf(b);
}

function faultOfName(name: string): string | undefined {
  return fault(name) ?? (atMost(LIMITS.name, name) > LIMITS.name ? `is longer than ${LIMITS.name} bytes` : undefined);
}

/** UTF-8 has no form for half a surrogate pair, and some databases end a text at NUL: either would be read back as another text. */
function fault(text: unknown): string | undefined {
  if (typeof text !== 'string') return 'is not a string';
  if (text === '') return 'is empty';
  // Node 20 has `isWellFormed`; the typings of ES2022 do not.
  const isWellFormed = (text as string & { isWellFormed(): boolean }).isWellFormed();
  return text.includes('\0') || !isWellFormed ? 'holds NUL or half a surrogate pair' : undefined;
}

/** The length of the text in UTF-8. */
export function bytesOf(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    // Each half of a surrogate pair counts two of the pair's four bytes.
    if (unit > 0x7f) bytes += unit > 0x7ff && (unit < 0xd800 || unit > 0xdfff) ? 2 : 1;
  }
  return bytes;
}
