import type { Recorded } from '@waybill/core';
import * as shared from '@eventstore/db-client/generated/shared_pb';
import * as streams from '@eventstore/db-client/generated/streams_pb';
import { isTombstone, payloadOf } from './payload';
import { DELETED } from './metadata';
import { asUuid, uuidMessage } from './uuid';

/** 64-bit fields are decimal strings; `created` counts 100 nanoseconds since 1970. */
interface RecordedMessage {
  setId(id: shared.UUID): unknown;
  setStreamIdentifier(stream: shared.StreamIdentifier): unknown;
  setStreamRevision(revision: string): unknown;
  setPreparePosition(position: string): unknown;
  setCommitPosition(position: string): unknown;
  getMetadataMap(): { set(key: string, value: string): unknown };
  setCustomMetadata(metadata: Uint8Array): unknown;
  setData(data: Uint8Array): unknown;
}

/** Fills a message of either service: Streams and PersistentSubscriptions have one each, of the same form. */
export function fillRecorded(message: RecordedMessage, row: Recorded, structured: boolean): void {
  const { data, metadata, json } = payloadOf(row);
  const position = String(row.position);
  message.setId(uuidMessage(asUuid(row.id), structured));
  message.setStreamIdentifier(streamIdentifier(row.stream));
  message.setStreamRevision(isTombstone(row) ? DELETED : String(row.version));
  message.setPreparePosition(position);
  message.setCommitPosition(position);
  const properties = message.getMetadataMap();
  properties.set('type', row.type);
  properties.set('content-type', json ? 'application/json' : 'application/octet-stream');
  properties.set('created', `${row.time}0000`);
  message.setCustomMetadata(metadata);
  message.setData(data);
}

export function eventMessage(row: Recorded, structured: boolean): streams.ReadResp {
  const recorded = new streams.ReadResp.ReadEvent.RecordedEvent();
  fillRecorded(recorded, row, structured);
  const event = new streams.ReadResp.ReadEvent();
  event.setEvent(recorded);
  event.setCommitPosition(String(row.position));
  return new streams.ReadResp().setEvent(event);
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
export const fellBehindMessage = (): streams.ReadResp => new streams.ReadResp().setFellBehind(new streams.ReadResp.FellBehind());
