import { COMMAND_SOURCE } from '@waybill/core/internal';
import { causeKey, sameCause } from './actor-history';
import type { ActorHistory } from './actor-history';
import { beginAtClosing, checkClosing } from './closing';
import { isKnownToday, nameToday } from './today';
import type { ParsedRow } from './parsed-row';
import { settle } from './settling';
import { ViolationError } from './violation';
import type { Invariant } from './violation';

/**
 * Checks one row against what came before it in its stream, and moves on past it. `adjacent`: the row before it in the log is also
 * the one before it in its stream, as in one append.
 * @throws ViolationError
 */
export function checkRow(history: ActorHistory, parsed: ParsedRow, adjacent: boolean): void {
  const { row } = parsed;
  if (history.begins !== undefined && row.version < history.begins) return skipTruncated(history, parsed);
  if (history.version < 0 && parsed.kind === 'closed') return beginAtClosing(history, parsed);
  if (row.version !== history.version + 1)
    throw found('versions', parsed, `version ${row.version} stands where ${history.version + 1} belongs`);
  if (history.group?.leads === 'refusal' && parsed.kind !== 'emitted') throw found('I6', parsed, UNTOLD);
  switch (parsed.kind) {
    case 'event':
      throw found('rows', parsed, `${parsed.type} names no cause, so no actor wrote it`);
    case 'due':
      throw found('rows', parsed, 'a row of a bucket of deadlines is in the stream of an actor');
    case 'took':
    case 'parked':
      checkInput(history, parsed);
      break;
    case 'noted':
      settle(history, parsed);
      history.group = undefined;
      break;
    case 'emitted':
    case 'armed':
    case 'cancelled':
    case 'closed':
      checkEffect(history, parsed, adjacent);
  }
  history.version = row.version;
  history.position = row.position;
}

export const UNTOLD = 'the refusal that the message before it leads to is missing';

/** Below the closing row of a truncated stream only the order can be checked. */
function skipTruncated(history: ActorHistory, { row }: ParsedRow): void {
  if (row.version <= history.version)
    throw new ViolationError('versions', `version ${row.version} follows version ${history.version}`, row);
  [history.version, history.position] = [row.version, row.position];
}

function found(invariant: Invariant, { row }: ParsedRow, what: string): ViolationError {
  return new ViolationError(invariant, what, row);
}

/** An effect of a message: it follows the row that took the message in, in the same append. */
function checkEffect(history: ActorHistory, parsed: ParsedRow, adjacent: boolean): void {
  const { group } = history;
  const { row, type, kind } = parsed;
  const what = kind === 'emitted' ? type : kind === 'closed' ? 'the closing row' : `the deadline ${type}`;
  if (!group || !sameCause(group.cause, parsed.cause))
    throw found('I6', parsed, `${what} does not follow a row that took in its cause (id ${parsed.cause.id})`);
  if (group.leads === 'refusal') group.leads = false;
  else if (!group.leads) throw found('I6', parsed, `${what} follows a message that led to nothing: it was refused or discarded`);
  if (!adjacent || row.time !== group.time)
    throw found('I6', parsed, `${what} was not appended together with the row that took in its cause`);
  if (kind === 'armed') arm(history, parsed);
  if (kind === 'cancelled') cancel(history, parsed);
  if (kind === 'closed') checkClosing(history, parsed);
}

function arm(history: ActorHistory, parsed: ParsedRow): void {
  const { version, id, position } = parsed.row;
  const { key = '', due = 0 } = parsed.meta;
  const type = nameToday(history, parsed);
  (history.pending ??= new Map()).set(`${type} ${key}`, { version, type, key, id, position, due });
}

function cancel(history: ActorHistory, parsed: ParsedRow): void {
  const { pending, definition } = history;
  const { key = '' } = parsed.meta;
  const slot = `${nameToday(history, parsed)} ${key}`;
  if (pending?.delete(slot)) return;
  // Without its class it is unknown whether the deadline was set under a former name.
  if (!definition && [...(pending?.values() ?? [])].some((one) => one.key === key)) return;
  throw found('deadlines', parsed, `it cancels the deadline ${slot.trim()}, but none is pending`);
}

