/** What holds of every log, and what a violation means for whoever runs on that log. */
export const INVARIANTS = {
  I1: {
    name: 'effect once',
    means: 'a message has changed this actor twice, or may have: what it led to is in the log twice',
  },
  I2: {
    name: 'once per key',
    means: 'what is declared once was taken in twice, or a message was silently passed over',
  },
  I3: { name: 'content', means: 'the log does not show what was taken in, or what it led to' },
  I4: { name: 'status', means: 'a status moved back: decisions after this row were made on an invalid state' },
  I5: { name: 'order', means: 'messages of one actor were taken in out of order: what the gate remembers of them is wrong' },
  I6: { name: 'one append', means: 'an effect is separate from its cause: after a crash there may be one without the other' },
  I7: { name: 'checkpoint', means: 'a consumer is ahead of this log: it would skip what is appended next' },
  I9: { name: 'state = fold', means: 'the state cannot be folded from the rows, or is not the one that was saved' },
  versions: { name: 'versions', means: 'rows were added, moved or are gone: the log was altered by hand, or has lost a part' },
  rows: { name: 'rows', means: 'this row was not written by an actor, or was altered: its effect is unknown' },
  parks: { name: 'parked messages', means: 'a parked message was released twice, or one that was not parked' },
  deadlines: {
    name: 'deadlines',
    means: 'a deadline fired that was not pending, fired twice or although it was ended in time, or never will',
  },
  closing: { name: 'closing', means: 'an actor went on after it was closed, or its closing row has forgotten something' },
} as const;
export type Invariant = keyof typeof INVARIANTS;

export interface Place {
  readonly stream: string;
  readonly version: number;
  readonly position: number;
}

/** Where a log breaks a promise. */
export interface Violation {
  readonly invariant: Invariant;
  /** The invariant in words. */
  readonly name: string;
  readonly what: string;
  readonly means: string;
  /** The row that breaks it; none for a checkpoint. */
  readonly at: Place | undefined;
}

/** Thrown by the checks; becomes part of the result. */
export class ViolationError extends Error {
  constructor(
    readonly invariant: Invariant,
    readonly what: string,
    readonly at: Place | undefined,
  ) {
    super(what);
  }

  get violation(): Violation {
    const { invariant, what, at } = this;
    const place = at && { stream: at.stream, version: at.version, position: at.position };
    return { invariant, ...INVARIANTS[invariant], what, at: place };
  }
}
