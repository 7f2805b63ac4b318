import type { Difference, OutcomeKind } from '@waybill/core';

export interface RowPlace {
  readonly stream: string;
  readonly version: number;
  readonly position: number;
}

/**
 * `waiting`: not delivered yet, or not finished. `closed`: its actor was closed, and the rows that would say more were truncated.
 * `untold`: no row says what became of it. `none`: it is not for any actor or row of this class.
 */
export type ToldOutcome = OutcomeKind | 'waiting' | 'closed' | 'untold' | 'none';

/** What was done with a parked message. */
export interface Word {
  readonly what: 'retried' | 'skipped' | 'released' | 'parked again';
  readonly by: string;
  readonly why: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly at: RowPlace;
  /** Of a retry that failed, or a release that changed nothing. */
  readonly reason?: string | undefined;
}

/** What became of one copy of a message at one consumer. */
export interface Told {
  readonly consumer: string;
  readonly kind: 'aggregate' | 'saga' | 'projection' | 'handler';
  readonly outcome: ToldOutcome;
  /** The stream of its actor, or of its row. */
  readonly stream?: string | undefined;
  /** The row that says so; without it the outcome is derived from what the actor knows today. */
  readonly row?: RowPlace | undefined;
  /** For people: why the row, or the lack of one, means this outcome. */
  readonly because: string;
  /** The copy that was taken in first, of a duplicate or a conflict. */
  readonly first?: (Partial<RowPlace> & { readonly version: number }) | undefined;
  /** Of a conflict; personal fields as ***. */
  readonly diff?: readonly Difference[] | undefined;
  readonly reason?: string | undefined;
  readonly attempts?: number | undefined;
  readonly words?: readonly Word[] | undefined;
}

/** One row of the log that has the id, or a caller's command, which has no row of its own. */
export interface Copy {
  readonly kind: 'event' | 'command' | 'deadline' | 'row';
  readonly type: string;
  readonly at: RowPlace | undefined;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** JSON; personal fields as ***. */
  readonly content: string;
  /** Id of the message that led to it. */
  readonly cause?: string | undefined;
  readonly told: readonly Told[];
}

/** A row that the message led to, directly (depth 1) or through others. */
export interface Effect {
  readonly depth: number;
  readonly kind: 'event' | 'deadline' | 'command' | 'taken' | 'parked' | 'closed';
  readonly type: string;
  readonly id: string;
  readonly at: RowPlace;
}

export interface Explanation {
  readonly id: string;
  readonly store: string;
  /** The position up to which the log was read. */
  readonly position: number;
  readonly copies: readonly Copy[];
  readonly caused: readonly Effect[];
  /** It led to more than is listed here. */
  readonly more: boolean;
}
