import type { Message, Recorded } from '@waybill/core';
import { COMMAND_SOURCE } from '@waybill/core/internal';
import type { ActorDefinition, Cause } from '@waybill/core/internal';
import { blockedBy, fold, foldOlder } from './actor-log';
import type { ActorLog, Report } from './actor-log';
import { decide, safely, statusOf, textOfAnswer } from './decisions';
import type { ActorState } from './decisions';
import { keyText } from './keys';
import type { ActorRow } from './facts';

/** What an oracle must know that no row says. */
export interface Witness {
  /** Id of the store. */
  readonly store: string;
  /** The whole log, in order of position. */
  readonly rows: readonly Recorded[];
  rowAt(position: number): Recorded | undefined;
  /** Times at which a command was handed to a worker. */
  sentAt(id: string): readonly number[];
  /** Whether a method threw on this cause. */
  threw(stream: string, cause: Cause): boolean;
  /** How often a worker has died. */
  deaths(): number;
  /** Whether a run of the previous version wrote this row; undefined where unknown. */
  isOld?(row: Recorded): boolean | undefined;
  /** How far the log reached when the clock of the run that wrote this row first showed this time, and the types that it takes. */
  whenDue?(row: Recorded, due: number): { readonly head: number; readonly definition: ActorDefinition } | undefined;
}

/** A message that was taken in: once by its key, not before one that waits ahead of it, and decided as the state says. */
export function checkTaken(witness: Witness, log: ActorLog, entry: ActorRow, cause: Cause, time: number | undefined, report: Report): void {
  const { type, message, content, meta } = entry;
  const { facts } = log;
  const isOld = witness.isOld?.(entry.row);
  if (isOld && !log.older) return report('I6', 'was decided by a version of the class that cannot read what stands before it');
  const versions =
    isOld === undefined ? statesOf(log) : statesOf(log).filter(({ definition }) => (definition !== log.definition) === isOld);
  const states = versions.filter(({ definition }) => facts.inputOf(definition, type));
  if (states.length === 0 || !message) return report('I6', 'has a type that its actor does not take');
  const again = (meta.of !== undefined || meta.from !== undefined) && meta.discarded !== undefined;
  if (log.closed && !again) report('I2', 'was taken in although its actor is closed');
  const once = standing(log, entry);
  const known = once === undefined ? undefined : log.once.get(once);
  // A release that meets a copy which was taken in meanwhile only says so.
  if (again && known !== undefined && (known === content || log.closed)) return;
  const isDeadline = states.some(({ definition }) => facts.inputOf(definition, type)?.deadline);
  if (again && isDeadline && (log.closed || log.isVoid || states.some((state) => isLate(log, state, type)))) return;
  if (isDeadline && log.isVoid) report('I1', 'fires although it was cancelled or set anew while it was parked');
  const first = blockedBy(log);
  // A caller's command does not queue after parked messages: it fails to its caller, or it is done.
  if (cause.source !== COMMAND_SOURCE && first !== undefined && (meta.of === undefined || first < meta.of))
    report('I5', `was taken in although the message at version ${first} is parked before it`);
  if (once !== undefined) {
    if (log.skippedCopies.has(`${once} ${content}`)) report('I2', 'is a copy of a message that an operator has skipped');
    if (known !== undefined) report('I2', `takes in the business key "${once}" a second time`);
    log.once.set(once, content);
  }
  let wrong: readonly [rule: string, what: string] | undefined;
  for (const state of states) {
    const found = decidedOtherwise(witness, log, state, entry, cause, time);
    wrong ??= found;
    if (!found) break;
    if (state === states.at(-1)) report(...(wrong ?? found));
  }
  if (meta.refused === undefined && meta.discarded === undefined && !meta.late) fold(log, entry, report);
  else foldOlder(log, entry, false);
}

/** The actor as its class sees it, and as the previous version of the class does. */
export function statesOf({ definition, state, older, pending, facts }: ActorLog): ActorState[] {
  const nameOf = (type: string): string => facts.nameOf(type);
  return [{ definition, state }, ...(older ? [older] : [])].map((each) => ({ ...each, pending, nameOf }));
}

