import { WaybillError, show } from '../base/errors';
import type { Result } from '../flow/outcome';
import { readMessage } from '../history/read-message';
import { kindOf, metaOf } from '../history/codec';
import type { ParkKind } from '../history/rows';
import type { AnyMessageClass, Message } from '../messages/message';
import { maskContent } from '../messages/personal';
import { messageTypeOf } from '../store/hidden-rows';
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
  /** The stack of the error. */
  readonly stack?: string | undefined;
}

/** Who decides, and why. Both are kept in the log. */
export interface Signature {
  readonly by: string;
  readonly why: string;
}
/** A try that nobody asked for: of the message at `version`, which has failed `attempts` times. */
export interface AutomaticRetry extends Signature {
  readonly automatic: true;
  readonly version: number;
  readonly attempts: number;
}
/** What decides: an operator, or nobody. */
export type Decider = Signature & Partial<AutomaticRetry>;
export interface Released {
  /** How each retried message ended, in order. */
  readonly results: readonly Result[];
  /** Messages that are still parked in that stream. */
  readonly left: number;
}

/** A row that parks a message, and that message as this code reads it. */
export interface ParkedRow {
  readonly row: Recorded;
  /** Undefined when it cannot be read; then `invalid` says why. */
  readonly message: Message | undefined;
  readonly invalid: string | undefined;
}

/** The classes of the messages that a consumer takes, by type. */
export type Taken = ReadonlyMap<string, { readonly message: AnyMessageClass }>;

/** The other `parked:` rows are notes on what was done with a parked message and, in format 1, timers. */
export function isPark(row: Recorded): boolean {
  const meta = metaOf(row);
  return meta.park !== undefined && kindOf(row.type, meta).kind === 'parked';
}

/** Whether the messages after it in its stream wait for it. */
export function isInLine(row: Recorded): boolean {
  const { park } = metaOf(row);
  return park === 'failed' || park === 'behind';
}

export function parkedMessage(consumer: string, row: Recorded): ParkedMessage {
  const { cause, park, reason = '', attempts = 0, stack } = metaOf(row);
  const type = messageTypeOf(row.type);
  return {
    ...{ consumer, stream: row.stream, version: row.version, type, id: cause?.id ?? '', position: cause?.position ?? 0 },
    ...{ park: park as ParkKind, reason, attempts, time: row.time, content: maskContent(type, row.data), stack },
  };
}

/** A message that was parked as raw text was not valid then: its own row in the log is read, since newer code may accept it. */
export async function readParked(store: Store, taken: Taken, row: Recorded): Promise<ParkedRow> {
  const type = messageTypeOf(row.type);
  const known = taken.get(type)?.message;
  if (!known) return { row, message: undefined, invalid: `no method takes ${type}` };
  const { cause, as = type } = metaOf(row);
  const original = row.data.startsWith('"') && cause && (await originalOf(store, as, cause.position));
  const { message, invalid } = readMessage(known, original || row);
  return { row, message, invalid };
}

/** The row at this position of the log, if it has this type. */
async function originalOf(store: Store, type: string, position: number): Promise<Recorded | undefined> {
  const row = await store.rowAt(position);
  return row?.type === type ? row : undefined;
}

export function notParked(stream: string, version: number): WaybillError {
  return new WaybillError(
    'NOT_PARKED',
    `no message is parked in ${show(stream)} at version ${version}`,
    'look at what is parked: it may have been released before',
  );
}
