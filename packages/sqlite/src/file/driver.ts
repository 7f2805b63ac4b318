/** The little of SQLite that this store uses; rows are arrays in the order of the columns. */
export interface Driver {
  open(file: string): Connection;
}

export interface Connection {
  exec(sql: string): void;
  prepare(sql: string): Statement;
  close(): void;
}

export interface Statement {
  run(...values: Value[]): void;
  get<R extends Row>(...values: Value[]): R | undefined;
  /** Each row as `make` returns it, in an array of this realm: one mapRows by a native module would be foreign inside a vm context. */
  all<R extends Row, T>(make: (row: R) => T, ...values: Value[]): T[];
}

export type Value = string | number | null;
export type Row = readonly Value[];
export type DriverName = 'node:sqlite' | 'better-sqlite3';

export function mapRows<R extends Row, T>(rows: readonly unknown[], make: (row: R) => T): T[] {
  const all: T[] = [];
  for (let i = 0; i < rows.length; i++) all.push(make(rows[i] as R));
  return all;
}

/** Node's own driver where there is one (22.13 and newer), else the native module. */
export function defaultDriver(node = process.versions.node): DriverName {
  const [major = 0, minor = 0] = node.split('.').map(Number);
  return major > 22 || (major === 22 && minor >= 13) ? 'node:sqlite' : 'better-sqlite3';
}
