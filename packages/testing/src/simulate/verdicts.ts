import { COMMAND_SOURCE } from '@waybill/core';
import type { Cause } from '@waybill/core';
import { blockedBy } from './actor-log';
import type { ActorLog } from './actor-log';
import { answerText } from './answer';
import { decide, statusOf } from './decisions';
import { onceText } from './facts';
import type { ActorRow } from './facts';
import type { Oracle } from './oracle';

/** A message that was taken in: once by its key, not past its status, not past one that waits before it, and decided as the state says. */
export function taken(oracle: Oracle, log: ActorLog, entry: ActorRow, cause: Cause, time: number | undefined): void {
  const { definition } = log;
  const { row, type, message, content, meta } = entry;
  const taking = definition.takings.get(type);
  if (!taking || !message) return oracle.wrong('I6', log, row, `is of a type that "${definition.name}" does not take`);
  const again = (meta.of !== undefined || meta.from !== undefined) && meta.discarded !== undefined;
  if (log.closed && !again) oracle.wrong('I2', log, row, 'was taken in although the actor is closed');
  const first = blockedBy(log);
  if (first !== undefined && (meta.of === undefined || first < meta.of))
    oracle.wrong('I5', log, row, `was taken in although the message at version ${first} is parked before it`);
  const once = onceText(definition, type, message);
  const known = once === undefined ? undefined : log.once.get(once);
  // A release that meets a copy which was taken in meanwhile only says so.
  if (again && known !== undefined && (known === content || log.closed)) return;
  const late = taking.before !== undefined && statusOf(log) >= taking.before;
  if (again && late && taking.deadline) return;
  if (once !== undefined) {
    if (known !== undefined) oracle.wrong('I2', log, row, `takes in the business key "${once}" a second time`);
    log.once.set(once, content);
  }
  if (late !== (meta.late === true))
    oracle.wrong(
      'I4',
      log,
      row,
      late ? 'was taken in as if in time, its actor is past that status' : 'was taken in as too late, it is not',
    );
  decided(oracle, log, entry, cause, time);
  if (meta.refused === undefined && meta.discarded === undefined && !late) oracle.fold(log, row, type, message);
}

/** Decides once more, on the state that the log gives: the rows must say the same. */
function decided({ witness, ...oracle }: Oracle, log: ActorLog, entry: ActorRow, cause: Cause, time: number | undefined): void {
  const { row, type, meta, message } = entry;
  const { refused, discarded } = meta;
  const said = refused !== undefined ? `refused: ${refused}` : discarded !== undefined ? `discarded: ${discarded}` : 'done';
  const taking = log.definition.takings.get(type);
  const method = meta.late ? taking?.late : taking?.decide;
  const times = cause.source === COMMAND_SOURCE ? witness.sentAt(cause.id) : [time ?? 0];
  let told = 'nobody sent it';
  for (const at of new Set(times)) {
    const { ending, owed } = decide(log, method, message as NonNullable<typeof message>, {
      id: cause.id,
      time: at,
      position: cause.position,
    });
    told = ending;
    log.owed = owed;
    if (ending !== said) continue;
    if (cause.source === COMMAND_SOURCE && ending === 'done') log.answers.set(cause.id, answerText(row.version + owed.length, owed));
    return;
  }
  log.owed = [];
  witness.wrong(
    'I6',
    `${row.type} at version ${row.version} of ${log.stream} says "${said}", the same decision on the state that the log gives says "${told}"`,
  );
  void oracle;
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
  const taking = log.definition.takings.get(type);
  const known = once === undefined ? undefined : log.once.get(once);
  const again = (): string =>
    message ? decide(log, taking?.decide, message, { id: cause.id, time, position: cause.position }).ending : '';
  switch (meta.park) {
    case 'conflict':
      return known !== undefined ? known !== content : again().startsWith('refused');
    case 'late':
      return log.closed || (taking?.before !== undefined && statusOf(log) >= taking.before && known === undefined && !taking.late);
    case 'behind':
      return blockedBy(log) !== undefined;
    case 'failed':
      return witness.threw(log.stream, cause) || again().startsWith('thrown');
    default:
      return true;
  }
}
