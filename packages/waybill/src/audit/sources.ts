import type { Recorded, Store } from '@waybill/core';
import { timerTypes } from '@waybill/core/internal';
import { causeKey } from './actor-history';
import type { ParsedRow } from './parsed-row';
import { ViolationError } from './violation';

/** The most rows, and characters of them, that are kept in memory. */
const ROWS = 100_000;
const CHARACTERS = 32_000_000;
/** How many rows are read at once for a cause that is not in memory: consumers that lag far behind will need the next ones soon. */
const PAGE = 512;
const CAUSES: ReadonlySet<ParsedRow['kind']> = new Set(['event', 'emitted', 'armed']);

/** The messages of this log by position: the last ones that went by, and those that were looked up. */
export class Sources {
  private readonly rows = new Map<number, Recorded>();
  private readonly batches: (readonly number[])[] = [];
  private characters = 0;

  constructor(private readonly store: Store) {}

  /** Rows that others may name as their cause. */
  keep(parsedRows: readonly (ParsedRow | ViolationError)[]): void {
    const rows: Recorded[] = [];
    for (const parsed of parsedRows) {
      if (parsed instanceof ViolationError || !CAUSES.has(parsed.kind)) continue;
      rows.push(parsed.row);
    }
    this.add(rows);
  }

  /** The row at this position, or undefined if there is none; a promise if it has to be looked up. */
  at(position: number): Recorded | undefined | Promise<Recorded | undefined> {
    return this.rows.get(position) ?? this.lookUp(position);
  }

  private async lookUp(position: number): Promise<Recorded | undefined> {
    const row = await this.store.rowAt(position);
    if (!row) return undefined;
    const stop = new AbortController();
    const next: Recorded[] = [];
    try {
      for await (const { events } of this.store.subscribe({ everything: true, after: position, limit: PAGE }, stop.signal)) {
        next.push(...events);
        break;
      }
    } finally {
      stop.abort();
    }
    this.add([row, ...next]);
    return row;
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

/** The row of this log that a row names as its cause; null if it names none of this log, or one that may be gone. */
export function sourceOf(store: Store, sources: Sources, { kind, cause }: ParsedRow): ReturnType<Sources['at']> | null {
  if (cause.source !== store.id || kind === 'noted' || kind === 'event') return null;
  return sources.at(cause.position);
}

/** Whether the log holds what a row names as its cause. @throws ViolationError `I5`, `rows`, `parks` */
export function checkSource(store: Store, parsed: ParsedRow, source: Recorded | undefined): void | Promise<void> {
  const { row, cause, meta, kind } = parsed;
  const type = meta.as ?? parsed.type;
  const what = `${type} of position ${cause.position}`;
  if (cause.position >= row.position) throw new ViolationError('I5', `the ${what} comes after the row that took it in`, row);
  if (kind !== 'took' && kind !== 'parked') return checkId(parsed, source);
  // A deadline is a row of its saga, and may have been truncated with it.
  const ofDeadline = source !== undefined && timerTypes(type).includes(source.type) && meta.of !== undefined;
  if (!source && meta.of === undefined)
    throw new ViolationError('rows', `it names the ${what} as its cause, but the log holds nothing there`, row);
  if (source && !ofDeadline && (source.type !== type || source.id !== cause.id))
    throw new ViolationError(
      'rows',
      `it names the ${what} (id ${cause.id}) as its cause, but the log holds ${source.type} (id ${source.id})`,
      row,
    );
  if (meta.from !== undefined) return checkPark(store, parsed, meta.from);
}

/** The cause of an effect may have been truncated; if it is still there, it must be the one that is named. */
function checkId({ row, cause, type }: ParsedRow, source: Recorded | undefined): void {
  if (!source || source.id === cause.id) return;
  throw new ViolationError(
    'rows',
    `${type} names id ${cause.id} as its cause, but position ${cause.position} holds ${source.type} (id ${source.id})`,
    row,
  );
}

/** Continues at once if there is nothing to wait for: most rows need nothing from the store. */
export function andThen(pending: void | Promise<void>, next: () => void | Promise<void>): void | Promise<void> {
  return pending ? pending.then(next) : next();
}

/** The parked row of another stream that this one releases. */
async function checkPark(store: Store, { row, cause }: ParsedRow, from: string): Promise<void> {
  const at = from.lastIndexOf('@');
  const version = Number(from.slice(at + 1));
  const [park] = at > 0 && Number.isSafeInteger(version) ? await store.read(from.slice(0, at), version, 1) : [];
  const parked = park && (JSON.parse(park.meta) as { cause?: ParsedRow['cause'] }).cause;
  if (park && parked && park.position < row.position && causeKey(parked) === causeKey(cause)) return;
  throw new ViolationError('parks', `it was released from ${from}, but no such message is parked there`, row);
}
