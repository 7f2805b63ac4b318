import { Empty, StreamIdentifier, UUID } from '@eventstore/db-client/generated/shared_pb';
import { AppendReq, ReadReq } from '@eventstore/db-client/generated/streams_pb';
import type { Expected } from '@waybill/core';
import { bytesOf, JSON_TYPE } from './rows';

/** One event as it is sent: texts that the server keeps byte for byte. */
export interface Proposed {
  readonly id: string;
  readonly type: string;
  readonly data: string;
  readonly metadata: string;
}

/** One append: atomic on its stream. `stream` is the server's name of it. */
export interface Append {
  readonly stream: string;
  readonly expected: Expected;
  readonly events: readonly Proposed[];
}

export const FORWARDS = 0;
export const BACKWARDS = 1;

/** Rows that the server looks at before it tells how far it got. */
const WINDOW = 1_000;

export function identifier(stream: string): StreamIdentifier {
  return new StreamIdentifier().setStreamName(bytesOf(stream));
}

export function uuid(id: string): UUID {
  return new UUID().setString(id);
}

interface Message {
  setId(id: UUID): unknown;
  getMetadataMap(): { set(name: string, value: string): unknown };
  setData(data: Uint8Array): unknown;
  setCustomMetadata(metadata: Uint8Array): unknown;
}

/** The unary path and the batch path have a message of their own for the same thing. */
export function filled<M extends Message>(message: M, { id, type, data, metadata }: Proposed): M {
  message.setId(uuid(id));
  const map = message.getMetadataMap();
  map.set('type', type);
  map.set('content-type', JSON_TYPE);
  message.setData(bytesOf(data));
  message.setCustomMetadata(bytesOf(metadata));
  return message;
}

/** The client's own `jsonEvent` would turn the data into another text: so the messages of its protocol are filled here. */
export function appendRequests({ stream, expected, events }: Append): AppendReq[] {
  const options = new AppendReq.Options().setStreamIdentifier(identifier(stream));
  if (expected === 'none') options.setNoStream(new Empty());
  else options.setRevision(String(expected));
  return [
    new AppendReq().setOptions(options),
    ...events.map((event) => new AppendReq().setProposedMessage(filled(new AppendReq.ProposedMessage(), event))),
  ];
}

/** From a version on, or the last row. */
export function streamRequest(stream: string, from: number | 'end', count: number): ReadReq {
  const place = new ReadReq.Options.StreamOptions().setStreamIdentifier(identifier(stream));
  if (from === 'end') place.setEnd(new Empty());
  else place.setRevision(String(from));
  const options = common(from === 'end' ? BACKWARDS : FORWARDS).setStream(place);
  return new ReadReq().setOptions(options.setCount(String(count)).setNoFilter(new Empty()));
}

/** Rows of the log with such types: `count` from a position (inclusive) on or back from the end, or, without a count, those behind it as they come. */
export function logRequest(from: number | 'end', types: string, count?: number): ReadReq {
  const place = new ReadReq.Options.AllOptions();
  if (from === 'end') place.setEnd(new Empty());
  else if (from === 0) place.setStart(new Empty());
  else place.setPosition(new ReadReq.Options.Position().setCommitPosition(String(from)).setPreparePosition(String(from)));
  const filter = new ReadReq.Options.FilterOptions()
    .setEventType(new ReadReq.Options.FilterOptions.Expression().setRegex(types))
    .setMax(WINDOW)
    .setCheckpointintervalmultiplier(1);
  const options = common(from === 'end' ? BACKWARDS : FORWARDS)
    .setAll(place)
    .setFilter(filter);
  if (count === undefined) options.setSubscription(new ReadReq.Options.SubscriptionOptions());
  else options.setCount(String(count));
  return new ReadReq().setOptions(options);
}

function common(direction: number): ReadReq.Options {
  return new ReadReq.Options()
    .setReadDirection(direction)
    .setResolveLinks(false)
    .setUuidOption(new ReadReq.Options.UUIDOption().setString(new Empty()));
}
