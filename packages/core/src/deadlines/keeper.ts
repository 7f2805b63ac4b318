import { isTransient } from '../base/errors';
import type { Ticket } from '../flow/delivery';
import type { DueBuckets, NewDue } from './buckets';
import type { DueMinutes } from './minutes';

/** Characters of deadlines that are kept in one append. */
const KEPT_CHARACTERS = 250_000;

/** Writes the deadlines that wait into their buckets together, and adds those of the minutes in memory there too. */
export class DueKeeper {
  private waiting: { readonly due: NewDue; readonly ticket: Ticket }[] = [];
  private keeping: Promise<void> | undefined;

  constructor(
    private readonly buckets: DueBuckets,
    private readonly minutes: DueMinutes,
    /** These are on disk. */
    private readonly kept: (tickets: readonly Ticket[]) => void,
    private readonly fatal: (error: unknown) => void,
  ) {}

  add(due: NewDue, ticket: Ticket): void {
    this.waiting.push({ due, ticket });
    this.keeping ??= this.keep();
  }

  async stop(): Promise<void> {
    await this.keeping;
  }

  private async keep(): Promise<void> {
    try {
      for (let batch = this.next(); batch.length > 0; batch = this.next()) {
        await this.buckets.keep(
          batch.map(({ due }) => due),
          (due, bucket) => this.minutes.take(due, bucket),
        );
        this.kept(batch.map(({ ticket }) => ticket));
      }
    } catch (error) {
      if (!isTransient(error)) this.fatal(error);
    } finally {
      this.keeping = undefined;
    }
  }

  private next(): typeof this.waiting {
    let [characters, count] = [0, 0];
    for (const { due } of this.waiting) {
      characters += due.row.data.length + due.row.meta.length;
      if (count > 0 && characters > KEPT_CHARACTERS) break;
      count++;
    }
    return this.waiting.splice(0, count);
  }
}
