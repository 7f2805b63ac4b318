import { Buffer } from 'node:buffer';
import { checkWrites, show, WaybillError } from '@waybill/core';
import type { NewEvent, Write } from '@waybill/core';
import type { Append, Proposed } from './messages';
import { isForeign, metadataOf, streamName } from './rows';

/** Bytes of one append that every server takes unless told otherwise (MaxAppendSize 1 MiB), less a little for their ways to count. */
export const LIMIT = 1_048_576 - 4_096;
/** Bytes of `data` and `meta` of one write: the rest is for types, times and frames of some 2,000 events. */
export const MAX_WRITE = 917_504;
/** Of an event beside its payload: its id, and what holds its fields together. */
const FRAME = 64;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** What is sent for these writes; all of them are looked at before any is sent. @throws WaybillError `WRITE_…` */
export function appendsOf(writes: readonly Write[]): Append[] {
  checkWrites(writes, MAX_WRITE);
  return writes.map(appendOf);
}

function appendOf({ stream, expected, events }: Write): Append {
  const proposed = events.map((event) => proposedOf(event, stream));
  const sent = bytesAtMost(proposed);
  if (sent > LIMIT) throw tooLarge('write, with types and times,', stream, sent);
  return { stream: streamName(stream), expected, events: proposed };
}

function proposedOf({ id, type, data, meta, time }: NewEvent, stream: string): Proposed {
  if (!UUID.test(id)) {
    const what = `an event id is no UUID in small letters (${show(id)}, stream ${show(stream)})`;
    throw new WaybillError('WRITE_ID_NOT_UUID', what, 'give ids as crypto.randomUUID() makes them: EventStoreDB takes no others');
  }
  if (isForeign(type)) {
    const what = `an event type begins with $ or waybill: (${show(type)}, stream ${show(stream)})`;
    throw new WaybillError(
      'WRITE_BAD_NAME',
      what,
      'give it another name: such rows are those of the server and of this store, and shown to nobody',
    );
  }
  return { id, type, data, metadata: metadataOf({ meta, time }) };
}

/** As the servers count, or more. */
export function sizeOf({ type = '', data, metadata }: Pick<Proposed, 'data' | 'metadata'> & { readonly type?: string }): number {
  return bytes(data) + bytes(metadata) + 2 * bytes(type) + FRAME;
}

export function tooLarge(what: string, stream: string, size: number): WaybillError {
  const text = `one ${what} has ${size} bytes, EventStoreDB takes ${LIMIT} (stream ${show(stream)})`;
  return new WaybillError('WRITE_TOO_LARGE', text, 'store the bulk elsewhere and append a reference, or split it');
}

function bytes(text: string): number {
  return Buffer.byteLength(text);
}

/** The sum, counted only where it might pass the limit: else a bound from above. */
function bytesAtMost(events: readonly Proposed[]): number {
  let bound = 0;
  for (const { type, data, metadata } of events) bound += 3 * (2 * type.length + data.length + metadata.length) + FRAME;
  return bound <= LIMIT ? bound : events.reduce((sum, event) => sum + sizeOf(event), 0);
}
