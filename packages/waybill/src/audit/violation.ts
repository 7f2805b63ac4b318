/** What holds of every log, by its name: what a violation of it means for whoever runs on that log. */
export const INVARIANTS = {
  I1: {
    name: 'effect once',
    means: 'a message has changed this actor twice, or may have: what it led to stands in the log twice',
  },
  I2: {
    name: 'once per key',
    means: 'what is declared once was taken in twice, or a message was passed over without a word',
  },
  I3: { name: 'content', means: 'the log does not say what was taken in, or not what it led to' },
  I4: { name: 'status', means: 'a status went back: decisions behind this row were made on a state that must not be' },
  I5: { name: 'order', means: 'messages of one actor were taken in out of turn: what the gate remembers of them is not true' },
  I6: { name: 'one append', means: 'an effect stands apart from its cause: after a crash there may be one without the other' },
  I7: { name: 'checkpoint', means: 'a consumer stands where this log does not reach: it would pass over what is yet to come' },
  I9: { name: 'state = fold', means: 'the state cannot be had from the rows, or is not the one that was kept of them' },
  versions: { name: 'versions', means: 'rows were added, moved or are gone: the log was altered by hand, or has lost a part' },
  rows: { name: 'rows', means: 'this row was not written by an actor, or was altered: nobody can tell what it did' },
  parks: { name: 'parked messages', means: 'a parked message was released twice, or something else was' },
  deadlines: { name: 'deadlines', means: 'a deadline fired that was not pending, or fired twice' },
  closing: { name: 'closing', means: 'an actor that was closed has gone on: its end was not the end' },
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

/** Thrown by the rules, and ends in the result. */
export class Found extends Error {
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
