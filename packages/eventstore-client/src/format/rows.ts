import { Buffer, isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { show, WaybillError } from '@waybill/core/store-kit';
import type { NewEvent, Recorded } from '@waybill/core/store-kit';
import type { ReadResp } from '@eventstore/db-client/generated/streams_pb';

/** The types of our own rows begin with this, those of the server's with `$`. Neither are ever shown, nor count as the head. */
export const OWN = 'waybill:';
const ESCAPED = 'waybill:name-';
const WRAPPED = '"waybill:meta":';
export const JSON_TYPE = 'application/json';
/** What the server sends when it knows no position: 2^64-1. */
const NO_POSITION = '18446744073709551615';

/** `$…` names belong to the server and `waybill:…` names to this store: an app's streams with such names get a prefix. */
export function streamName(name: string): string {
  return name.startsWith('$') || name.startsWith(OWN) ? ESCAPED + name : name;
}

function givenName(stream: string): string {
  return stream.startsWith(ESCAPED) ? stream.slice(ESCAPED.length) : stream;
}

export function isForeign(type: string): boolean {
  return type.startsWith('$') || type.startsWith(OWN);
}

/** Ids that the server takes as they are; of any other it gets a UUID, and the id itself stands in the metadata. */
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const GIVEN_ID = '"waybill:id":';

/** The server recognises a retry by its ids, so one text has one UUID: the first bits of its SHA-256 (version 8 of RFC 9562). */
export function uuidOf(id: string): string {
  if (UUID.test(id)) return id;
  const hex = createHash('sha256').update(id).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/**
 * `meta` with the writer's time, and an id that is no UUID, in front, so that other languages read one flat object. A text that could
 * be mistaken for this form, or not be taken apart again, is kept whole in a field of its own.
 */
export function metadataOf({ id, meta, time }: Pick<NewEvent, 'id' | 'meta' | 'time'>): string {
  const own = UUID.test(id) ? `{"t":${time}` : `{"t":${time},${GIVEN_ID}${JSON.stringify(id)}`;
  if (meta === '{}') return `${own}}`;
  const flat = meta.startsWith('{"') && !/"(t|waybill:meta|waybill:id)"|\\u/.test(meta);
  return flat ? `${own},${meta.slice(1)}` : `${own},${WRAPPED}${meta}}`;
}

/** Undefined for metadata that this store did not write; without an `id` that of the server is the row's. */
export function readMetadata(text: string): { readonly id?: string; readonly meta: string; readonly time: number } | undefined {
  const [begin = '', digits, given, next] = /^\{"t":(\d{1,16})(?:,"waybill:id":("(?:[^"\\]|\\.)*"))?([,}])/.exec(text) ?? [];
  const id = given === undefined ? undefined : jsonOf(given);
  if (next === undefined || (given !== undefined && id === undefined)) return undefined;
  const own = { time: Number(digits), ...(id === undefined ? {} : { id: id as string }) };
  if (next === '}') return text.length === begin.length ? { ...own, meta: '{}' } : undefined;
  const rest = text.slice(begin.length);
  return { ...own, meta: rest.startsWith(WRAPPED) ? rest.slice(WRAPPED.length, -1) : `{${rest}` };
}

/** The row that the server sent; undefined if it is not an event. @throws WaybillError `STORE_POSITION`, `STORE_SERVER_TOO_OLD` */
export function recordedOf(read: ReadResp.ReadEvent): Recorded | undefined {
  const event = read.getEvent();
  if (!event) return undefined;
  const map = event.getMetadataMap();
  const type = map.get('type') ?? '';
  const metadata = textOf(event.getCustomMetadata_asU8());
  const ours = readMetadata(metadata);
  const data = bufferOf(event.getData_asU8());
  const isJson = map.get('content-type') === JSON_TYPE;
  return {
    id: ours?.id ?? event.getId()?.getString() ?? '',
    type,
    data: ours && isJson ? data.toString('utf8') : foreignData(data, isJson),
    meta: ours ? ours.meta : isValid(metadata) ? metadata : '{}',
    time: ours ? ours.time : Math.floor(Number(map.get('created') ?? 0) / 10_000),
    stream: givenName(textOf(event.getStreamIdentifier()?.getStreamName_asU8() ?? new Uint8Array())),
    version: safe(event.getStreamRevision()),
    position: positionOf(event.getCommitPosition()),
  };
}

/** Data written by others becomes JSON text too: text that is not JSON as a string, bytes that are not text as base64. */
function foreignData(data: Buffer, isJson: boolean): string {
  if (data.length === 0) return 'null';
  if (!isJson || !isUtf8(data) || data.includes(0)) return JSON.stringify(data.toString('base64'));
  const text = data.toString('utf8');
  return isValid(text) ? text : JSON.stringify(text);
}

function isValid(text: string): boolean {
  return jsonOf(text) !== undefined;
}

/** Undefined for a text that is not JSON. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

export function bytesOf(text: string): Uint8Array {
  const buffer = Buffer.from(text, 'utf8');
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

export function textOf(bytes: Uint8Array): string {
  return bufferOf(bytes).toString('utf8');
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** @throws WaybillError rather than rounding: a rounded position would skip rows or show them twice. */
export function positionOf(text: string): number {
  if (text === NO_POSITION || text === '') {
    throw new WaybillError(
      'STORE_SERVER_TOO_OLD',
      'the server does not give the positions of rows in a stream',
      'use EventStoreDB 22.6 or newer, or KurrentDB',
    );
  }
  return safe(text);
}

/** A position that may be missing or meaningless. */
export function positionOr(text: string | undefined): number | undefined {
  const position = Number(text);
  return Number.isSafeInteger(position) && position > 0 ? position : undefined;
}

function safe(text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number)) return number;
  throw new WaybillError(
    'STORE_POSITION',
    `a position or version in the log is ${show(text)}`,
    'start a new log: above 2^53 this client cannot tell positions apart',
  );
}
