/**
 * I1, I3: what only newer code can read. Old code that meets it writes nothing about it and waits: whether a state, a mark or a deadline
 * depends on what it cannot read is unknown to it. `flow` and `consumers` wait; this file says what for.
 */

import { messageNamed, type ActorDefinition } from '../actors/definition';
import { fieldsOf } from '../base/canonical-json';
import { WaybillError } from '../base/errors';
import { versionOf } from '../messages/message';
import type { Recorded } from '../store/port';
import { CLOSING } from './closed-keys';
import { kindOf } from './codec';
import { PARKS, SAYS, type RowMeta } from './rows';

export interface Newer {
  /** What newer code knows, such as "Refunded" or "Paid version 3". */
  readonly needs: string;
  readonly error: WaybillError;
}

/** All that a row's meta may say, whatever its kind; what others add for tracing begins with "$". */
const FIELDS: ReadonlySet<string> = new Set(['cause', 'v', 'traceparent', 'tracestate', ...Object.values(SAYS).flat()]);
const START = 'start the newer code; nothing was skipped, and this code goes on with all else';
const KINDS: ReadonlySet<unknown> = new Set([...PARKS, 'retried', 'skipped', 'released', 'due', 'cancelled', undefined]);

/** Rows that may have changed what the actor does next; a cancelled deadline, and a note on a parked message, only end something. */
const MATTERS = { took: 'took in', parked: 'parked', armed: 'set the deadline', emitted: 'emitted and folded' };

/** Why this code cannot read a row of an actor's stream, and newer code can; undefined where it can. */
export function newerRow(definition: ActorDefinition, row: Recorded, meta: RowMeta): Newer | undefined {
  const { stream, version, position } = row;
  const at = `(${stream} version ${version}, position ${position})`;
  const field = Object.keys(meta).find((name) => !FIELDS.has(name) && !name.startsWith('$'));
  if (field !== undefined) return newerFormat(`the field "${field.slice(0, 80)}"`, at);
  if (!KINDS.has(meta.park)) return newerFormat(`the park "${String(meta.park).slice(0, 80)}"`, at);
  const { kind, type } = kindOf(row.type, meta);
  if (kind === 'closed') {
    const said = Object.keys(fieldsOf(row.data) ?? {}).find((name) => !CLOSING.has(name));
    return said === undefined ? undefined : newerFormat(`the field "${said.slice(0, 80)}" of a closing row`, at);
  }
  const known = messageNamed(definition, type);
  if (known) return newerVersion(type, meta.v, versionOf(known), at);
  if (kind === 'cancelled' || kind === 'noted' || definition.options.retired?.includes(type)) return undefined;
  // A class may emit what it does not fold. And park streams hold types of any release, each row for itself.
  const matters = kind === 'emitted' ? meta.folded === true : stream.startsWith(`${definition.name}-`);
  return matters ? unknownType(`"${definition.name}" ${MATTERS[kind]} a ${type}`, type, at) : undefined;
}

/** A message whose schema version is newer than its class; `at` is its place in words. */
export function newerVersion(type: string, written: unknown, known: number, at: string): Newer | undefined {
  if (!Number.isSafeInteger(written) || (written as number) <= known) return undefined;
  const what = `${type} version ${String(written)}`;
  return {
    needs: what,
    error: new WaybillError('LOG_NEWER_VERSION', `${what} is newer than this code, which knows ${known} ${at}`, START),
  };
}

/** `what`: who did what with it. */
export function unknownType(what: string, type: string, at: string): Newer {
  const fix = `start the code that knows it; if it was retired, list it in retired: ['${type}'], or in the aliases of the class that replaces it`;
  return { needs: type, error: new WaybillError('LOG_UNKNOWN_TYPE', `${what} that this code does not know ${at}`, fix) };
}

function newerFormat(what: string, at: string): Newer {
  return { needs: what, error: new WaybillError('LOG_NEWER_ROW', `${what} is not known to this version of Waybill ${at}`, START) };
}
