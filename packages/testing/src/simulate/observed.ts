import { classEntry } from '@waybill/core';
import type { AnyActor, AnyMessageClass, MessageOf, Recorded, StateOf, UseClass } from '@waybill/core';
import type { ActorRow, Facts } from './facts';
import type { Oracle } from './oracle';

/** What must hold of a log: says what is wrong, or nothing. */
export type Invariant = (log: Observed) => string | undefined | void;

/** The durable log, for invariants. */
export class Observed {
  /** Faults are healed and nothing is under way any more: then nothing may be missing either. */
  atRest = false;
  private readonly byType = new Map<string, unknown[]>();
  private readonly parks: ActorRow[] = [];

  constructor(
    private readonly facts: Facts,
    private readonly oracle: Oracle,
    /** Every row, in order of position. */
    readonly rows: readonly Recorded[],
  ) {}

  /** The events of a class that stand in the log, fed or emitted, in order; copies too. */
  events<C extends AnyMessageClass>(type: C): readonly MessageOf<C>[] {
    return (this.byType.get(type.messageType) ?? []) as MessageOf<C>[];
  }

  /** The state of an actor, folded from its rows; undefined when it has taken in nothing. */
  state<A extends AnyActor>(actor: abstract new (...args: never[]) => A, key: string): StateOf<A> | undefined {
    return this.oracle.actors.get(`${classEntry(actor as UseClass).name}-${key}`)?.state as StateOf<A> | undefined;
  }

  /** What was set aside: type and content of each message, why, and by which actor. */
  get parked(): readonly { readonly stream: string; readonly type: string; readonly data: unknown; readonly kind: string; readonly reason: string }[] {
    return this.parks.map(({ row, type, meta }) => ({
      ...{ stream: row.stream, type, data: JSON.parse(row.data) as unknown },
      ...{ kind: meta.park ?? '', reason: meta.reason ?? '' },
    }));
  }

  take(rows: readonly Recorded[]): void {
    for (const row of rows) {
      if (row.type.startsWith('parked:')) this.parks.push(this.facts.actorRow(row));
      const message = row.type.includes(':') ? undefined : this.facts.messageAt(row);
      if (!message) continue;
      const list = this.byType.get(row.type);
      if (list) list.push(message);
      else this.byType.set(row.type, [message]);
    }
  }
}
