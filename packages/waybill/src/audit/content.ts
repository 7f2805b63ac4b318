import { canonical, revive, reviveTaken, rowVersion } from '@waybill/core';
import type { ActorDefinition, AnyMessageClass, Recorded } from '@waybill/core';
import type { Line } from './line';
import { Found } from './violation';

/**
 * What was taken in is what the log holds at the cause, both read as today's code reads them. Where it can read one of
 * them no more, or a person was forgotten, nothing can be told. @throws Found `I3`
 */
export function holdContent(definition: ActorDefinition, line: Line, source: Recorded): void {
  const { row, meta, type, cause } = line;
  const message = definition.takings.get(type)?.message;
  // What could not be read is parked as the text that it was.
  if (!message || row.data === source.data || row.data.startsWith('"') || row.erased || source.erased) return;
  if (canonicalOf(source.data) === row.data) return;
  const taken = readBy(message, row, meta.v);
  const told = readBy(message, source);
  if (taken === undefined || told === undefined || taken === told) return;
  throw new Found('I3', `it holds another content than the ${type} of position ${cause.position}`, row);
}

/** What no schema has changed needs none to be compared. */
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

/** The message of a row that was taken in; undefined where this code cannot read it. */
export function messageOf(message: AnyMessageClass, { row, meta }: Line): ReturnType<typeof reviveTaken> | undefined {
  try {
    return reviveTaken(message, JSON.parse(row.data), meta.v ?? 1);
  } catch {
    return undefined;
  }
}
