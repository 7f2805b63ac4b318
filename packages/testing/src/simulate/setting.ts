import type { OutcomeKind, Recorded } from '@waybill/core';
import type { Facts } from './facts';
import type { Faults, Simulation } from './options';
import type { Stage } from './stage';

/** One line of what happened. */
export interface Moment {
  readonly at: number;
  readonly who: string;
  readonly what: string;
}

/** What does not change from schedule to schedule. */
export interface Setting {
  readonly simulation: Simulation;
  readonly faults: Faults;
  readonly stage: Stage;
  /** The classes of yesterday. */
  readonly older: Stage | undefined;
  readonly facts: Facts;
  /** Told of every fault and outcome. */
  readonly count: { readonly struck: Record<string, number>; readonly outcomes: Record<OutcomeKind, number> };
}

/** Positions have gaps: a search in rows that are in their order. */
export function rowAt(rows: readonly Recorded[], position: number): Recorded | undefined {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((rows[middle] as Recorded).position < position) low = middle + 1;
    else high = middle;
  }
  const row = rows[low];
  return row?.position === position ? row : undefined;
}
