import { Buffer } from 'node:buffer';
import type { Recorded } from '@waybill/core/store-kit';
import * as shared from '@eventstore/db-client/generated/shared_pb';
import * as streams from '@eventstore/db-client/generated/streams_pb';
import { Encoder } from './encoder';
import { DELETED, isTombstone, isWrapped, payloadOf } from './payload';
import { asUuid, uuidMessage } from './uuid';

/** An event to show: the row itself, or the event that a link points to, with the link. */
export interface Shown {
  readonly event: Recorded | undefined;
  readonly link?: Recorded | undefined;
  readonly retryCount?: number;
}

/** Field numbers, the same in Streams and in PersistentSubscriptions. */
const RESPONSE = { event: 1 } as const;
const EVENT = { event: 1, link: 2, commitPosition: 3, retryCount: 5 } as const;
const RECORDED = { id: 1, stream: 2, revision: 3, prepare: 4, commit: 5, properties: 6, metadata: 7, data: 8 } as const;
const IDENTIFIER = { name: 3 } as const;
const UUID_TEXT = 2;
const ENTRY = { key: 1, value: 2 } as const;
/** More bytes than everything but the row's texts takes. */
const SPACE = 512;

/** The response with one event, serialized. `structured`: ids as two numbers. */
export function eventMessage(shown: Shown, structured: boolean): Buffer {
  const event = shown.event && sized(shown.event);
  const link = shown.link && sized(shown.link);
  const encoder = new Encoder((event?.size ?? 0) + (link?.size ?? 0) + SPACE);
  encoder.message(RESPONSE.event, () => {
    if (shown.retryCount !== undefined) encoder.number(EVENT.retryCount, shown.retryCount, true);
    encoder.number(EVENT.commitPosition, (shown.link ?? shown.event)?.position ?? 0, true);
    if (link) encoder.message(EVENT.link, () => recorded(encoder, link, structured));
    if (event) encoder.message(EVENT.event, () => recorded(encoder, event, structured));
  });
  return encoder.done();
}

interface Sized {
  readonly row: Recorded;
  readonly data: number;
  readonly meta: number;
  readonly size: number;
}

function sized(row: Recorded): Sized {
  const [data, meta] = [Buffer.byteLength(row.data), Buffer.byteLength(row.meta)];
  return { row, data, meta, size: data + meta + 3 * (row.stream.length + row.type.length) + SPACE };
}

/** `created` counts 100 nanoseconds since 1970. The fields are written in reverse order. */
function recorded(encoder: Encoder, { row, data, meta }: Sized, structured: boolean): void {
  const wrapped = isWrapped(row) ? payloadOf(row) : undefined;
  if (wrapped) encoder.raw(RECORDED.data, wrapped.data);
  else encoder.text(RECORDED.data, row.data, data);
  if (wrapped) encoder.raw(RECORDED.metadata, wrapped.metadata);
  else encoder.text(RECORDED.metadata, row.meta, meta);
  property(encoder, 'created', row.time === 0 ? '0' : `${row.time}0000`);
  property(encoder, 'content-type', wrapped?.json === false ? 'application/octet-stream' : 'application/json');
  property(encoder, 'type', row.type);
  encoder.number(RECORDED.commit, row.position);
  encoder.number(RECORDED.prepare, row.position);
  encoder.number(RECORDED.revision, isTombstone(row) ? BigInt(DELETED) : row.version);
  encoder.message(RECORDED.stream, () => encoder.text(IDENTIFIER.name, row.stream));
  const id = asUuid(row.id);
  if (structured) encoder.raw(RECORDED.id, uuidMessage(id, true).serializeBinary());
  else encoder.message(RECORDED.id, () => encoder.text(UUID_TEXT, id));
}

function property(encoder: Encoder, key: string, value: string): void {
  encoder.message(RECORDED.properties, () => {
    encoder.text(ENTRY.value, value);
    encoder.text(ENTRY.key, key);
  });
}

export function streamIdentifier(stream: string): shared.StreamIdentifier {
  return new shared.StreamIdentifier().setStreamName(Buffer.from(stream));
}

export function confirmationMessage(id: string): streams.ReadResp {
  return new streams.ReadResp().setConfirmation(new streams.ReadResp.SubscriptionConfirmation().setSubscriptionId(id));
}

export function checkpointMessage(position: string): streams.ReadResp {
  const checkpoint = new streams.ReadResp.Checkpoint().setCommitPosition(position).setPreparePosition(position);
  return new streams.ReadResp().setCheckpoint(checkpoint);
}

export function notFoundMessage(stream: string): streams.ReadResp {
  const missing = new streams.ReadResp.StreamNotFound().setStreamIdentifier(streamIdentifier(stream));
  return new streams.ReadResp().setStreamNotFound(missing);
}

export const caughtUpMessage = (): streams.ReadResp => new streams.ReadResp().setCaughtUp(new streams.ReadResp.CaughtUp());
export const firstPositionMessage = (at: number): streams.ReadResp => new streams.ReadResp().setFirstStreamPosition(String(at));
export const lastPositionMessage = (at: number): streams.ReadResp => new streams.ReadResp().setLastStreamPosition(String(at));