function checkInput(history: ActorHistory, parsed: ParsedRow): void {
  const { row, kind, cause, meta, type } = parsed;
  const { of, from } = meta;
  const copy = isDiscardedCopy(parsed);
  const fromLog = cause.source !== COMMAND_SOURCE;
  if (kind === 'took' && !copy) {
    if (history.closed !== undefined)
      throw found('closing', parsed, `it took in a ${type} after it was closed at version ${history.closed}`);
    const first = history.blockedBy;
    if (fromLog && first !== undefined && first !== of)
      throw found('I5', parsed, `it took in a ${type} past the message that is parked at version ${first}`);
  }
  if (!fromLog) checkCommand(history, parsed);
  else if (of !== undefined) settle(history, parsed);
  else if (from !== undefined) checkRelease(history, parsed);
  else checkOrder(history, parsed);
  if (kind === 'took' && !copy && fromLog) checkOnce(history, parsed);
  if (kind === 'parked') {
    const blocks = meta.park === 'failed' || meta.park === 'behind';
    if (meta.park === 'behind' && history.blockedBy === undefined && !history.isOfRow)
      throw found('parks', parsed, `a ${type} is queued after a parked message, but none is parked`);
    history.park(row.version, { cause, type, blocks, at: meta.at });
  }
  const leads = kind === 'took' && (meta.told ? 'refusal' : meta.refused === undefined && meta.discarded === undefined);
  history.group = { cause, time: row.time, leads };
}

/** A release of a message of which a copy was taken in meanwhile leaves a row and changes nothing. */
function isDiscardedCopy({ kind, meta: { of, from, discarded } }: ParsedRow): boolean {
  return kind === 'took' && (of !== undefined || from !== undefined) && discarded !== undefined;
}

function checkCommand(history: ActorHistory, parsed: ParsedRow): void {
  const { row, kind, cause, type } = parsed;
  if (kind === 'parked') throw found('parks', parsed, `the command ${type} is parked, but a command that fails is answered with its error`);
  const first = history.commands?.get(cause.id);
  if (first !== undefined)
    throw found('I1', parsed, `the command ${type} with id ${cause.id} was taken in at version ${first}, and again here`);
  (history.commands ??= new Map()).set(cause.id, row.version);
}

/** A message of a log: the actor has at most one row for it, and for each type they are in the order of that log. */
function checkOrder(history: ActorHistory, parsed: ParsedRow): void {
  const { row, cause, meta } = parsed;
  const type = meta.as ?? parsed.type;
  const mark = history.mark(cause.source, type);
  const before = history.released?.get(causeKey(cause)) ?? (mark?.position === cause.position ? mark.version : undefined);
  const what = `${type} of position ${cause.position}`;
  if (before !== undefined) throw found('I1', parsed, `${what} was taken in or parked at version ${before}, and again here`);
  if (mark && mark.position > cause.position)
    throw found('I5', parsed, `${what} comes after position ${mark.position}, taken in at version ${mark.version}: out of order, or twice`);
  history.advance(cause.source, type, cause.position, row.version);
}

/** A release from a park stream: in any order, but only once. */
function checkRelease(history: ActorHistory, parsed: ParsedRow): void {
  const key = causeKey(parsed.cause);
  const before = history.released?.get(key);
  if (before !== undefined)
    throw found('parks', parsed, `${parsed.type} of position ${parsed.cause.position} was released at version ${before}, and again here`);
  (history.released ??= new Map()).set(key, parsed.row.version);
}

function checkOnce(history: ActorHistory, parsed: ParsedRow): void {
  const { once: key } = parsed.meta;
  if (key === undefined) return;
  const type = nameToday(history, parsed);
  const first = history.remember(type, key, parsed.row.version);
  if (first === undefined || !isKnownToday(history, parsed, type)) return;
  const named = key === '' ? 'once per actor' : `the once key ${JSON.stringify(key)}`;
  throw found('I2', parsed, `a ${type} with ${named} was taken in at version ${first}, and again here`);
}
