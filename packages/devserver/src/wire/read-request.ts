import type { ReadReq } from '@eventstore/db-client/generated/streams_pb';
import type { Filter } from './filter';
import { EVERYTHING, filterOf } from './filter';
import { BadContent, invalid } from './status';

/** 2^64-1 means the end in some requests; no version or position is 2^63 or above. */
const NO_PLACE = 2n ** 63n;

/** Where to start. */
export type Place = 'start' | 'end' | number;

interface Range {
  readonly from: Place;
  readonly backwards: boolean;
  /** Undefined for a subscription, which never ends. */
  readonly count: number | undefined;
  /** Ids as two numbers, for clients that ask for it. */
  readonly structured: boolean;
  /** Show the event that a link points to, with the link. */
  readonly resolveLinks: boolean;
  /** The client understands messages about where a stream begins and ends. */
  readonly bounds: boolean;
}

export interface StreamRead extends Range {
  readonly stream: string;
}

export interface AllRead extends Range {
  readonly stream: undefined;
  readonly filter: Filter;
  /** Rows scanned between two checkpoints of a filtered subscription; undefined without a filter. */
  readonly interval: number | undefined;
}

/** Rows that the real server scans in one go unless the client says otherwise. */
const WINDOW = 32;

/** @throws CallError INVALID_ARGUMENT */
export function readRequest(request: ReadReq): StreamRead | AllRead {
  const options = request.getOptions();
  if (!options) throw invalid('a read needs options');
  const range = {
    backwards: options.getReadDirection() === 1,
    count: options.hasCount() ? numberOf(options.getCount()) : undefined,
    structured: options.getUuidOption()?.hasString() !== true,
    resolveLinks: options.getResolveLinks(),
    bounds: (options.getControlOption()?.getCompatibility() ?? 0) >= 1,
  };
  if (!options.hasCount() && !options.hasSubscription()) throw invalid('a read needs a count or a subscription');
  if (range.backwards && range.count === undefined) throw invalid('a subscription cannot go backwards');
  const one = options.getStream();
  if (one) {
    if (options.hasFilter()) throw invalid('only $all can be filtered');
    const from = one.hasRevision() ? placeOf(one.getRevision()) : one.hasEnd() ? 'end' : 'start';
    return { ...range, from, stream: streamOf(one.getStreamIdentifier()?.getStreamName_asU8()) };
  }
  const all = options.getAll();
  if (!all) throw invalid('a read needs a stream or $all');
  const position = all.getPosition();
  const from = position ? placeOf(position.getCommitPosition()) : all.hasEnd() ? 'end' : 'start';
  return { ...range, from, stream: undefined, ...filterOptions(options.getFilter()) };
}

function filterOptions(sent: ReadReq.Options.FilterOptions | undefined): Pick<AllRead, 'filter' | 'interval'> {
  if (!sent) return { filter: EVERYTHING, interval: undefined };
  const [type, stream] = [sent.getEventType(), sent.getStreamIdentifier()];
  const expression = type ?? stream;
  if (!expression) throw invalid('a filter is on the event type or on the stream name');
  const filter = filterOf(type ? 'type' : 'stream', expression);
  if (sent.getCheckpointintervalmultiplier() === 0) throw new BadContent('the checkpoint interval multiplier is 0');
  const interval = (sent.hasMax() ? sent.getMax() : WINDOW) * sent.getCheckpointintervalmultiplier();
  return { filter, interval: interval === 0 ? Infinity : interval };
}

/** @throws CallError INVALID_ARGUMENT */
export function streamOf(bytes: Uint8Array | undefined): string {
  const name = Buffer.from(bytes ?? []).toString('utf8');
  if (name === '') throw new BadContent('the stream has no name');
  return name;
}

/** Counts and versions too large for a number become the largest one. */
export function numberOf(decimal: string): number {
  const value = BigInt(decimal);
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value);
}

export function placeOf(decimal: string): Place {
  return BigInt(decimal) >= NO_PLACE ? 'end' : numberOf(decimal);
}
