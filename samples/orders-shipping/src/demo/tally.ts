import { OUTCOMES } from 'waybill';
import type { OutcomeKind } from 'waybill';

export type Counts = Record<OutcomeKind, number> & { received: number };

/** Deliveries by event type and outcome. */
export class Tally {
  readonly byType = new Map<string, Counts>();

  add(type: string, what: keyof Counts): void {
    let counts = this.byType.get(type);
    if (!counts) this.byType.set(type, (counts = zero()));
    counts[what]++;
  }

  total(): Counts {
    const sum = zero();
    for (const counts of this.byType.values()) for (const what of ['received', ...OUTCOMES] as const) sum[what] += counts[what];
    return sum;
  }
}

function zero(): Counts {
  return { received: 0, applied: 0, duplicate: 0, late: 0, discarded: 0, conflict: 0, parked: 0 };
}

export function outcomesOf({ received: _, ...outcomes }: Counts): Record<OutcomeKind, number> {
  return outcomes;
}

export function sumOf(counts: Counts): number {
  return OUTCOMES.reduce((sum, kind) => sum + counts[kind], 0);
}
