import { COMMAND_SOURCE } from '@waybill/core';
import type { Cause, Message } from '@waybill/core';
import { blockedBy } from './actor-log';
import type { ActorLog } from './actor-log';
import { answerText } from './answer';
import { decide, statusOf } from './decisions';
import type { Stand } from './decisions';
import { onceText } from './facts';
import type { ActorRow } from './facts';
import type { Oracle } from './oracle';

/** A message that was taken in: once by its key, not past one that waits before it, and decided as the state says. */
export function taken(oracle: Oracle, log: ActorLog, entry: ActorRow, cause: Cause, time: number | undefined): void {
  const { row, type, message, content, meta } = entry;
  const stands = standsOf(log).filter((stand) => stand.definition.takings.has(type));
  const definition = stands[0]?.definition;
  if (!definition || !message) return oracle.wrong('I6', log, row, 'is of a type that its actor does not take');
  const again = (meta.of !== undefined || meta.from !== undefined) && meta.discarded !== undefined;
  if (log.closed && !again) oracle.wrong('I2', log, row, 'was taken in although the actor is closed');
  const once = onceText(definition, type, message);
  const known = once === undefined ? undefined : log.once.get(once);
  // A release that meets a copy which was taken in meanwhile only says so.
  if (again && known !== undefined && (known === content || log.closed)) return;
  if (again && definition.takings.get(type)?.deadline && stands.some((stand) => isLate(stand, type))) return;
  const first = blockedBy(log);
  // A command of a caller stands in no line: it fails to its caller, or it is done.
  if (cause.source !== COMMAND_SOURCE && first !== undefined && (meta.of === undefined || first < meta.of))
    oracle.wrong('I5', log, row, `was taken in although the message at version ${first} is parked before it`);
  if (once !== undefined) {
    if (known !== undefined) oracle.wrong('I2', log, row, `takes in the business key "${once}" a second time`);
    log.once.set(once, content);
  }
  let wrong: readonly [rule: string, what: string] | undefined;
  for (const stand of stands) {
    const found = decided(oracle, log, stand, entry, cause, time);
    wrong ??= found;
    if (!found) break;
    if (stand === stands.at(-1)) oracle.wrong((wrong ?? found)[0], log, row, (wrong ?? found)[1]);
  }
  if (meta.refused === undefined && meta.discarded === undefined && !meta.late) oracle.fold(log, row, type, message);
}

/** The actor as its class sees it, and as yesterday's does. */
function standsOf(log: ActorLog): Stand[] {
  return log.older ? [log, { ...log.older, pending: log.pending }] : [log];
}

function isLate(stand: Stand, type: string): boolean {
  const before = stand.definition.takings.get(type)?.before;
  return before !== undefined && statusOf(stand) >= before;
}

/** Decides once more, on the state that the log gives: the rows must say the same. Answers what is wrong. */
function decided(
  { witness }: Oracle,
  log: ActorLog,
  stand: Stand,
  entry: ActorRow,
  cause: Cause,
  time: number | undefined,
): [string, string] | undefined {
  const { row, type, meta, message } = entry;
  const { refused, discarded } = meta;
  const late = isLate(stand, type);
  if (late !== (meta.late === true))
    return ['I4', late ? 'was taken in as if in time, its actor is past that status' : 'was taken in as too late, it is not'];
  const said = refused !== undefined ? `refused: ${refused}` : discarded !== undefined ? `discarded: ${discarded}` : 'done';
  const taking = stand.definition.takings.get(type);
  const method = meta.late ? taking?.late : taking?.decide;
  const times = cause.source === COMMAND_SOURCE ? witness.sentAt(cause.id) : [time ?? 0];
  let told = 'nobody sent it';
  for (const at of new Set(times)) {
    const { ending, owed } = decide(stand, method, message as NonNullable<typeof message>, {
      id: cause.id,
      time: at,
      position: cause.position,
    });
    told = ending;
    log.owed = owed;
    if (ending !== said) continue;
    if (cause.source === COMMAND_SOURCE && ending === 'done') log.answers.set(cause.id, answerText(row.version + owed.length, owed));
    return undefined;
  }
  log.owed = [];
  return ['I6', `says "${said}", the same decision on the state that the log gives says "${told}"`];
}

/** The fold itself throws, or moves the status back. */
function cannotFold(stand: Stand, message: Message): boolean {
  const folding = stand.definition.folds.get(message.type);
  try {
    return folding !== undefined && statusOf({ ...stand, state: folding.fold(message, stand.state) }) < statusOf(stand);
  } catch {
    return true;
  }
}

/** Whether the log bears out why a message was set aside. */
export function isJustified(
  { witness }: Oracle,
  log: ActorLog,
  { type, meta, message, content }: ActorRow,
  once: string | undefined,
  cause: Cause,
  time: number,
): boolean {
  const known = once === undefined ? undefined : log.once.get(once);
  const ends = (how: string): boolean =>
    standsOf(log).some((stand) => {
      const method = stand.definition.takings.get(type)?.decide;
      return message && method && decide(stand, method, message, { id: cause.id, time, position: cause.position }).ending.startsWith(how);
    });
  switch (meta.park) {
    case 'conflict':
      return known !== undefined ? known !== content : ends('refused');
    case 'late':
      return (
        (log.closed && known === undefined) ||
        (known === undefined && standsOf(log).some((stand) => isLate(stand, type) && !stand.definition.takings.get(type)?.late))
      );
    case 'behind':
      return blockedBy(log) !== undefined;
    case 'failed':
      return (
        witness.threw(log.stream, cause) ||
        (witness.deaths() > 1 && meta.reason?.startsWith('the process died') === true) ||
        ends('thrown') ||
        (message !== undefined && standsOf(log).some((stand) => cannotFold(stand, message)))
      );
    default:
      return true;
  }
}

/** At rest, with no method made to throw, every line has been retried: what still blocks an actor is a message that its class cannot take in. */
export function linesGaveWay(oracle: Oracle): void {
  for (const log of oracle.actors.values()) {
    const park = log.parks.get(blockedBy(log) ?? -1);
    const { type, meta, message } = park ? oracle.entryOf(park.row) : {};
    if (!park || !type || !meta?.cause || !message || cannotFold(log, message)) continue;
    const { id, position } = meta.cause;
    const { ending } = decide(log, log.definition.takings.get(type)?.decide, message, { id, position, time: park.at });
    if (!ending.startsWith('thrown'))
      oracle.wrong('I13', log, park.row, 'still blocks its actor, although it was retried with all faults healed');
  }
}
