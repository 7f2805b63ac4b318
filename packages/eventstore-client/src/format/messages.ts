import { Empty, StreamIdentifier, UUID } from '@eventstore/db-client/generated/shared_pb';
import { AppendReq, ReadReq } from '@eventstore/db-client/generated/streams_pb';
import type { Expected } from '@waybill/core/store-kit';
import { bytesOf, JSON_TYPE, uuidOf } from './rows';

/** One event as it is sent; the server keeps its texts byte for byte. */
export interface Proposed {
  /** Any text; see `uuidOf`. */
  readonly id: string;
  readonly type: string;
  readonly data: string;
  readonly metadata: string;
}

/** One append, atomic on its stream; `stream` is its name on the server. */
export interface Append {
  readonly stream: string;
  readonly expected: Expected;
  readonly events: readonly Proposed[];
}

const FORWARDS = 0;
const BACKWARDS = 1;

/** Rows that the server scans before it reports how far it has got. */
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

/** The unary path and the batch path have different messages for the same event. */
export function filled<M extends Message>(message: M, { id, type, data, metadata }: Proposed): M {
  message.setId(uuid(uuidOf(id)));
  const map = message.getMetadataMap();
  map.set('type', type);
  map.set('content-type', JSON_TYPE);
  message.setData(bytesOf(data));
  message.setCustomMetadata(bytesOf(metadata));
  return message;
}

/** The client's own `jsonEvent` would change the text of the data, so the protocol's messages are filled here. */
export function appendRequests({ stream, expected, events }: Append): AppendReq[] {
  const options = new AppendReq.Options().setStreamIdentifier(identifier(stream));
  if (expected === 'none') options.setNoStream(new Empty());
  else options.setRevision(String(expected));
  return [
    new AppendReq().setOptions(options),
    ...events.map((event) => new AppendReq().setProposedMessage(filled(new AppendReq.ProposedMessage(), event))),
  ];
}

/** Rows from a version on, or the last row. */
export function streamRequest(stream: string, from: number | 'end', count: number): ReadReq {
  const place = new ReadReq.Options.StreamOptions().setStreamIdentifier(identifier(stream));
  if (from === 'end') place.setEnd(new Empty());
  else place.setRevision(String(from));
  const options = common(from === 'end' ? BACKWARDS : FORWARDS).setStream(place);
  return new ReadReq().setOptions(options.setCount(String(count)).setNoFilter(new Empty()));
}

/**
 * Rows of the log with matching types: `count` rows from a position (inclusive) on or backwards from the end; without a count, a
 * subscription to those after the position.
 */
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
