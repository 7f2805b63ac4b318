import { Rejected, WaybillError } from '@waybill/core';
import type { AnyMessageClass, Message, Recorded } from '@waybill/core';
import { Delivery, parkStream, readMessage, streamOf } from '@waybill/core/internal';
import type { ActorDefinition, Fold, Receiver } from '@waybill/core/internal';
import { describe, show } from '@waybill/core/store-kit';
import { copyOf } from './actor';

/** Where and when a message is delivered. */
export interface Place {
  readonly id: string;
  readonly time: number;
  readonly position: number;
}

const SOURCE = 'spec';
const NOBODY: Receiver = { done: () => undefined, failed: () => undefined };

/** @throws WaybillError `SPEC_NOT_TAKEN` */
export function classOf(definition: ActorDefinition, message: Message | undefined): AnyMessageClass {
  const known = definition.inputs.get(message?.type ?? '')?.message;
  if (known && message instanceof known) return known;
  throw new WaybillError(
    'SPEC_NOT_TAKEN',
    `"${definition.name}" does not take ${show(message?.type)} of this class`,
    `pass one of ${[...definition.inputs.keys()].join(', ')}`,
  );
}

/** A command as its caller passes it, or an event as it is read from `text` in the log. Undefined for an event that is for no actor. */
export function deliver(definition: ActorDefinition, message: Message, text: string, place: Place): Delivery | undefined {
  if (message['~kind'] === 'command') return commandDelivery(definition, message, place);
  const known = classOf(definition, message);
  const meta = `{"v":${known['~options'].version ?? 1}}`;
  const row: Recorded = { ...place, type: message.type, data: text, meta, stream: SOURCE, version: 0 };
  const read = readMessage(known, row);
  let invalid = read.invalid;
  let stream: string | undefined;
  try {
    stream = streamOf(definition, (read.message ?? read.unchecked) as Message);
  } catch (error) {
    if (isBroken(error) && (error as WaybillError).code !== 'KEY_INVALID') throw error;
    invalid ??= describe(error);
    stream = parkStream(definition.name);
  }
  if (stream === undefined) return undefined;
  const cause = { id: row.id, source: SOURCE, position: row.position };
  const valid = invalid === undefined ? read.message : undefined;
  return Delivery.fromLog({ type: row.type, stream, cause, time: row.time, message: valid, invalid, raw: text, receiver: NOBODY });
}

function commandDelivery(definition: ActorDefinition, message: Message, { id, time }: Place): Delivery {
  const stream = streamOf(definition, message);
  if (stream === undefined)
    throw new WaybillError(
      'KEY_INVALID',
      `key() gives no key for ${message.type}`,
      'return the key of the one actor that the command is for',
    );
  return Delivery.command(id, copyOf(message), stream, time, NOBODY);
}

/** A deadline that is due: it fires the row that is pending under its key; without one it is late. */
export function fired({ type, stream, cause, time, message, invalid }: Delivery, text: string, { dedup }: Fold, key: string): Delivery {
  const version = dedup.pending?.get(`${type} ${key}`) ?? -1;
  return Delivery.deadline({ type, stream, cause, time, message, invalid, raw: text, receiver: NOBODY }, version, key);
}

/** An error of the actor's class itself. Any other may be its reaction to one message. */
export function isBroken(error: unknown): boolean {
  return error instanceof WaybillError && !(error instanceof Rejected);
}

/** The gate would park a message whose once key cannot be computed; a key that breaks a rule of spec is an error instead. */
export function probeOnce(definition: ActorDefinition, { type, message }: Delivery): void {
  try {
    if (message) definition.inputs.get(type)?.once?.(message);
  } catch (error) {
    if (error instanceof WaybillError && error.code.startsWith('SPEC_')) throw error;
  }
}
