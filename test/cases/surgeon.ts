import type { Database } from '../database';
import { openDatabase } from '../database';

export interface RawRow {
  readonly position: number;
  readonly stream: number;
  readonly version: number;
  readonly type: string;
  readonly id: string;
  readonly time: number;
  readonly meta: string;
  readonly data: string;
}
type Meta = Record<string, unknown>;

/** Alters a log behind the store's back, as a hand, a script or a broken disk would. */
export class Surgeon {
  private readonly db: Database;

  constructor(readonly file: string) {
    this.db = openDatabase(file);
  }

  get logId(): string {
    return (this.all("SELECT value FROM log WHERE name = 'id'") as [{ value: string }])[0].value;
  }

  /** The rows of a stream that are there, in order. */
  rows(stream: string): RawRow[] {
    return this.all('SELECT e.* FROM events e JOIN streams s ON s.id = e.stream WHERE s.name = ? ORDER BY e.version', stream) as RawRow[];
  }

  /** Names of streams that begin so. */
  streams(prefix: string): string[] {
    return (this.all('SELECT name FROM streams ORDER BY id') as { name: string }[])
      .map(({ name }) => name)
      .filter((name) => name.startsWith(prefix));
  }

  /** The first row of a stream with this type, or the one of this version. */
  row(stream: string, which: string | number): RawRow {
    const found = this.rows(stream).find(({ type, version }) => (typeof which === 'string' ? type === which : version === which));
    if (!found) throw new Error(`${stream} has no ${which}`);
    return found;
  }

  set({ position }: RawRow, changed: Partial<RawRow>): void {
    for (const [column, value] of Object.entries(changed)) this.run(`UPDATE events SET ${column} = ? WHERE position = ?`, value, position);
  }

  /** Edits the meta of a row. */
  meta(row: RawRow, edit: (meta: Meta) => void): void {
    const meta = JSON.parse(row.meta) as Meta;
    edit(meta);
    this.set(row, { meta: JSON.stringify(meta) });
  }

  cut({ position }: RawRow): void {
    this.run('DELETE FROM events WHERE position = ?', position);
  }

  /** Takes rows away and has the stream begin behind them. */
  behead(stream: string, ...rows: readonly RawRow[]): RawRow {
    for (const row of rows) this.cut(row);
    const [first] = this.rows(stream) as [RawRow];
    this.run('UPDATE streams SET start = ? WHERE name = ?', first.version, stream);
    return first;
  }

  /** Behind the last row of a stream, and of the log. */
  append(stream: string, row: Pick<RawRow, 'type' | 'data' | 'meta'>): RawRow {
    this.run('INSERT OR IGNORE INTO streams (name) VALUES (?)', stream);
    const [{ id }] = this.all('SELECT id FROM streams WHERE name = ?', stream) as [{ id: number }];
    const [{ position }] = this.all('SELECT max(position) + 1 AS position FROM events') as [{ position: number }];
    const version = (this.rows(stream).at(-1)?.version ?? -1) + 1;
    const { type, data, meta } = row;
    const values = [position, id, version, type, `planted-${position}`, 1_700_000_000_000, meta, data];
    this.run('INSERT INTO events (position, stream, version, type, id, time, meta, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?)', ...values);
    return this.row(stream, version);
  }

  run(sql: string, ...values: readonly unknown[]): void {
    this.db.prepare(sql).run(...values);
  }

  /** Rows without sums: nothing but what they say tells that they were altered. */
  close(): void {
    for (const table of ['events', 'snapshots', 'checkpoints', 'views']) this.run(`UPDATE ${table} SET sum = NULL`);
    this.db.close();
  }

  private all(sql: string, ...values: readonly unknown[]): unknown[] {
    return this.db.prepare(sql).all(...values);
  }
}
