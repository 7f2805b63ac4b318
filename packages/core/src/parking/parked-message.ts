import { WaybillError, show } from '../base/errors';
import type { Result } from '../flow/outcome';
import { kindOf, metaOf } from '../history/codec';
import { PARKED } from '../store/hidden-rows';
import type { ParkKind } from '../history/rows';
import { maskContent } from '../messages/personal';
import type { Recorded, Store } from '../store/port';

/** A message that waits for an operator. */
export interface ParkedMessage {
  readonly consumer: string;
  /** Where it is parked: `retry` and `skip` ask for both. */
  readonly stream: string;
  readonly version: number;
  readonly type: string;
  /** Id and position of the message itself. */
  readonly id: string;
  readonly position: number;
  readonly park: ParkKind;
  readonly reason: string;
  readonly attempts: number;
  /** Milliseconds since 1970 at which it was parked. */
  readonly time: number;
  /** The message as it was parked, JSON; personal fields as ***. */
  readonly content: string;
  /** Of the error, for those who want it. */
  readonly stack?: string | undefined;
}

/** Who does it and why: both stand in the log. */
export interface Signature {
  readonly by: string;
  readonly why: string;
}
export interface Released {
  /** How each retried message ended, in order. */
  readonly endings: readonly Result[];
  /** Messages that are still parked in that stream. */
  readonly left: number;
}

/** Rows that park a message of these types, in the order of the log. */
export async function* parkedRows(store: Store, types: readonly string[], mine: (stream: string) => boolean): AsyncGenerator<Recorded> {
  const stop = new AbortController();
  try {
    for await (const page of store.subscribe({ types: types.map((type) => PARKED + type), after: 0, limit: 1_000 }, stop.signal)) {
      for (const row of page.events) if (mine(row.stream) && isPark(row)) yield row;
      if (page.caughtUp) return;
    }
  } finally {
    stop.abort();
  }
}

function isPark(row: Recorded): boolean {
  const meta = metaOf(row);
  return meta.park !== undefined && kindOf(row.type, meta).kind === 'parked';
}

export function parkedMessage(consumer: string, row: Recorded): ParkedMessage {
  const { cause, park, reason = '', attempts = 0, stack } = metaOf(row);
  return {
    ...{ consumer, stream: row.stream, version: row.version, type: row.type.slice(PARKED.length) },
    ...{ id: cause?.id ?? '', position: cause?.position ?? 0, park: park as ParkKind, reason, attempts },
    ...{ time: row.time, content: maskContent(row.type.slice(PARKED.length), row.data), stack },
  };
}

/** The row at this position of the log, if it has this type. */
export async function rowAt(store: Store, type: string, position: number): Promise<Recorded | undefined> {
  const stop = new AbortController();
  for await (const page of store.subscribe({ types: [type], after: position - 1, limit: 1 }, stop.signal)) {
    stop.abort();
    return page.events.find((row) => row.position === position);
  }
  return undefined;
}

export function notParked(stream: string, version: number): WaybillError {
  return new WaybillError(
    'NOT_PARKED',
    `no message is parked in ${show(stream)} at version ${version}`,
    'look at what is parked: it may have been released before',
  );
}

/** What operators may do with parked messages. */
export interface ParkingLot {
  owns(stream: string): boolean;
  list(): AsyncIterable<ParkedMessage>;
  retry(stream: string, version: number | undefined, signature: Signature): Promise<Released>;
  skip(stream: string, version: number, signature: Signature): Promise<Result>;
}
