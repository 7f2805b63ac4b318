import { Subject, type Observable } from 'rxjs';
import type { Difference } from '../base/canonical-json';
import type { Message } from '../messages/message';
import { maskPersonal, personalOf } from '../messages/personal';
import type { Cause } from '../history/cause';

// Named in the declarations of those who hand outcomes on.
export type { Observable } from 'rxjs';

/** What became of a delivery; see the vocabulary in ARCHITECTURE.md. Every delivery ends in exactly one. */
export const OUTCOMES = ['applied', 'duplicate', 'late', 'discarded', 'conflict', 'parked'] as const;
export type OutcomeKind = (typeof OUTCOMES)[number];

export interface Outcome {
  readonly kind: OutcomeKind;
  readonly consumer: string;
  /** Type and id of the message that was delivered. */
  readonly type: string;
  readonly id: string;
  /** Where the message stands in its log; 0 for a command. */
  readonly position: number;
  /** The actor's stream, where there is one. */
  readonly stream?: string | undefined;
  /** Why, for all but `applied` and `duplicate`. */
  readonly reason?: string | undefined;
  /** Of a conflict by key: what the first copy says and what this one says. */
  readonly diff?: readonly Difference[] | undefined;
}

/** `received` = sum of the outcomes + `waiting`, at every moment; at rest `waiting` is 0. Of this process only. */
export type Counts = { readonly [K in OutcomeKind]: number } & { readonly received: number; readonly waiting: number };

/** Counts every delivery from subscription to outcome, and publishes outcomes to whoever watches. */
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

  /** Called when all that the outcome rests on is durable, never before. */
  publish(outcome: Outcome): void {
    this.waiting--;
    this.counted[outcome.kind]++;
    if (this.subject.observed) this.subject.next(outcome);
  }

  complete(): void {
    this.subject.complete();
  }
}

/** How a delivery ends, published when all that it rests on is durable. */
export interface Result {
  readonly kind: OutcomeKind;
  readonly reason?: string | undefined;
  readonly diff?: readonly Difference[] | undefined;
  /** What the method emitted, where it ran. */
  readonly events?: readonly Message[];
  /** The method refused a command: the refusal is its answer. */
  readonly refused?: boolean;
}

/** Publishes how a delivery has ended, personal fields of its diff as ***. */
export function publish(
  outcomes: Outcomes,
  consumer: string,
  { type, cause, stream }: { readonly type: string; readonly cause: Cause; readonly stream: string },
  { kind, reason, diff }: Result,
): void {
  const shown = diff && maskPersonal(personalOf(type), diff);
  outcomes.publish({ kind, consumer, type, id: cause.id, position: cause.position, stream, reason, diff: shown });
}
