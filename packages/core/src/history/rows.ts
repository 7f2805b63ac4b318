import type { OnceKey } from '../actors/definition';
import type { Message } from '../messages/message';
import type { Cause } from './cause';
import type { Digest } from './digest';

/** `failed` blocks its actor, `behind` is queued after it; the others park alone and block nobody. */
export const PARKS = ['failed', 'behind', 'conflict', 'late', 'invalid'] as const;
export type ParkKind = (typeof PARKS)[number];

/** What the `meta` of a row may hold. `v` is the schema version of `data`, left out when 1. No payload is ever in it. */
export interface RowMeta {
  readonly cause?: Cause;
  readonly v?: number;
  readonly once?: OnceKey;
  /** Version of the open park, or of the pending deadline, that this row settles. */
  readonly of?: number;
  /** The park stream, where the message was parked outside the actor's own stream. */
  readonly from?: string;
  /** The type of the cause's row, where the class has another name today. */
  readonly as?: string;
  /** Who released it, and why. */
  readonly by?: string;
  readonly why?: string;
  /** The answer of a command that was refused: why. */
  readonly refused?: string;
  /** The row after it is the refusal, for sagas. */
  readonly told?: boolean;
  /** Why the method did nothing. */
  readonly discarded?: string;
  /** First seen when it was too late: remembered, not folded. */
  readonly late?: boolean;
  readonly park?: ParkKind | Note;
  readonly reason?: string;
  readonly attempts?: number;
  /** Milliseconds since 1970: the time of the input, which the method gets again when it is released. */
  readonly at?: number;
  readonly stack?: string;
  /**
   * For a deadline: its key, and when it is due, in milliseconds since 1970; without `due` it is cancelled. For a parked message that
   * is tried again by itself: what waits for it, and when that is due; without `due` it waits for an operator.
   */
  readonly key?: string;
  readonly due?: number;
  /** For a retry that has begun: until when no other one begins, unless it ends before. */
  readonly until?: number;
  /** The class that emitted it folds it: code that does not know the type cannot know the state. */
  readonly folded?: boolean;
}

/** An operator's resolution of an open park; 'retried': the retry failed and the park stays open. */
export type Note = 'retried' | 'skipped' | 'released';

/**
 * The fields of each kind of row's meta besides `cause` and `v`, in the order in which they are written. The types of the
 * rows and the codec follow this list.
 */
export const SAYS = {
  took: ['once', 'of', 'from', 'as', 'by', 'why', 'refused', 'told', 'discarded', 'late'],
  parked: ['once', 'of', 'from', 'as', 'by', 'why', 'park', 'reason', 'attempts', 'at', 'stack', 'key', 'due'],
  noted: ['park', 'of', 'by', 'why', 'reason', 'attempts', 'stack', 'due', 'until'],
  armed: ['key', 'due'],
  cancelled: ['key'],
  closed: [],
  emitted: ['folded'],
} as const satisfies Record<string, readonly (keyof RowMeta)[]>;
export type RowKind = keyof typeof SAYS;

type Said<K extends RowKind, Always extends keyof RowMeta = never> = {
  readonly [F in Exclude<(typeof SAYS)[K][number], Always>]?: RowMeta[F] | undefined;
} & { readonly [F in Always]: Exclude<RowMeta[F], undefined> };

interface Row<K extends RowKind> {
  readonly kind: K;
  readonly type: string;
  readonly cause: Cause;
  /** The row's data. */
  readonly content: string;
  /** Schema version of `content`. */
  readonly version: number;
}

/** A message that was taken in. */
export type Input = Row<'took'> & Said<'took'> & { readonly message: Message; readonly digest: Digest };
/** A message that was set aside for an operator. */
export type Parked = Row<'parked'> & Said<'parked', 'reason' | 'attempts' | 'at'> & { readonly park: ParkKind; readonly digest: Digest };
/** An operator's resolution of the open park at version `of`. */
export type Noted = Row<'noted'> & Said<'noted', 'of' | 'by' | 'why'> & { readonly park: Note };
/** A deadline that is pending from here on. */
type Armed = Row<'armed'> & Said<'armed', 'key' | 'due'>;
type Cancelled = Row<'cancelled'> & Said<'cancelled', 'key'>;
/** No input is taken in after it; `content` is all that is still remembered. */
type Closed = Row<'closed'>;
/** An event, or a command that a saga sends. */
type Emitted = Row<'emitted'> & Said<'emitted'> & { readonly message: Message };

/** What one row of an actor's stream says. */
export type Entry = Input | Parked | Noted | Armed | Cancelled | Closed | Emitted;
