import { canonical, Rejected } from '@waybill/core';
import type { AnyMessageClass, Message, Meta } from '@waybill/core';
import { Conflict, Delivery, Discard, messageNamed, namesOf, refusalOf, rowsOf } from '@waybill/core/internal';
import type { ActorDefinition, Entry, Fold } from '@waybill/core/internal';
import { dataOf, given, isSame, messageOf } from './content';
import type { ParsedRow } from './parsed-row';
import { ViolationError } from './violation';

/** A row that a decision leads to. */
export interface ExpectedRow {
  readonly kind: ParsedRow['kind'];
  readonly type: string;
  /** The class of its message, where it holds one. */
  readonly message?: AnyMessageClass | undefined;
  readonly content: string | undefined;
  readonly version?: number | undefined;
  readonly key?: string | undefined;
  readonly due?: number | undefined;
}

/**
 * The rows that today's code would append after a message that was taken in. Undefined if that cannot be known: its method throws,
 * reads a time that the log does not hold, or writes in another form. @throws ViolationError `I3`
 */
export function expectedRows(
  definition: ActorDefinition,
  fold: Fold,
  parsed: ParsedRow,
  time: number | undefined,
): readonly ExpectedRow[] | undefined {
  const { meta, row, type, cause } = parsed;
  const taking = definition.inputs.get(type);
  const method = meta.late === true ? taking?.late : taking?.decide;
  const message = taking && messageOf(taking.message, parsed);
  // Deadlines and releases that were dropped without running a method led to nothing.
  const settled = meta.discarded !== undefined && (taking?.deadline === true || meta.by !== undefined);
  if (!method || !message || fold.broken !== undefined || fold.newer || settled || row.erased) return undefined;
  const timeRead: TimeRead = { time, read: false };
  const decision = run(() => method(message, fold.state, metaOf(cause, timeRead)));
  if (decision === FAILED || (timeRead.read && time === undefined)) return undefined;
  const refusal = decision instanceof Rejected || (decision instanceof Conflict && definition.kind === 'aggregate');
  if (refusal || decision instanceof Discard) {
    const { reason } = decision as Discard | Rejected;
    if ((refusal ? meta.refused : meta.discarded) === reason) return meta.told ? [expectedRefusal(message, reason)] : [];
    throw new ViolationError(
      'I3',
      `its method ${refusal ? 'refuses' : 'discards'} the ${type} ("${reason}"), but the row says otherwise`,
      row,
    );
  }
  if (decision instanceof Conflict)
    throw new ViolationError('I3', `its method finds a conflict in the ${type} ("${decision.reason}"), but it was taken in`, row);
  if (meta.refused !== undefined || meta.discarded !== undefined)
    throw new ViolationError('I3', `its method takes the ${type} in, but the row says that it led to nothing`, row);
  return rowsAfter(definition, fold, parsed, time ?? row.time, decision);
}

/** Whether the class tells was decided when the row was written: the row says so. */
function expectedRefusal(command: Message, reason: string): ExpectedRow {
  const refusal = refusalOf(command, canonical(command), reason);
  return { kind: 'emitted', type: refusal.type, message: refusal.constructor as AnyMessageClass, content: canonical(refusal) };
}

interface TimeRead {
  readonly time: number | undefined;
  read: boolean;
}
const FAILED: unique symbol = Symbol('failed');

/** A refusal is an answer; any other error says nothing about the log. */
function run(method: () => unknown): unknown {
  try {
    return method();
  } catch (error) {
    return error instanceof Rejected ? error : FAILED;
  }
}

function metaOf({ id, position }: ParsedRow['cause'], timeRead: TimeRead): Meta {
  return {
    id,
    position,
    get time() {
      timeRead.read = true;
      return timeRead.time ?? 0;
    },
  };
}

function rowsAfter(
  definition: ActorDefinition,
  fold: Fold,
  parsed: ParsedRow,
  time: number,
  decision: unknown,
): readonly ExpectedRow[] | undefined {
  const { cause, row, type } = parsed;
  const nobody = { done: () => undefined, failed: () => undefined };
  const { stream, data: raw } = row;
  const what = { type, stream, cause, time, message: undefined, invalid: undefined, raw, receiver: nobody };
  const { of } = parsed.meta;
  const delivery = of === undefined ? Delivery.fromLog(what) : Delivery.deadline(what, of, '');
  try {
    const { entries, events, closes } = rowsOf(definition, fold, delivery, decision);
    const classes = new Map(events.map((event) => [event.type, event.constructor as AnyMessageClass]));
    const expected = entries.map((entry) => expectedRow(entry, classes.get(entry.type) ?? messageNamed(definition, entry.type)));
    return closes ? [...expected, { kind: 'closed', type: '', content: undefined }] : expected;
  } catch {
    return undefined;
  }
}

function expectedRow(entry: Entry, message: AnyMessageClass | undefined): ExpectedRow {
  const { kind, type, content } = entry;
  if (kind === 'armed') return { kind, type, message, content, key: entry.key, due: entry.due };
  if (kind === 'cancelled') return { kind, type, message, content: undefined, key: entry.key };
  return { kind: 'emitted', type, message, content };
}

/** @throws ViolationError `I3`, `I6` */
export function checkExpected(expected: readonly ExpectedRow[], at: number, parsed: ParsedRow): void {
  const { kind, type, row, meta } = parsed;
  const next = expected[at];
  const isEffect = kind === 'emitted' || kind === 'armed' || kind === 'cancelled' || kind === 'closed';
  if (!isEffect) {
    if (next) throw new ViolationError('I6', `the ${inWords(next)} that the message before it leads to is missing`, row);
    return;
  }
  const what = inWords({ kind, type });
  if (!next) throw new ViolationError('I3', `its cause does not lead to the ${what}`, row);
  if (next.kind !== kind || (kind !== 'closed' && next.type !== type && !isFormerName(next, type)))
    throw new ViolationError('I3', `its cause leads to the ${inWords(next)}, not to the ${what}`, row);
  if (!row.erased && !saysTheSame(next, parsed)) throw new ViolationError('I3', `its cause leads to a ${what} with other content`, row);
  if (next.key !== undefined && (next.key !== meta.key || (next.due ?? meta.due) !== meta.due))
    throw new ViolationError('I3', `its cause sets the ${what} under another key, or for another time`, row);
}

function isFormerName({ message }: ExpectedRow, type: string): boolean {
  return message !== undefined && namesOf(message).includes(type);
}

/** The row was written by the code of its time: it is compared as today's code reads it. */
function saysTheSame({ content, message }: ExpectedRow, { row, meta }: ParsedRow): boolean {
  if (content === undefined || content === row.data) return true;
  const written = message && dataOf(message, row.data, meta.v ?? 1);
  if (!message || !written) return message !== undefined;
  return isSame(message, given(message, JSON.parse(content) as typeof written), given(message, written));
}

export function inWords({ kind, type }: Pick<ExpectedRow, 'kind' | 'type'>): string {
  return kind === 'closed' ? 'closing row' : kind === 'emitted' ? type : `deadline ${type}`;
}