/** The business key under which a row stands: its own, where one of the versions gives that key to its message. */
export function standing({ definition, older, facts }: ActorLog, entry: ActorRow): string | undefined {
  const { type, message, meta } = entry;
  const today = message && safely(() => facts.onceText(definition, type, message));
  const own = meta.once === undefined ? undefined : keyText(type, meta.once);
  if (!older || own === today) return today;
  const former = facts.readAs(older.definition, entry);
  return former && safely(() => facts.onceText(older.definition, type, former)) === own ? own : today;
}

function isLate({ facts }: ActorLog, actor: ActorState, type: string): boolean {
  const before = facts.inputOf(actor.definition, type)?.before;
  return before !== undefined && statusOf(actor) >= before;
}

/** Decides once more, on the state that the log gives: the rows must say the same. Returns what is wrong. */
function decidedOtherwise(
  witness: Witness,
  log: ActorLog,
  actor: ActorState,
  entry: ActorRow,
  cause: Cause,
  time: number | undefined,
): [rule: string, what: string] | undefined {
  const { row, type, meta } = entry;
  const { refused, discarded } = meta;
  const message = messageFor(log, actor, entry);
  if (!message) return ['I6', 'was decided by a version of the class that cannot read it'];
  const late = isLate(log, actor, type);
  if (late !== (meta.late === true))
    return [
      'I4',
      late ? 'was taken in as if it were in time, but its actor is past that status' : 'was taken in as late, but it is in time',
    ];
  const said = refused !== undefined ? `refused: ${refused}` : discarded !== undefined ? `discarded: ${discarded}` : 'done';
  const taking = log.facts.inputOf(actor.definition, type);
  const method = meta.late ? taking?.late : taking?.decide;
  const times = cause.source === COMMAND_SOURCE ? witness.sentAt(cause.id) : [time ?? 0];
  let last = 'nobody sent it';
  for (const at of new Set(times)) {
    const { result, rows } = decide(actor, method, message, { id: cause.id, time: at, position: cause.position });
    last = result;
    log.expected = rows;
    if (result !== said) continue;
    if (cause.source === COMMAND_SOURCE && result === 'done') log.answers.set(cause.id, textOfAnswer(row.version + rows.length, rows));
    return undefined;
  }
  log.expected = [];
  return ['I6', `says "${said}"; the same decision, made on the state that its log gives, says "${last}"`];
}

/** As this version of the class reads it. */
function messageFor({ definition, facts }: ActorLog, actor: ActorState, entry: ActorRow): Message | undefined {
  return actor.definition === definition ? entry.message : facts.readAs(actor.definition, entry);
}

/** The fold throws, or moves the status back. */
export function cannotFold({ facts }: ActorLog, actor: ActorState, type: string, message: Message): boolean {
  const folding = facts.foldOf(actor.definition, type);
  try {
    return folding !== undefined && statusOf({ ...actor, state: folding.fold(message, actor.state) }) < statusOf(actor);
  } catch {
    return true;
  }
}

/** Whether the log confirms why a message was parked. */
export function isJustified(
  witness: Witness,
  log: ActorLog,
  entry: ActorRow,
  once: string | undefined,
  cause: Cause,
  time: number,
): boolean {
  const { type, meta, message, content } = entry;
  const { facts } = log;
  const known = once === undefined ? undefined : log.once.get(once);
  const ends = (how: string): boolean =>
    statesOf(log).some((actor) => {
      const method = facts.inputOf(actor.definition, type)?.decide;
      const read = messageFor(log, actor, entry);
      return read && method && decide(actor, method, read, { id: cause.id, time, position: cause.position }).result.startsWith(how);
    });
  switch (meta.park) {
    case 'conflict':
      return known !== undefined ? known !== content : ends('refused');
    case 'late':
      return (
        (log.closed && known === undefined) ||
        (known === undefined && statesOf(log).some((actor) => isLate(log, actor, type) && !facts.inputOf(actor.definition, type)?.late))
      );
    case 'behind':
      return blockedBy(log) !== undefined;
    case 'failed':
      return (
        witness.threw(log.stream, cause) ||
        (witness.deaths() > 1 && meta.reason?.startsWith('the process died') === true) ||
        ends('thrown') ||
        (message !== undefined && statesOf(log).some((actor) => cannotFold(log, actor, type, message)))
      );
    default:
      return true;
  }
}
