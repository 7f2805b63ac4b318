import type { Outcome, Recorded, Write } from '@waybill/core';
import type { CheckpointAt } from '@waybill/core/store-kit';
import type { LogChecker } from '@waybill/testing/internal';
import type { Row } from './log';

/** What a store hears and answers, in the moment in which it is certain. */
export interface StoreWatch {
  /** Rows that are durable: they were read. */
  durable(rows: readonly Recorded[]): void;
  /** The store said ok to a write; `first` is the version of its first row. */
  accepted(write: Write, first: number): void;
  /** A checkpoint is about to be saved. */
  saving(consumer: string, at: CheckpointAt): void;
}

type Moment =
  | { readonly stream: string; readonly through: number }
  | { readonly process: string; readonly outcome: Outcome }
  | { readonly process: string; readonly checkpoint: string; readonly at: CheckpointAt };

/**
 * What happened in a case, in order, as far as it is certain: rows that became durable, outcomes and checkpoints. Real
 * stores are watched from outside, where rows may be seen before anybody knows their positions, so all of it is
 * handed to the checker afterwards, when the whole log can be read.
 */
export class History {
  /** Checkpoints that were saved, oldest first. */
  readonly saves: { readonly consumer: string; readonly position: number }[] = [];
  /** By id of a command: the times at which it was handed to a process. */
  readonly sent = new Map<string, number[]>();
  /** Messages on which a method has thrown, see `threwAt`. */
  readonly threw = new Set<string>();
  deaths = 0;
  /** What was wrong at once, without a look at the log. */
  readonly problems: string[] = [];
  private readonly moments: Moment[] = [];
  /** By stream and version: ids of rows that a store has shown or accepted. */
  private readonly seen = new Map<string, Set<string>>();
  /** By stream and version: which append stored the row. */
  private readonly appendOf = new Map<string, number>();
  private appends = 0;

  /** What the store of one process tells. */
  watch(process: string): StoreWatch {
    return {
      durable: (rows) => this.durable(rows),
      accepted: (write, first) => this.accepted(write, first),
      saving: (checkpoint, at) => {
        this.saves.push({ consumer: checkpoint.split(':')[0] as string, position: at.position });
        this.moments.push({ process, checkpoint, at });
      },
    };
  }

  durable(rows: readonly Row[]): void {
    for (const row of rows) this.certain(row);
  }

  accepted({ stream, events }: Write, first: number): void {
    this.appends++;
    events.forEach((event, i) => {
      const row = { ...event, stream, version: first + i };
      const place = placeOf(row);
      if (!this.seen.has(place) || !this.appendOf.has(place)) this.appendOf.set(place, this.appends);
      this.certain(row);
    });
  }

  handedOver(id: string, time: number): void {
    this.sent.set(id, [...(this.sent.get(id) ?? []), time]);
  }

  published(process: string, outcome: Outcome): void {
    this.moments.push({ process, outcome });
  }

  /** I8: what a store has shown or accepted is in its log. */
  lost(log: readonly Recorded[]): string[] {
    const there = new Map(log.map((row) => [placeOf(row), row.id]));
    return [...this.seen].flatMap(([place, ids]) =>
      [...ids]
        .filter((id) => there.get(place) !== id)
        .map((id) => `I8: ${id} was durable at ${place}, where the log holds ${there.get(place)}`),
    );
  }

  /** Hands the log to the checker as it grew, and in between what was published and saved. */
  replay(log: readonly Recorded[], checker: LogChecker): void {
    const streams = new Map<string, Recorded[]>();
    for (const row of log) {
      const rows = streams.get(row.stream);
      if (rows) rows.push(row);
      else streams.set(row.stream, [row]);
    }
    const grow = (stream: string, through: number): void => {
      const rows = streams.get(stream) ?? [];
      while (rows[0] && rows[0].version <= through) checker.durable(rows.splice(0, this.sizeOfAppend(rows)));
    };
    for (const moment of this.moments) {
      if ('through' in moment) grow(moment.stream, moment.through);
      else if ('outcome' in moment) checker.ledger.published(moment.process, moment.outcome);
      else checker.ledger.saving(moment.process, moment.checkpoint, moment.at);
    }
    for (const stream of streams.keys()) grow(stream, Infinity);
  }

  /** How many of the rows came by the append that stored the first: it is durable as a whole. Rows of unknown origin count as one append. */
  private sizeOfAppend(rows: readonly Recorded[]): number {
    const first = this.appendOf.get(placeOf(rows[0] as Recorded));
    const other = rows.findIndex((row) => this.appendOf.get(placeOf(row)) !== first);
    return other < 0 ? rows.length : other;
  }

  private certain(row: Row): void {
    const place = placeOf(row);
    const ids = this.seen.get(place);
    if (ids) return void ids.add(row.id);
    this.seen.set(place, new Set([row.id]));
    this.moments.push({ stream: row.stream, through: row.version });
  }
}

function placeOf({ stream, version }: Pick<Row, 'stream' | 'version'>): string {
  return `${stream} ${version}`;
}
