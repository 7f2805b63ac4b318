import { Subject, type Observable } from 'rxjs';
import type { Difference } from '../base/canonical-json';
import type { Message } from '../messages/message';
import { maskPersonal, personalOf } from '../messages/personal';
import type { Cause } from '../history/cause';

// The declaration files of packages that return it must be able to name it.
export type { Observable } from 'rxjs';

/** I15: every delivery ends in exactly one of these; see the vocabulary in ARCHITECTURE.md. */
export const OUTCOMES = ['applied', 'duplicate', 'late', 'discarded', 'conflict', 'parked'] as const;
export type OutcomeKind = (typeof OUTCOMES)[number];

export interface Outcome {
  readonly kind: OutcomeKind;
  readonly consumer: string;
  /** Type and id of the message that was delivered. */
  readonly type: string;
  readonly id: string;
  /** The message's position in its log; 0 for a command. */
  readonly position: number;
  /** The actor's stream, where there is one. */
  readonly stream?: string | undefined;
  /** Why, for all but `applied` and `duplicate`; for an applied event, a warning: its row is nearly as large as a row may be. */
  readonly reason?: string | undefined;
  /** For a conflict by key: the fields in which the first copy and this one differ. */
  readonly diff?: readonly Difference[] | undefined;
}

/** `received` = sum of the outcomes + `waiting`, at every moment; at rest `waiting` is 0. Of this process only. */
export type Counts = { readonly [K in OutcomeKind]: number } & { readonly received: number; readonly waiting: number };

/** Counts every delivery from its receipt to its outcome (I15), and publishes outcomes to subscribers. */
export class Outcomes {
  private readonly subject = new Subject<Outcome>();
  private readonly counted: Record<OutcomeKind, number> = { applied: 0, duplicate: 0, late: 0, discarded: 0, conflict: 0, parked: 0 };
  private received = 0;
  private waiting = 0;

  get observable(): Observable<Outcome> {
    return this.subject.asObservable();
  }

  counts(): Counts {
    return { ...this.counted, received: this.received, waiting: this.waiting };
  }

  /** A delivery has been taken from the log or from a caller. */
  receive(): void {
    this.received++;
    this.waiting++;
  }

  /** A delivery ends without an outcome: handed back to its log by a stop, or failed to its caller. */
  withdraw(): void {
    this.received--;
    this.waiting--;
  }

  /** Call only once every row that the outcome depends on is durable. */
  publish(outcome: Outcome): void {
    this.waiting--;
    this.counted[outcome.kind]++;
    if (this.subject.observed) this.subject.next(outcome);
  }

  complete(): void {
    this.subject.complete();
  }
}

/** How the flow ends a delivery, given to its receiver once every row that it depends on is durable. */
export interface Result {
  readonly kind: OutcomeKind;
  readonly reason?: string | undefined;
  readonly diff?: readonly Difference[] | undefined;
  /** The messages that the method emitted, where it ran. */
  readonly events?: readonly Message[];
  /** The method refused a command: the refusal is its answer. */
  readonly refused?: boolean;
}

/** Publishes the outcome of a delivery, personal fields in its diff shown as ***. */
export function publish(
  outcomes: Outcomes,
  consumer: string,
  { type, cause, stream }: { readonly type: string; readonly cause: Cause; readonly stream: string },
  { kind, reason, diff }: Result,
): void {
  const shown = diff && maskPersonal(personalOf(type), diff);
  outcomes.publish({ kind, consumer, type, id: cause.id, position: cause.position, stream, reason, diff: shown });
}
