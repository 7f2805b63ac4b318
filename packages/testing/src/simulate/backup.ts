import type { Recorded } from '@waybill/core';

/** What backups of a log hold, each as old as one of its appends. */
export class Backups {
  /** Besides rows: each change, with the count of rows that were durable when it was made. */
  private changes: { readonly count: number; readonly make: () => unknown }[] = [];
  /** Counts of rows after whole appends. */
  private readonly ends: number[] = [0];

  appended(count: number): void {
    this.ends.push(count);
  }

  kept<T>(count: number, make: () => T): T {
    this.changes.push({ count, make });
    return make();
  }

  /** The count of rows in the backup that is so many appends old; newer ones are forgotten. */
  oneOf(back: number): number {
    this.ends.length = Math.max(1, this.ends.length - back);
    return this.ends.at(-1) as number;
  }

  /** Makes the changes that the backup holds, on places that are empty. */
  makeAgain(count: number): void {
    this.changes = this.changes.filter((change) => change.count <= count);
    for (const { make } of this.changes) make();
  }
}

/** Rows in the order of the log: those of one append have one stream and follow each other. */
export function* byAppend(rows: readonly Recorded[]): Generator<Recorded[]> {
  let append: Recorded[] = [];
  for (const row of rows) {
    const last = append.at(-1);
    if (last && (last.stream !== row.stream || last.position + 1 !== row.position)) {
      yield append;
      append = [];
    }
    append.push(row);
  }
  if (append.length > 0) yield append;
}
