import type { Message, Recorded } from '@waybill/core';
import { COMMAND_SOURCE } from '@waybill/core/internal';
import type { Cause } from '@waybill/core/internal';
import { blockedBy, fold } from './actor-log';
import type { ActorLog, Report } from './actor-log';
import { decide, statusOf, textOfAnswer } from './decisions';
import type { ActorState } from './decisions';
import { onceText } from './facts';
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
}

/** A message that was taken in: once by its key, not before one that waits ahead of it, and decided as the state says. */
export function checkTaken(witness: Witness, log: ActorLog, entry: ActorRow, cause: Cause, time: number | undefined, report: Report): void {
  const { type, message, content, meta } = entry;
  const states = statesOf(log).filter(({ definition }) => definition.inputs.has(type));
  const definition = states[0]?.definition;
  if (!definition || !message) return report('I6', 'has a type that its actor does not take');
  const again = (meta.of !== undefined || meta.from !== undefined) && meta.discarded !== undefined;
  if (log.closed && !again) report('I2', 'was taken in although its actor is closed');
  const once = onceText(definition, type, message);
  const known = once === undefined ? undefined : log.once.get(once);
  // A release that meets a copy which was taken in meanwhile only says so.
  if (again && known !== undefined && (known === content || log.closed)) return;
  const isDeadline = definition.inputs.get(type)?.deadline === true;
  if (again && isDeadline && (log.closed || log.isVoid || states.some((state) => isLate(state, type)))) return;
  if (isDeadline && log.isVoid) report('I1', 'fires although it was cancelled or set anew while it was parked');
  const first = blockedBy(log);
  // A caller's command does not queue after parked messages: it fails to its caller, or it is done.
  if (cause.source !== COMMAND_SOURCE && first !== undefined && (meta.of === undefined || first < meta.of))
    report('I5', `was taken in although the message at version ${first} is parked before it`);
  if (once !== undefined) {
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
  if (meta.refused === undefined && meta.discarded === undefined && !meta.late) fold(log, type, message, report);
}

/** The actor as its class sees it, and as the previous version of the class does. */
function statesOf(log: ActorLog): ActorState[] {
  return log.older ? [log, { ...log.older, pending: log.pending }] : [log];
}

function isLate(actor: ActorState, type: string): boolean {
  const before = actor.definition.inputs.get(type)?.before;
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
  const { row, type, meta, message } = entry;
  const { refused, discarded } = meta;
  const late = isLate(actor, type);
  if (late !== (meta.late === true))
    return [
      'I4',
      late ? 'was taken in as if it were in time, but its actor is past that status' : 'was taken in as late, but it is in time',
    ];
  const said = refused !== undefined ? `refused: ${refused}` : discarded !== undefined ? `discarded: ${discarded}` : 'done';
  const taking = actor.definition.inputs.get(type);
  const method = meta.late ? taking?.late : taking?.decide;
  const times = cause.source === COMMAND_SOURCE ? witness.sentAt(cause.id) : [time ?? 0];
  let last = 'nobody sent it';
  for (const at of new Set(times)) {
    const { result, rows } = decide(actor, method, message as Message, { id: cause.id, time: at, position: cause.position });
    last = result;
    log.expected = rows;
    if (result !== said) continue;
    if (cause.source === COMMAND_SOURCE && result === 'done') log.answers.set(cause.id, textOfAnswer(row.version + rows.length, rows));
    return undefined;
  }
  log.expected = [];
  return ['I6', `says "${said}"; the same decision, made on the state that its log gives, says "${last}"`];
}

/** The fold throws, or moves the status back. */
export function cannotFold(actor: ActorState, message: Message): boolean {
  const folding = actor.definition.folds.get(message.type);
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
  { type, meta, message, content }: ActorRow,
  once: string | undefined,
  cause: Cause,
  time: number,
): boolean {
  const known = once === undefined ? undefined : log.once.get(once);
  const ends = (how: string): boolean =>
    statesOf(log).some((actor) => {
      const method = actor.definition.inputs.get(type)?.decide;
      return message && method && decide(actor, method, message, { id: cause.id, time, position: cause.position }).result.startsWith(how);
    });
  switch (meta.park) {
    case 'conflict':
      return known !== undefined ? known !== content : ends('refused');
    case 'late':
      return (
        (log.closed && known === undefined) ||
        (known === undefined && statesOf(log).some((actor) => isLate(actor, type) && !actor.definition.inputs.get(type)?.late))
      );
    case 'behind':
      return blockedBy(log) !== undefined;
    case 'failed':
      return (
        witness.threw(log.stream, cause) ||
        (witness.deaths() > 1 && meta.reason?.startsWith('the process died') === true) ||
        ends('thrown') ||
        (message !== undefined && statesOf(log).some((actor) => cannotFold(actor, message)))
      );
    default:
      return true;
  }
}
