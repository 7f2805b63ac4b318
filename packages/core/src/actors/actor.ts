import { checkOptions } from '../base/checks';
import { millisecondsOf, type Duration } from '../base/duration';
import { WaybillError, show } from '../base/errors';
import { mustBeMessageClass, type AnyEvent, type AnyMessageClass, type Message } from '../messages/message';

/** What a method knows of the input besides its content: the only time and the only id that a decision may use. */
export interface Meta {
  /** Id of the input: the same at every redelivery of the same row, so a stable idempotency key. */
  readonly id: string;
  /** When the input was appended, in milliseconds since 1970; for a deadline, when it was due. */
  readonly time: number;
  /** Position of the input in its log; 0 for a command. */
  readonly position: number;
}

/** What a method that carries an event to the outside world knows of it. */
export interface CallMeta extends Meta {
  /** Aborted when nobody waits for the call any more: its time is up, or the app stops. Hand it on to what the call waits for. */
  readonly signal: AbortSignal;
}

/**
 * The state and behaviour of one kind of thing, driven by messages; the key says which thing. There is one instance per
 * class: state is a value that methods receive and return, never a field. Methods are pure and synchronous.
 */
export abstract class Actor<State, In extends Message, Out extends Message = never> {
  declare readonly '~types': { readonly state: State; readonly in: In; readonly out: Out };
  declare readonly '~takes': (type: In['type']) => void;
  declare readonly '~folds': (type: In['type'] | Out['type']) => void;
  declare readonly '~status': (status: State extends { readonly status: infer T } ? T : never) => void;

  /** The state before the first row: JSON, which may hold `IndexSet`. */
  abstract initial(): State;
  /** The key of the actor that the message is for, at most 512 bytes; undefined if it is for none: then it leaves no trace. */
  abstract key(message: In): string | undefined;
}

/** Any actor, for constraints: an interface of its own, since `Actor<any, any, any>` would accept wrong methods. */
export interface AnyActor {
  readonly '~types': { readonly state: unknown; readonly in: Message; readonly out: Message };
  initial(): unknown;
  key(message: never): string | undefined;
}
export type StateOf<A extends AnyActor> = A['~types']['state'];
export type InOf<A extends AnyActor> = A['~types']['in'];
export type OutOf<A extends AnyActor> = A['~types']['out'];

/** What a method may return. Doing nothing is a value: `[]`, `discard(reason)` or `conflict(reason)`. */
export type Decision<Out, In = never> = Part<Out, In> | readonly Part<Out, In>[] | Discard | Conflict;
/** All parts of one decision become durable together, in one append. */
export type Part<Out, In = never> = Out | After<In> | Cancel | Close;

/** The longest reason, in characters. It is cut before the first answer, so that this equals the one read from the log later. */
export const MAX_REASON = 1_000;

/** @throws WaybillError `DECISION_WITHOUT_REASON` */
function reasoned(what: string, reason: unknown): string {
  if (typeof reason === 'string') return reason.slice(0, MAX_REASON);
  throw new WaybillError('DECISION_WITHOUT_REASON', `the reason of ${what} is ${show(reason)}`, `say why: ${what}('the order is closed')`);
}

export class Discard {
  readonly '~decision' = 'discard';
  constructor(readonly reason: string) {}
}
export class Conflict {
  readonly '~decision' = 'conflict';
  constructor(readonly reason: string) {}
}

/** The input is recorded and has no effect, for a reason that operators see. */
export function discard(reason: string): Discard {
  return new Discard(reasoned('discard', reason));
}

/** The input contradicts an earlier one: a message is parked for an operator, a command is refused. */
export function conflict(reason: string): Conflict {
  return new Conflict(reasoned('conflict', reason));
}

