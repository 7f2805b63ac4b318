import type { Runtime } from '../base/runtime';
import type { Store } from '../store/port';
import type { RowMeta } from '../history/rows';
import type { Cause } from '../history/cause';
import type { Outcomes } from './outcome';
import type { Yields } from './yields';

export interface FlowLimits {
  /** About how many messages one append call takes. */
  readonly batch: number;
  /** Messages of one actor in one append. */
  readonly perActor: number;
  /** Append calls under way at once: while one commits, the next is decided. */
  readonly turns: number;
  /** Folds kept in memory, and never more than about 32 MB of them per class; raise it where more small actors are active at once. */
  readonly hot: number;
  /** How often a method may throw on one message before it is parked. */
  readonly attempts: number;
}

export interface SubscriptionLimits {
  /** Positions that may be unfinished at once: bounds memory, whatever the log holds (I10). */
  readonly window: number;
  /** Rows asked for at once. */
  readonly page: number;
}

/** What every consumer is built on. */
export interface ConsumerContext {
  readonly store: Store;
  readonly runtime: Runtime;
  readonly outcomes: Outcomes;
  readonly limits: SubscriptionLimits & FlowLimits;
  readonly yields: Yields;
  readonly fatal: (error: unknown) => void;
}

/** What a row says of a message that is tried again by itself. */
export type AsideRow = { readonly [F in 'due' | 'key' | 'attempts' | 'reason']?: RowMeta[F] | undefined } & {
  readonly type: string;
  readonly cause: Cause;
};
/** Where a flow sets aside messages that wait too long. */
export interface Aside {
  /** Whether a message whose method throws gives way now. */
  readonly isNeeded: () => boolean;
  /** The row at this version parks such a message, and is durable. */
  readonly add: (stream: string, version: number, row: AsideRow) => void;
}
