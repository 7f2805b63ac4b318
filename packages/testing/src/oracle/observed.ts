import type { AnyActor, AnyMessageClass, MessageOf, Recorded, StateOf, UseClass } from '@waybill/core';
import { classEntry } from '@waybill/core/internal';
import type { Facts } from './facts';
import type { Oracle } from './oracle';

/** What must hold of a log: returns what is wrong, or nothing. */
export type Invariant = (log: Observed) => string | undefined | void;

/** A message that waits for an operator. */
export interface ParkedMessage {
  readonly stream: string;
  readonly type: string;
  readonly data: unknown;
  /** `failed` and `behind` block their actor; `conflict`, `late` and `invalid` do not. */
  readonly kind: string;
  readonly reason: string;
}

/** The durable log, for invariants. */
export class Observed {
  /** Faults are healed and nothing is under way any more: now nothing may be missing either. */
  atRest = false;
  private readonly byType = new Map<string, unknown[]>();

  constructor(
    private readonly facts: Facts,
    private readonly oracle: Oracle,
    /** Every row, in order of position. */
    readonly rows: readonly Recorded[],
  ) {}

  /** The events of a class in the log, fed or emitted, in order; copies too. */
  events<C extends AnyMessageClass>(type: C): readonly MessageOf<C>[] {
    return (this.byType.get(this.facts.nameOf(type.messageType)) ?? []) as MessageOf<C>[];
  }

  /** The state of an actor, folded from its rows; undefined when it has taken in nothing. */
  state<A extends AnyActor>(actor: abstract new (...args: never[]) => A, key: string): StateOf<A> | undefined {
    return this.oracle.actors.get(`${classEntry(actor as UseClass).name}-${key}`)?.state as StateOf<A> | undefined;
  }

  /** What is parked and not released yet. */
  get parked(): readonly ParkedMessage[] {
    const parks = [...this.oracle.actors.values()].flatMap(({ stream, parks: open }) =>
      [...open.values()].map((park) => ({ stream, ...park })),
    );
    return parks.map(({ stream, type, kind, reason, row }) => ({ stream, type, kind, reason, data: JSON.parse(row.data) as unknown }));
  }

  take(rows: readonly Recorded[]): void {
    for (const row of rows) {
      const message = row.type.includes(':') ? undefined : this.facts.messageAt(row);
      if (!message) continue;
      const name = this.facts.nameOf(row.type);
      const list = this.byType.get(name);
      if (list) list.push(message);
      else this.byType.set(name, [message]);
    }
  }
}