/** A message that the saga sends to itself once it is due. Setting it again under the same key replaces it. */
export class After<In = AnyEvent> {
  readonly '~decision' = 'after';
  constructor(
    /** Counted from the time of the input, where `time` is not given. */
    readonly milliseconds: number,
    readonly message: In,
    readonly key: string,
    /** When it is due, in milliseconds since 1970. */
    readonly time?: number,
  ) {}
}
export class Cancel {
  readonly '~decision' = 'cancel';
  constructor(
    readonly type: string,
    /** Undefined: every key of that type. */
    readonly key: string | undefined,
  ) {}
}
export class Close {
  readonly '~decision' = 'close';
}

/**
 * Sets a deadline, counted from the time of the input: `message` reaches `@Handles(…, { deadline: true })` once it is due,
 * at most once, even after downtime, and after every message that stood in the log when it fell due. A negative number of milliseconds
 * is a time that is past: it fires at once. `key` distinguishes deadlines of one type; at most 256 characters, default ''.
 * @throws WaybillError `DURATION_INVALID`, `DEADLINE_KEY`, `OPTION_INVALID`
 */
export function after<In extends AnyEvent>(duration: Duration, message: In, options: { readonly key?: string } = NONE): After<In> {
  if (options !== NONE) checkOptions(options, 'after()', ['key']);
  return new After(millisecondsOf(duration, -Infinity), message, deadlineKey(options.key));
}

/**
 * As `after`, for a point in time: milliseconds since 1970, or a Date. One that is past fires at once.
 * @throws WaybillError `DEADLINE_TIME`, `DEADLINE_KEY`, `OPTION_INVALID`
 */
export function at<In extends AnyEvent>(time: number | Date, message: In, options: { readonly key?: string } = NONE): After<In> {
  if (options !== NONE) checkOptions(options, 'at()', ['key']);
  return new After(0, message, deadlineKey(options.key), millisecondsAt(time));
}

/** The last moment that a Date can hold. */
const LAST = 8.64e15;

function millisecondsAt(time: number | Date): number {
  const since1970: unknown = typeof time === 'object' ? (time as Date | null)?.getTime?.() : time;
  if (typeof since1970 === 'number' && Math.abs(since1970) <= LAST) return Math.round(since1970);
  throw new WaybillError('DEADLINE_TIME', `the time of a deadline is ${show(time)}`, 'give milliseconds since 1970, or a valid Date');
}

const NONE = {};

/** Cancels the deadline of that key; nothing happens if none is pending. @throws WaybillError `DEADLINE_KEY`, `MESSAGE_CLASS_MISSING` */
export function cancel(message: AnyMessageClass<AnyEvent>, key?: string): Cancel {
  mustBeMessageClass(message, 'cancel()');
  return new Cancel(message.messageType, deadlineKey(key));
}

/** Cancels the deadlines of that type under every key. @throws WaybillError `MESSAGE_CLASS_MISSING` */
export function cancelAll(message: AnyMessageClass<AnyEvent>): Cancel {
  mustBeMessageClass(message, 'cancelAll()');
  return new Cancel(message.messageType, undefined);
}

function deadlineKey(key: string = ''): string {
  if (typeof key === 'string' && key.length <= 256) return key;
  throw new WaybillError('DEADLINE_KEY', `the key of a deadline is ${show(key)}`, 'give a string of at most 256 characters');
}

/**
 * Ends the saga for good, with the rows of this decision: a message that it has taken in stays a duplicate (its content is
 * no longer compared), a new one is parked, pending deadlines are void, and the store may delete all rows before the closing one.
 */
export function close(): Close {
  return new Close();
}

/**
 * Thrown by a command's method: the refusal is recorded as the answer to that command's id, without effects, and every
 * retry of that id gets it again. Any other error records nothing.
 */
export class Rejected extends WaybillError {
  readonly reason: string;
  constructor(reason: string) {
    const bounded = reasoned('new Rejected', reason);
    super('REJECTED', bounded, 'send what the actor accepts, under a new id');
    this.reason = bounded;
  }
}
