import type { Recorded } from '@waybill/core';
import type { Report } from './actor-log';
import type { Facts } from './facts';
import { Ledger } from './ledger';
import { Observed } from './observed';
import type { Invariant } from './observed';
import { Oracle } from './oracle';
import { Traces } from './traces';
import type { Witness } from './verdicts';

/**
 * Checks a log while it grows. Whoever runs the workers says what becomes durable and, in between, what is published
 * and saved: the simulator, which owns the disk, and the cases, which watch real stores.
 */
export class LogChecker {
  readonly oracle: Oracle;
  readonly traces = new Traces();
  readonly ledger: Ledger;
  readonly observed: Observed;

  constructor(
    facts: Facts,
    witness: Witness,
    private readonly invariants: readonly Invariant[],
    private readonly report: Report,
  ) {
    this.oracle = new Oracle(facts, witness, report, (log, row, due) => this.ledger.fires(log, row, due));
    this.ledger = new Ledger(facts, this.oracle, this.traces, witness, report);
    this.observed = new Observed(facts, this.oracle, witness.rows);
  }

  /** Rows that are durable now, in the order of their streams: whole appends, the rows of one next to each other. */
  durable(rows: readonly Recorded[]): void {
    this.oracle.take(rows);
    this.observed.take(rows);
    for (const row of rows) if (row.stream.includes(':')) this.traces.take(row);
    this.checkInvariants();
  }

  /** I2 and the invariants of the domain, when nothing is under way any more. */
  atRest(): void {
    this.observed.atRest = true;
    this.ledger.complete();
    this.checkInvariants();
  }

  private checkInvariants(): void {
    for (const holds of this.invariants) {
      const what = holds(this.observed);
      if (typeof what === 'string') this.report(holds.name === '' ? 'invariant' : holds.name, what);
    }
  }
}
