import { canonical } from '@waybill/core';
import type { AnyMessageClass, Recorded } from '@waybill/core';
import { completed, messageNamed, reviveTaken, rowVersion, upcast } from '@waybill/core/internal';
import type { ActorDefinition } from '@waybill/core/internal';
import type { ParsedRow } from './parsed-row';
import { ViolationError } from './violation';

type Data = Readonly<Record<string, unknown>>;

/**
 * What was taken in must say what the log holds at the cause, both as today's code reads them. If it can no longer read one of
 * them, or a person was forgotten, they cannot be compared. @throws ViolationError `I3`
 */
export function checkContent(definition: ActorDefinition, parsed: ParsedRow, source: Recorded): void {
  const { row, meta, type, cause } = parsed;
  const message = messageNamed(definition, type);
  // A message that could not be read is parked as its text.
  if (!message || row.data === source.data || row.data.startsWith('"') || row.erased || source.erased) return;
  if (canonicalOf(source.data) === row.data) return;
  const taken = dataOf(message, row.data, meta.v ?? rowVersion(row));
  const original = dataOf(message, source.data, rowVersion(source));
  if (!taken || !original || isSame(message, taken, original)) return;
  throw new ViolationError('I3', `its content differs from that of the ${type} at position ${cause.position}`, row);
}

/**
 * Whether two contents of today's version may be of one message. The schema of the time may have left out fields and filled in
 * others, so with a schema only the fields that both have tell them apart.
 */
export function isSame(message: AnyMessageClass, one: Data, other: Data): boolean {
  if (canonical(one) === canonical(other)) return true;
  if (!message['~options'].schema) return false;
  if (canonicalBy(message, one) === canonicalBy(message, other)) return true;
  return agree(one, other);
}

function agree(one: unknown, other: unknown): boolean {
  if (!isObject(one) || !isObject(other)) return String(one) === String(other) && !isObject(one) && !isObject(other);
  if (Array.isArray(one) && one.length !== (other as unknown as unknown[]).length) return false;
  return Object.keys(one).every((field) => !(field in other) || agree(one[field], other[field]));
}

function isObject(value: unknown): value is Data {
  return typeof value === 'object' && value !== null;
}

/** Without the fields that the schema fills in by itself: they may be others at each reading, as with a default of `Date.now`. */
export function given(message: AnyMessageClass, data: Data): Data {
  const { schema } = message['~options'];
  if (!schema) return data;
  const isFilled = (field: string): boolean => {
    const rest = Object.fromEntries(Object.entries(data).filter(([name]) => name !== field));
    return field in (completed(message.messageType, schema, rest) as Data);
  };
  return Object.fromEntries(Object.entries(data).filter(([field]) => !isFilled(field)));
}

/** Data that no schema changes can be compared without one. */
function canonicalOf(data: string): string | undefined {
  try {
    return canonical(JSON.parse(data));
  } catch {
    return undefined;
  }
}

/** As `upcast`; undefined where this code cannot read it. */
export function dataOf(message: AnyMessageClass, data: string, version: number): Data | undefined {
  try {
    return upcast(message, JSON.parse(data), version) as Data;
  } catch {
    return undefined;
  }
}

function canonicalBy(message: AnyMessageClass, data: Data): string | undefined {
  try {
    return canonical(reviveTaken(message, data, message['~options'].version ?? 1));
  } catch {
    return undefined;
  }
}

/** The message of a row that was taken in; undefined if this code cannot read it. */
export function messageOf(message: AnyMessageClass, { row, meta }: ParsedRow): ReturnType<typeof reviveTaken> | undefined {
  try {
    return reviveTaken(message, JSON.parse(row.data), meta.v ?? 1);
  } catch {
    return undefined;
  }
}
