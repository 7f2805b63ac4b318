import type { Duration } from '../base/duration';
import type { AnyCommand, AnyEvent, AnyMessageClass, Message } from '../messages/message';
import type { Lifecycle } from './lifecycle';

type Fields<M> = Exclude<keyof M & string, 'type' | '~kind'>;
/** What makes two messages the same one: the whole actor (`true`), a field, some fields, or a function of the message. */
export type Once<M> = true | Fields<M> | readonly [Fields<M>, ...Fields<M>[]] | ((message: M) => string | number);
export type HandlesOptions<M, B extends string> =
  | {
      readonly once: Once<M>;
      /** From this status on, a first-seen message came too late. */ readonly before?: B;
      readonly deadline?: never;
    }
  | {
      /** The message comes from `after(…)` of this saga, never from the log: what makes it once is the row that set it. */
      readonly deadline: true;
      /** From this status on, it is late. */
      readonly before?: B;
      readonly once?: never;
    }
  | { readonly once?: never; readonly before?: never; readonly deadline?: never };

export type DeliveryMode = 'at-least-once' | 'at-most-once';

/** What becomes of a row of a type or version that this code does not know: the app stops, or the message is parked. */
export type Unknown = 'stop' | 'park';

/** A method that throws runs again after a random part of `base` doubled per attempt, at most `cap`; parked after `attempts`. */
export interface RetryPolicy {
  readonly attempts?: number;
  readonly base?: Duration;
  readonly cap?: Duration;
}

export interface ClassOptions {
  readonly retry?: RetryPolicy;
  /** Refused at the start on a store that says of itself that a power cut may lose what it has acknowledged. */
  readonly durable?: boolean;
}
export interface ProjectionOptions extends Pick<ClassOptions, 'durable'> {
  /** A fold is pure: what has thrown throws again, and is parked at once. Operators retry it when the code is another. */
  readonly retry?: never;
}
interface InputOptions<M extends Message> extends ClassOptions {
  /** The inputs again, so that one without a method is found at start-up. */
  readonly takes?: readonly AnyMessageClass<M>[];
}
interface ActorOptions<M extends Message> extends InputOptions<M> {
  /** Default 'stop': nothing is passed over, and the error names the position. */
  readonly unknown?: Unknown;
  /** Types of messages that this class took in once and knows no more: their rows change nothing. */
  readonly retired?: readonly string[];
  /** Every that many rows the state is kept, so that a load reads only what came behind it. `version` counts changes of what the folds make. */
  readonly snapshot?: { readonly every: number; readonly version: number };
}
export interface AggregateOptions extends ActorOptions<AnyCommand> {
  /** Also takes commands that sagas of other services have appended to the log; those of this app's sagas always come. */
  readonly fromLog?: boolean;
}
export interface SagaOptions<L extends string> extends ActorOptions<AnyEvent> {
  /** Orders the statuses of the state. */
  readonly lifecycle?: Lifecycle<L>;
  /** The commands that its decisions may hold. */
  readonly sends?: readonly AnyMessageClass<AnyCommand>[];
}

/** What the class decorator said; fields that a kind does not have are absent. */
export interface ClassEntry {
  readonly kind: 'aggregate' | 'saga' | 'projection' | 'handler';
  readonly name: string;
  readonly delivery?: DeliveryMode;
  readonly options: Omit<SagaOptions<never> & AggregateOptions, 'lifecycle' | 'takes'> & {
    readonly lifecycle?: Lifecycle;
    readonly takes?: readonly AnyMessageClass[];
  };
}
