import { COMMAND_SOURCE } from '@waybill/core';
import { causeKey, sameCause } from './book';
import type { Book } from './book';
import { beginClosed, close } from './ending';
import { isKnownToday, nameToday } from './today';
import type { Line } from './line';
import { settle } from './settling';
import { Found } from './violation';
import type { Invariant } from './violation';

/**
 * Holds one row against what came before it in its stream, and goes on behind it. `beside`: the row before it in the log is
 * the one before it in the stream, as it is in one append.
 * @throws Found
 */
export function enter(book: Book, line: Line, beside: boolean): void {
  const { row } = line;
  if (book.begins !== undefined && row.version < book.begins) return pass(book, line);
  if (book.version < 0 && line.kind === 'closed') return beginClosed(book, line);
  if (row.version !== book.version + 1) throw found('versions', line, `version ${row.version} stands where ${book.version + 1} belongs`);
  switch (line.kind) {
    case 'event':
      throw found('rows', line, `${line.type} names no cause, so no actor wrote it`);
    case 'due':
      throw found('rows', line, 'a deadline of a bucket stands in the stream of an actor');
    case 'took':
    case 'parked':
      input(book, line);
      break;
    case 'noted':
      settle(book, line);
      book.group = undefined;
      break;
    case 'emitted':
    case 'armed':
    case 'cancelled':
    case 'closed':
      effect(book, line, beside);
  }
  book.version = row.version;
  book.position = row.position;
}

/** Below the closing row of a truncated stream nothing can be told any more. */
function pass(book: Book, { row }: Line): void {
  if (row.version <= book.version) throw new Found('versions', `version ${row.version} comes behind version ${book.version}`, row);
  [book.version, book.position] = [row.version, row.position];
}

function found(invariant: Invariant, { row }: Line, what: string): Found {
  return new Found(invariant, what, row);
}

/** What a message led to: behind its took row, in one append with it. */
function effect(book: Book, line: Line, beside: boolean): void {
  const { group } = book;
  const { row, type, kind } = line;
  const what = kind === 'emitted' ? type : kind === 'closed' ? 'the closing row' : `the deadline ${type}`;
  if (!group || !sameCause(group.cause, line.cause))
    throw found('I6', line, `${what} does not stand behind a row that took in its cause (id ${line.cause.id})`);
  if (!group.leads) throw found('I6', line, `${what} stands behind a message that led to nothing: it was refused or discarded`);
  if (!beside || row.time !== group.time) throw found('I6', line, `${what} was not appended together with the row that took in its cause`);
  if (kind === 'armed') arm(book, line);
  if (kind === 'cancelled') cancel(book, line);
  if (kind === 'closed') close(book, line);
}

function arm(book: Book, { row: { version, id, position }, type, meta: { key = '', due = 0 } }: Line): void {
  (book.pending ??= new Map()).set(`${type} ${key}`, { version, type, id, position, due });
}

function cancel(book: Book, line: Line): void {
  const slot = `${line.type} ${line.meta.key ?? ''}`;
  if (!book.pending?.delete(slot)) throw found('deadlines', line, `it takes back the deadline ${slot.trim()}, and none is pending`);
}

function input(book: Book, line: Line): void {
  const { row, kind, cause, meta, type } = line;
  const { of, from } = meta;
  const copy = isAnotherCopy(line);
  const fromLog = cause.source !== COMMAND_SOURCE;
  if (kind === 'took' && !copy) {
    if (book.closed !== undefined) throw found('closing', line, `it took in a ${type} behind its end at version ${book.closed}`);
    const first = book.blockedBy;
    if (fromLog && first !== undefined && first !== of)
      throw found('I5', line, `it took in a ${type} past the message that is parked at version ${first}`);
  }
  if (!fromLog) command(book, line);
  else if (of !== undefined) settle(book, line);
  else if (from !== undefined) release(book, line);
  else inTurn(book, line);
  if (kind === 'took' && !copy && fromLog) once(book, line);
  if (kind === 'parked') {
    const blocks = meta.park === 'failed' || meta.park === 'behind';
    if (meta.park === 'behind' && book.blockedBy === undefined && !book.isOfRow)
      throw found('parks', line, `a ${type} is parked behind another one, and none is parked`);
    book.park(row.version, { cause, type, blocks, at: meta.at });
  }
  const leads = kind === 'took' && meta.refused === undefined && meta.discarded === undefined;
  book.group = { cause, time: row.time, leads };
}

/** A release that met a copy taken in meanwhile leaves a row and changes nothing. */
function isAnotherCopy({ kind, meta: { of, from, discarded } }: Line): boolean {
  return kind === 'took' && (of !== undefined || from !== undefined) && discarded !== undefined;
}

function command(book: Book, line: Line): void {
  const { row, kind, cause, type } = line;
  if (kind === 'parked') throw found('parks', line, `the command ${type} is parked, and commands fail to their caller`);
  const first = book.commands?.get(cause.id);
  if (first !== undefined)
    throw found('I1', line, `the command ${type} with id ${cause.id} was taken in at version ${first}, and again here`);
  (book.commands ??= new Map()).set(cause.id, row.version);
}

/** A message of a log: at most one row of the actor speaks of it, in the order of that log for each type. */
function inTurn(book: Book, line: Line): void {
  const { row, cause, meta } = line;
  const type = meta.as ?? line.type;
  const mark = book.mark(cause.source, type);
  const before = book.released?.get(causeKey(cause)) ?? (mark?.position === cause.position ? mark.version : undefined);
  const what = `${type} of position ${cause.position}`;
  if (before !== undefined) throw found('I1', line, `${what} was taken in or parked at version ${before}, and again here`);
  if (mark && mark.position > cause.position)
    throw found('I5', line, `${what} comes behind position ${mark.position}, taken in at version ${mark.version}: out of order, or twice`);
  book.see(cause.source, type, cause.position, row.version);
}

/** From a park stream: out of order, and once. */
function release(book: Book, line: Line): void {
  const key = causeKey(line.cause);
  const before = book.released?.get(key);
  if (before !== undefined)
    throw found('parks', line, `${line.type} of position ${line.cause.position} was released at version ${before}, and again here`);
  (book.released ??= new Map()).set(key, line.row.version);
}

function once(book: Book, line: Line): void {
  const { once: key } = line.meta;
  if (key === undefined) return;
  const type = nameToday(book, line);
  const first = book.take(type, key, line.row.version);
  if (first === undefined || !isKnownToday(book, line, type)) return;
  const named = key === '' ? 'once per actor' : `the once key ${JSON.stringify(key)}`;
  throw found('I2', line, `a ${type} with ${named} was taken in at version ${first}, and again here`);
}
