import { Buffer } from 'node:buffer';
import { checkName, checkWrites, show, WaybillError } from '@waybill/core/store-kit';
import type { NewEvent, Write } from '@waybill/core/store-kit';
import type { Append, Proposed } from './messages';
import { isForeign, metadataOf, streamName } from './rows';

/** Bytes of one append that every server accepts by default (MaxAppendSize 1 MiB), less a little for how they count. */
export const LIMIT = 1_048_576 - 4_096;
/** Bytes of `data` and `meta` of one write: the rest is for types, times and framing of some 2,000 events. */
export const MAX_WRITE = 917_504;
/** Bytes of an event besides its payload: its id and the framing of its fields. */
const FRAME = 64;

/** The appends for these writes; all are checked before any is sent. @throws WaybillError `WRITE_…` */
export function appendsOf(writes: readonly Write[]): Append[] {
  checkWrites(writes, MAX_WRITE);
  return writes.map(appendOf);
}

/** The server only fails at these, which looks like an outage. @throws WaybillError `WRITE_BAD_NAME`, `WRITE_BAD_NUMBER` */
export function checkRead(stream: string, from: number, limit: number): void {
  checkName('stream', stream);
  for (const [what, number] of [
    ['version to read from', from],
    ['number of rows to read', limit],
  ] as const) {
    if (Number.isSafeInteger(number) && number >= 0) continue;
    throw new WaybillError('WRITE_BAD_NUMBER', `the ${what} is ${show(number)} (stream ${show(stream)})`, 'give an integer from 0 on');
  }
}

function appendOf({ stream, expected, events }: Write): Append {
  const proposed = events.map((event) => proposedOf(event, stream));
  const sent = bytesAtMost(proposed);
  if (sent > LIMIT) throw tooLarge('write, with types and times,', stream, sent);
  return { stream: streamName(stream), expected, events: proposed };
}

function proposedOf({ id, type, data, meta, time }: NewEvent, stream: string): Proposed {
  if (isForeign(type)) {
    const what = `an event type begins with $ or waybill: (${show(type)}, stream ${show(stream)})`;
    throw new WaybillError(
      'WRITE_BAD_NAME',
      what,
      'give it another name: such rows belong to the server or to this store, and nobody is shown them',
    );
  }
  return { id, type, data, metadata: metadataOf({ id, meta, time }) };
}

/** As servers count it, or more. */
export function sizeOf({ type = '', data, metadata }: Pick<Proposed, 'data' | 'metadata'> & { readonly type?: string }): number {
  return bytes(data) + bytes(metadata) + 2 * bytes(type) + FRAME;
}

export function tooLarge(what: string, stream: string, size: number): WaybillError {
  const text = `one ${what} has ${size} bytes, EventStoreDB accepts ${LIMIT} (stream ${show(stream)})`;
  return new WaybillError('WRITE_TOO_LARGE', text, 'store the bulk elsewhere and append a reference, or split it');
}

function bytes(text: string): number {
  return Buffer.byteLength(text);
}

/** The exact sum if it might exceed the limit, else an upper bound. */
function bytesAtMost(events: readonly Proposed[]): number {
  let bound = 0;
  for (const { type, data, metadata } of events) bound += 3 * (2 * type.length + data.length + metadata.length) + FRAME;
  return bound <= LIMIT ? bound : events.reduce((sum, event) => sum + sizeOf(event), 0);
}
