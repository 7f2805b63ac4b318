import { checkOptions } from '../base/checks';
import { millisecondsOf } from '../base/duration';
import type { Duration } from '../base/duration';
import { WaybillError, show } from '../base/errors';
import { mustBeMessageClass } from '../messages/message';
import type { AnyEvent, AnyMessageClass, Message } from '../messages/message';

/** What a method is told about the input that it decides on. The only time and the only ids that a decision may use. */
export interface Meta {
  /** Id of the input: the same at every redelivery of the same row, so a stable idempotency key. */
  readonly id: string;
  /** Milliseconds since 1970 at which the input was written down; of a deadline, at which it was due. */
  readonly time: number;
  /** Place of the input in its store; 0 for a command. */
  readonly position: number;
}

/**
 * State and behaviour of one thing, fed by messages, told apart by key. One instance per class: state is a value that
 * methods get and give, never a field. Methods are pure and synchronous.
 */
export abstract class Actor<State, In extends Message, Out extends Message = never> {
  declare readonly '~types': { readonly state: State; readonly in: In; readonly out: Out };
  declare readonly '~takes': (type: In['type']) => void;
  declare readonly '~folds': (type: In['type'] | Out['type']) => void;
  declare readonly '~status': (status: State extends { readonly status: infer T } ? T : never) => void;

  /** The state before the first row: JSON, and `IndexSet`. */
  abstract initial(): State;
  /** Which actor the message is for; undefined: for none of this class, and no trace is left. At most 512 bytes. */
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
/** Everything that one decision holds becomes durable together, in one append. */
export type Part<Out, In = never> = Out | After<In> | Cancel | Close;

/** Characters of a reason; the rest is cut, so that what is told at once is what the log tells later. */
export const MAX_REASON = 1_000;

/** @throws WaybillError `DECISION_WITHOUT_REASON` */
function reasoned(what: string, reason: unknown): string {
  if (typeof reason === 'string') return reason.slice(0, MAX_REASON);
  throw new WaybillError('DECISION_WITHOUT_REASON', `the reason of ${what} is ${show(reason)}`, `say why: ${what}('the order is closed')`);
}

export class Discard {
  readonly '~decision' = 'discard';
  readonly reason: string;
  constructor(reason: string) {
    this.reason = reasoned('discard', reason);
  }
}
export class Conflict {
  readonly '~decision' = 'conflict';
  readonly reason: string;
  constructor(reason: string) {
    this.reason = reasoned('conflict', reason);
  }
}

/** Taken in and not acted upon, for a reason that operators see. */
export function discard(reason: string): Discard {
  return new Discard(reason);
}

/** Contradicts what was taken in before: a message is parked for an operator, a command is refused. */
export function conflict(reason: string): Conflict {
  return new Conflict(reason);
}

/** A message that the saga sends to itself when its time has come. One that is armed again under its key takes the place of the first. */
export class After<In = AnyEvent> {
  readonly '~decision' = 'after';
  constructor(
    readonly milliseconds: number,
    readonly message: In,
    readonly key: string,
  ) {}
}
export class Cancel {
  readonly '~decision' = 'cancel';
  constructor(
    readonly type: string,
    readonly key: string,
  ) {}
}
export class Close {
  readonly '~decision' = 'close';
}

/**
 * Sets a deadline, counted from the time of the input: `message` comes to `@Handles(…, { deadline: true })` once it is
 * due, at most once, after downtime too. `key` tells deadlines of one type apart; at most 256 characters, default ''.
 * @throws WaybillError `DURATION_INVALID`, `DEADLINE_KEY`, `OPTION_INVALID`
 */
export function after<In extends AnyEvent>(duration: Duration, message: In, options: { readonly key?: string } = NONE): After<In> {
  if (options !== NONE) checkOptions(options, 'after()', ['key']);
  return new After(millisecondsOf(duration), message, deadlineKey(options.key));
}

const NONE = {};

/** Takes back the deadline of that key; none pending is no error. @throws WaybillError `DEADLINE_KEY`, `MESSAGE_CLASS_MISSING` */
export function cancel(message: AnyMessageClass<AnyEvent>, key?: string): Cancel {
  mustBeMessageClass(message, 'cancel()');
  return new Cancel(message.messageType, deadlineKey(key));
}

function deadlineKey(key: string = ''): string {
  if (typeof key === 'string' && key.length <= 256) return key;
  throw new WaybillError('DEADLINE_KEY', `the key of a deadline is ${show(key)}`, 'give a string of at most 256 characters');
}

/**
 * Ends the saga for good, with the rows of this decision: a known message stays a duplicate (no longer compared), one
 * never seen is parked, pending deadlines are void, and the store may let go of all rows before the closing one.
 */
export function close(): Close {
  return new Close();
}

/**
 * Thrown by a command's method: the refusal is recorded as the answer of that command's id, with no effects, and given
 * again at every retry of that id. Any other error records nothing.
 */
export class Rejected extends WaybillError {
  readonly reason: string;
  constructor(reason: string) {
    const bounded = reasoned('new Rejected', reason);
    super('REJECTED', bounded, 'send what the actor accepts, under a new id');
    this.reason = bounded;
  }
}
