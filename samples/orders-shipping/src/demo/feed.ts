import { canonical, realRuntime, WaybillError } from 'waybill';
import type { AnyMessageClass, NewEvent } from 'waybill';
import { ItemAdded, OrderAccepted, OrderSubmitted } from '../messages';
import { textOf } from './text';

/** Bytes of a line. A longer one is passed over without being kept. */
export const MAX_LINE = 1_048_576;
const NEWLINE = 0x0a;

/** A line of the feed: its event, or why it is refused. */
export type Line = { readonly number: number; readonly event: FeedEvent } | { readonly number: number; readonly refused: string };
/** Ready for the log, but for the time. */
export type FeedEvent = Omit<NewEvent, 'time'>;

const CLASSES: ReadonlyMap<string, AnyMessageClass> = new Map(
  [OrderSubmitted, ItemAdded, OrderAccepted].map((message) => [message.messageType, message]),
);

/** Tells events apart by id, type and content, whoever wrote them. */
export function fingerprint({ id, type, data }: Pick<NewEvent, 'id' | 'type' | 'data'>): string {
  return realRuntime.hash(JSON.stringify([id, type, canonicalText(data)]));
}

function canonicalText(data: string): string {
  try {
    return canonical(JSON.parse(data));
  } catch {
    return data;
  }
}

/** The lines of a feed, chunk by chunk; blank lines are left out, but counted. Memory: one chunk and one line. */
export async function* readFeed(input: AsyncIterable<Uint8Array>): AsyncGenerator<readonly Line[]> {
  let number = 1;
  let parts: Uint8Array[] = [];
  let length = 0;
  const keep = (part: Uint8Array): void => {
    length += part.length;
    if (length <= MAX_LINE) parts.push(part);
    else parts = [];
  };
  const end = (lines: Line[]): void => {
    const line = length > MAX_LINE ? refuse(number, `the line is longer than ${MAX_LINE} bytes`) : parse(number, Buffer.concat(parts));
    if (line) lines.push(line);
    number++;
    parts = [];
    length = 0;
  };
  for await (const chunk of input) {
    const lines: Line[] = [];
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      keep(chunk.subarray(from, at));
      end(lines);
      from = at + 1;
    }
    keep(chunk.subarray(from));
    if (lines.length > 0) yield lines;
  }
  const last: Line[] = [];
  if (length > 0) end(last);
  if (last.length > 0) yield last;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function parse(number: number, bytes: Uint8Array): Line | undefined {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return refuse(number, 'the line is not UTF-8');
  }
  if (text.trim() === '') return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse(number, 'the line is not JSON');
  }
  try {
    return { number, event: eventOf(value) };
  } catch (error) {
    return refuse(number, textOf(error));
  }
}

/** A schema may quote the value: what is told stays short. */
function refuse(number: number, reason: string): Line {
  return { number, refused: reason.length > 400 ? `${reason.slice(0, 400)}…` : reason };
}

/** @throws WaybillError what is wrong with which field. */
function eventOf(line: unknown): FeedEvent {
  const { id, type, data } = objectOf('the line', line);
  checkName('id', id);
  const message = CLASSES.get(type as string);
  if (!message) {
    if (typeof type !== 'string') throw missing('type', type);
    throw new WaybillError('FEED_TYPE', 'the type is not one of a feed', `use ${[...CLASSES.keys()].join(', ')}`);
  }
  objectOf('data', data);
  canonical(line);
  const { orderId } = new message(data as never) as unknown as { orderId: string };
  checkName('orderId', orderId);
  return { id: id as string, type: message.messageType, data: JSON.stringify(data), meta: '{}' };
}

function objectOf(what: string, value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  const kind = value === undefined ? 'missing' : Array.isArray(value) ? 'a list' : value === null ? 'null' : `a ${typeof value}`;
  throw new WaybillError('FEED_SHAPE', `${what} is ${kind}`, 'give one object {"id", "type", "data"} per line, data being an object');
}

function missing(field: string, value: unknown): WaybillError {
  const what = value === undefined ? 'is missing' : 'is not a string';
  return new WaybillError('FEED_FIELD', `the field "${field}" ${what}`, 'give one object {"id", "type", "data"} per line');
}

/** What a store takes as a name. @throws WaybillError `FEED_FIELD` */
function checkName(field: string, value: unknown): void {
  if (typeof value !== 'string') throw missing(field, value);
  const wellFormed = (value as string & { isWellFormed(): boolean }).isWellFormed();
  const fault =
    value === ''
      ? 'is empty'
      : Buffer.byteLength(value) > 512
        ? 'is longer than 512 bytes'
        : value.includes('\0') || !wellFormed
          ? 'holds NUL or half a surrogate pair'
          : undefined;
  if (fault !== undefined) throw new WaybillError('FEED_FIELD', `the ${field} ${fault}`, 'give 1 to 512 bytes of UTF-8 without NUL');
}
