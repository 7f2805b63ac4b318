import { Buffer, isUtf8 } from 'node:buffer';
import type { NewEvent } from '@waybill/core';

/** What a client sent as one event's payload, and gets back byte for byte. */
interface Payload {
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
  readonly json: boolean;
}

type Texts = Pick<NewEvent, 'data' | 'meta'>;

/**
 * A store keeps texts. JSON data with text metadata is kept as it is, so the row is the same as if an app had written it directly.
 * For everything else, a `meta` of this form describes the payload; metadata that begins like it is wrapped too, so that no
 * client's metadata is ever mistaken for it.
 */
const MARK = '{"$esdb":';

interface Wrapper {
  /** How `data` represents the bytes; absent: as their text. */
  readonly data?: 'base64' | 'none';
  readonly octets?: true;
  readonly meta?: string;
  readonly meta64?: string;
  readonly tombstone?: true;
}

/** Version of a tombstone, and `$tb` of a deleted stream: no event is ever at or above it. */
export const DELETED = '9223372036854775807';

/** The last row of a stream that was deleted for good: no client can send this `meta`. */
export const TOMBSTONE: Texts & { type: string } = { type: '$streamDeleted', data: '{}', meta: wrap({ tombstone: true }) };

export function isTombstone(row: NewEvent): boolean {
  return row.type === TOMBSTONE.type && row.meta === TOMBSTONE.meta;
}

/** Whether the texts of this row are an encoding of the payload, not the payload itself. */
export function isWrapped({ meta }: Texts): boolean {
  return meta.startsWith(MARK);
}

export function textsOf({ data, metadata, json }: Payload): Texts {
  const text = textOf(data);
  const meta = textOf(metadata);
  if (json && text !== undefined && meta !== undefined && !meta.startsWith(MARK)) return { data: text, meta };
  const none = data.length === 0;
  return {
    data: text ?? (none ? 'null' : JSON.stringify(bufferOf(data).toString('base64'))),
    meta: wrap({
      ...(text === undefined && { data: none ? 'none' : 'base64' }),
      ...(!json && { octets: true }),
      ...(meta === undefined ? metadata.length > 0 && { meta64: bufferOf(metadata).toString('base64') } : { meta }),
    }),
  };
}

export function payloadOf({ data, meta }: Texts): Payload {
  if (!meta.startsWith(MARK)) return { data: Buffer.from(data), metadata: Buffer.from(meta), json: true };
  const { $esdb: how } = JSON.parse(meta) as { $esdb: Wrapper };
  const metadata = how.meta === undefined ? Buffer.from(how.meta64 ?? '', 'base64') : Buffer.from(how.meta);
  return { data: dataOf(data, how), metadata, json: how.octets !== true };
}

function dataOf(data: string, how: Wrapper): Buffer {
  if (how.data === 'none') return Buffer.alloc(0);
  return how.data === 'base64' ? Buffer.from(JSON.parse(data) as string, 'base64') : Buffer.from(data);
}

function textOf(bytes: Uint8Array): string | undefined {
  const isText = bytes.length > 0 && !bytes.includes(0) && isUtf8(bytes);
  return isText ? bufferOf(bytes).toString('utf8') : undefined;
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function wrap(how: Wrapper): string {
  return `${MARK}${JSON.stringify(how)}}`;
}
