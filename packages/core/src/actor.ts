import { WaybillError } from './errors';
import type { AnyEvent, Message } from './message';

/** What a method is told about the input that it decides on. The only time and the only ids that a decision may use. */
export interface Meta {
  /** Id of the input: the same at every redelivery of the same row, so a stable idempotency key. */
  readonly id: string;
  /** Milliseconds since 1970 at which the input was written down. */
  readonly time: number;
  /** Place of the input in its store; 0 for a command. */
  readonly position: number;
}

/**
 * State and behaviour of one thing, fed by messages, told apart by key. One instance per class: state is a value that
 * methods get and give, never a field. Methods are pure and synchronous.
 */
export abstract class Actor<State, In extends Message, Out extends AnyEvent = never> {
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
  readonly '~types': { readonly state: unknown; readonly in: Message; readonly out: AnyEvent };
  initial(): unknown;
  key(message: never): string | undefined;
}
export type StateOf<A extends AnyActor> = A['~types']['state'];
export type InOf<A extends AnyActor> = A['~types']['in'];
export type OutOf<A extends AnyActor> = A['~types']['out'];

/** What a method may return. Doing nothing is a value: `[]`, `discard(reason)` or `conflict(reason)`. */
export type Decision<Out> = Out | readonly Out[] | Discard | Conflict;

/** Characters of a reason; the rest is cut, so that what is told at once is what the log tells later. */
export const MAX_REASON = 1_000;

export class Discard {
  readonly '~decision' = 'discard';
  readonly reason: string;
  constructor(reason: string) {
    this.reason = reason.slice(0, MAX_REASON);
  }
}
export class Conflict {
  readonly '~decision' = 'conflict';
  readonly reason: string;
  constructor(reason: string) {
    this.reason = reason.slice(0, MAX_REASON);
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

/**
 * Thrown by a command's method: the refusal is recorded as the answer of that command's id, with no effects, and given
 * again at every retry of that id. Any other error records nothing.
 */
export class Rejected extends WaybillError {
  readonly reason: string;
  constructor(reason: string) {
    const bounded = reason.slice(0, MAX_REASON);
    super('REJECTED', bounded, 'send what the actor accepts, under a new id');
    this.reason = bounded;
  }
}
