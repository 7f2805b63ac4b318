import { timerTypes } from '@waybill/core';
import type { Recorded, Store } from '@waybill/core';
import { causeKey } from './book';
import type { Line } from './line';
import { Found } from './violation';

/** Rows and characters of them that are kept in memory at the most, whatever the log holds. */
const ROWS = 100_000;
const CHARACTERS = 32_000_000;
/** Rows that are read at once where a cause is not among them: those who follow a log from far behind ask for the next ones soon. */
const PAGE = 512;
const CAUSES: ReadonlySet<Line['kind']> = new Set(['event', 'emitted', 'armed']);

/** The messages of this log by position: those that went by last, and those that were looked up. */
export class Sources {
  private readonly rows = new Map<number, Recorded>();
  private readonly batches: (readonly number[])[] = [];
  private characters = 0;

  constructor(private readonly store: Store) {}

  /** Rows that others may name as their cause. */
  keep(lines: readonly (Line | Found)[]): void {
    const rows: Recorded[] = [];
    for (const line of lines) {
      if (line instanceof Found || !CAUSES.has(line.kind)) continue;
      rows.push(line.row);
    }
    this.add(rows);
  }

  /** The row at this position, or undefined where there is none; a promise where it has to be looked up. */
  at(position: number): Recorded | undefined | Promise<Recorded | undefined> {
    return this.rows.get(position) ?? this.lookUp(position);
  }

  private async lookUp(position: number): Promise<Recorded | undefined> {
    const stop = new AbortController();
    try {
      const query = { everything: true, after: position - 1, limit: PAGE };
      for await (const { events, position: reached, caughtUp } of this.store.subscribe(query, stop.signal)) {
        this.add(events);
        if (reached >= position || caughtUp) break;
      }
    } finally {
      stop.abort();
    }
    return this.rows.get(position);
  }

  private add(rows: readonly Recorded[]): void {
    const added: number[] = [];
    for (const row of rows) {
      if (this.rows.has(row.position)) continue;
      this.rows.set(row.position, row);
      this.characters += row.data.length + row.meta.length;
      added.push(row.position);
    }
    if (added.length > 0) this.batches.push(added);
    while (this.batches.length > 1 && (this.rows.size > ROWS || this.characters > CHARACTERS)) {
      for (const position of this.batches.shift() as readonly number[]) {
        const row = this.rows.get(position);
        if (row) this.characters -= row.data.length + row.meta.length;
        this.rows.delete(position);
      }
    }
  }
}

/** The row of this log that a row names as its cause; null where it names none, or one that may be gone. */
export function sourceOf(store: Store, sources: Sources, { kind, cause }: Line): ReturnType<Sources['at']> | null {
  if (cause.source !== store.id || kind === 'noted' || kind === 'event') return null;
  return sources.at(cause.position);
}

/** Whether the log holds what a row names as its cause. @throws Found `I5`, `rows`, `parks` */
export function holdSource(store: Store, line: Line, source: Recorded | undefined): void | Promise<void> {
  const { row, cause, meta, kind } = line;
  const type = meta.as ?? line.type;
  const what = `${type} of position ${cause.position}`;
  if (cause.position >= row.position) throw new Found('I5', `the ${what} stands behind the row that took it in`, row);
  if (kind !== 'took' && kind !== 'parked') return holdId(line, source);
  // A deadline is a row of its saga, and may be let go of with it.
  const ofDeadline = source !== undefined && timerTypes(type).includes(source.type) && meta.of !== undefined;
  if (!source && meta.of === undefined) throw new Found('rows', `it names the ${what} as its cause, where the log holds nothing`, row);
  if (source && !ofDeadline && (source.type !== type || source.id !== cause.id))
    throw new Found(
      'rows',
      `it names the ${what} (id ${cause.id}) as its cause, where the log holds ${source.type} (id ${source.id})`,
      row,
    );
  if (meta.from !== undefined) return holdPark(store, line, meta.from);
}

/** What led to an effect may be let go of; where it is still there, it is the one that is named. */
function holdId({ row, cause, type }: Line, source: Recorded | undefined): void {
  if (!source || source.id === cause.id) return;
  throw new Found(
    'rows',
    `${type} names id ${cause.id} as its cause, where position ${cause.position} holds ${source.type} (id ${source.id})`,
    row,
  );
}

/** Goes on at once where nothing has to be waited for: most rows want nothing of the store. */
export function after(waits: void | Promise<void>, next: () => void | Promise<void>): void | Promise<void> {
  return waits ? waits.then(next) : next();
}

/** The parked row of another stream that this one releases. */
async function holdPark(store: Store, { row, cause }: Line, from: string): Promise<void> {
  const at = from.lastIndexOf('@');
  const version = Number(from.slice(at + 1));
  const [park] = at > 0 && Number.isSafeInteger(version) ? await store.read(from.slice(0, at), version, 1) : [];
  const parked = park && (JSON.parse(park.meta) as { cause?: Line['cause'] }).cause;
  if (park && parked && park.position < row.position && causeKey(parked) === causeKey(cause)) return;
  throw new Found('parks', `it was released from ${from}, where no such message is parked`, row);
}
