import type { Duration } from '../base/duration';
import type { AnyCommand, AnyEvent, AnyMessageClass, Message } from '../messages/message';
import type { Lifecycle } from './lifecycle';

type Fields<M> = Exclude<keyof M & string, 'type' | '~kind'>;
/** What makes two messages the same: being for the same actor (`true`), a field, several fields, or a function of the message. */
export type Once<M> = true | Fields<M> | readonly [Fields<M>, ...Fields<M>[]] | ((message: M) => string | number);
export type HandlesOptions<M, B extends string> =
  | {
      readonly once: Once<M>;
      /** From this status on, a message that is new is late. */
      readonly before?: B;
      readonly deadline?: never;
    }
  | {
      /** The message comes from `after(…)` of this saga, never from another stream: it arrives once for the row that set it. */
      readonly deadline: true;
      /** From this status on, it is late. */
      readonly before?: B;
      readonly once?: never;
    }
  | { readonly once?: never; readonly before?: never; readonly deadline?: never };

export type DeliveryMode = 'at-least-once' | 'at-most-once';

/** A method that throws runs again after a random part of `base` doubled per attempt, at most `cap`; parked after `attempts`. */
export interface RetryPolicy {
  readonly attempts?: number;
  readonly base?: Duration;
  readonly cap?: Duration;
}

export interface ClassOptions {
  readonly retry?: RetryPolicy;
  /** `true`: the app does not start on a store that declares that a power cut may lose what it has acknowledged. */
  readonly durable?: boolean;
  /**
   * Former names of the class, the first one last: its streams, checkpoint and view keep that one, and so do outcomes and errors.
   * An empty list says that it never had another name.
   */
  readonly aliases?: readonly string[];
}
export interface HandlerOptions<M extends AnyEvent = AnyEvent, E extends AnyEvent = AnyEvent> extends ClassOptions {
  readonly delivery: DeliveryMode;
  /** Where a handler begins that this log does not know yet: with its first row, or with the first that follows its first start. Default 'start'. */
  readonly from?: 'start' | 'now';
  /** A call that has not ended by then has failed, and its `meta.signal` is aborted. Default: none, a call may take for ever. */
  readonly timeout?: Duration;
  /** Calls in progress at once in one process; default 16. */
  readonly concurrency?: number;
  /** At most so many calls begin in a time, in one process. Default: no limit. */
  readonly rate?: { readonly calls: number; readonly per: Duration };
  /** Events with one key are carried in the order of the log; default: those of one stream. */
  readonly key?: (message: M) => string;
  /** The events that its methods may return. They are appended once per cause, however often the call is made. */
  readonly emits?: readonly AnyMessageClass<E>[];
}
export interface ProjectionOptions extends Pick<ClassOptions, 'durable' | 'aliases'> {
  /**
   * Raise it when a fold changes; default 1. The rows are then folded anew when an app starts, beside those that are read meanwhile;
   * code of another version leaves the new ones alone.
   */
  readonly version?: number;
  /** None: a fold is pure, so what threw once throws again and is parked at once. Operators retry it once the code has changed. */
  readonly retry?: never;
}
interface ActorOptions<M extends Message> extends ClassOptions {
  /** The inputs again, so that one without a method is found at start-up. */
  readonly takes?: readonly AnyMessageClass<M>[];
  /** Types of messages that this class used to take in and no longer knows: their rows change nothing. */
  readonly retired?: readonly string[];
  /** Every `every` rows the state is saved, so that a load reads only the rows after it. Raise `version` when the folds change. */
  readonly snapshot?: { readonly every: number; readonly version: number };
}
export interface AggregateOptions<C extends AnyMessageClass<AnyCommand> = AnyMessageClass<AnyCommand>> extends ActorOptions<AnyCommand> {
  /** Also takes commands that sagas of other services have appended to the log; those of this app's sagas always arrive. */
  readonly fromLog?: boolean;
  /**
   * Its commands whose refusals the sagas hear of: where one that came by the log is refused, `Refusal(…)` of it is appended together
   * with the row that says so. A caller has its answer, so nobody else is told of it.
   */
  readonly refuses?: readonly C[];
}
export interface SagaOptions<L extends string> extends ActorOptions<AnyEvent> {
  /** Orders the statuses of the state. */
  readonly lifecycle?: Lifecycle<L>;
  /** The commands that its decisions may hold. */
  readonly sends?: readonly AnyMessageClass<AnyCommand>[];
}

/** What the class decorator was given; fields that a kind does not have are absent. */
export interface ClassEntry {
  readonly kind: 'aggregate' | 'saga' | 'projection' | 'handler';
  /** The name under which its streams, checkpoint and view are kept: its first one. */
  readonly name: string;
  /** Its name in the code, and its former ones. */
  readonly names: readonly string[];
  readonly delivery?: DeliveryMode;
  readonly options: Omit<SagaOptions<never> & AggregateOptions & Omit<HandlerOptions<never>, 'delivery'>, 'lifecycle' | 'takes'> & {
    readonly lifecycle?: Lifecycle;
    readonly takes?: readonly AnyMessageClass[];
    readonly version?: number;
  };
}
