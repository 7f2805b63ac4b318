import { WaybillError, describe } from '../base/errors';
import { revive, reviveTaken, versionOf, type AnyMessageClass, type Message } from '../messages/message';
import type { Recorded } from '../store/port';
import { rowVersion } from './codec';
import { roundedNumber } from './json-number';
import { newerVersion, type Newer } from './newer';

export interface Read {
  /** Undefined when the row is not a valid message; then `invalid` says why. */
  readonly message: Message | undefined;
  readonly invalid: string | undefined;
  /** The message without its schema's check: enough to find the actor that it is for. */
  readonly unchecked: Message | undefined;
  /** Why only newer code can read it: it must not be parked, nor passed. */
  readonly newer?: Newer | undefined;
}

/** The message that a row holds. */
export function readMessage(message: AnyMessageClass, row: Recorded): Read {
  let unchecked: Message | undefined;
  try {
    const version = rowVersion(row);
    const newer = version === 1 ? undefined : newerVersion(message.messageType, version, versionOf(message), `(position ${row.position})`);
    if (newer) return { message: undefined, invalid: newer.error.message, unchecked: undefined, newer };
    const data = parsed(row);
    if (row.erased) return { message: reviveTaken(message, data, version), invalid: undefined, unchecked: undefined };
    try {
      return { message: revive(message, data, version), invalid: undefined, unchecked: undefined };
    } catch (error) {
      if (message['~options'].schema) unchecked = reviveTaken(message, data, version);
      throw error;
    }
  } catch (error) {
    return { message: undefined, invalid: describe(error), unchecked };
  }
}

/** @throws WaybillError for a text that is not JSON, without the parser's own error, which quotes it, or that JavaScript would change */
function parsed({ type, data }: Recorded): unknown {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    throw new WaybillError('MESSAGE_INVALID', `the data of ${type} is not JSON`, 'write the text that JSON.stringify made');
  }
  const rounded = roundedNumber(data);
  if (rounded === undefined) return value;
  throw new WaybillError(
    'MESSAGE_INVALID',
    `the data of ${type} holds a number of ${rounded.length} characters, which JavaScript would round to another`,
    'write ids as strings; numbers are exact up to 2^53',
  );
}
