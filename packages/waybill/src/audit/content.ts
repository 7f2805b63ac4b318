import { canonical } from '@waybill/core';
import type { AnyMessageClass, Recorded } from '@waybill/core';
import { revive, reviveTaken, rowVersion } from '@waybill/core/internal';
import type { ActorDefinition } from '@waybill/core/internal';
import type { ParsedRow } from './parsed-row';
import { ViolationError } from './violation';

/**
 * What was taken in must equal what the log holds at the cause, both as today's code reads them. If it can no longer read one of
 * them, or a person was forgotten, they cannot be compared. @throws ViolationError `I3`
 */
export function checkContent(definition: ActorDefinition, parsed: ParsedRow, source: Recorded): void {
  const { row, meta, type, cause } = parsed;
  const message = definition.inputs.get(type)?.message;
  // A message that could not be read is parked as its text.
  if (!message || row.data === source.data || row.data.startsWith('"') || row.erased || source.erased) return;
  if (canonicalOf(source.data) === row.data) return;
  const taken = readBy(message, row, meta.v);
  const original = readBy(message, source);
  if (taken === undefined || original === undefined || taken === original) return;
  throw new ViolationError('I3', `its content differs from that of the ${type} at position ${cause.position}`, row);
}

/** Data that no schema changes can be compared without one. */
function canonicalOf(data: string): string | undefined {
  try {
    return canonical(JSON.parse(data));
  } catch {
    return undefined;
  }
}

function readBy(message: AnyMessageClass, row: Recorded, version?: number): string | undefined {
  try {
    return canonical(revive(message, JSON.parse(row.data), version ?? rowVersion(row)));
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
