import { createRequire } from 'node:module';
import type { Connection, Driver, Row, Statement, Value } from './driver';
import { mapRows } from './driver';

/** What we use of `better-sqlite3`. */
interface BetterStatement {
  readonly reader: boolean;
  raw(on: boolean): unknown;
  run(...values: Value[]): unknown;
  get(...values: Value[]): unknown;
  all(...values: Value[]): unknown[];
}

interface BetterDatabase {
  exec(sql: string): unknown;
  prepare(sql: string): BetterStatement;
  close(): unknown;
}

/** Looked up on disk from `from` on: no bundler can take a native module along, and the commit thread has no place of its own. */
export function load(from: string): Driver {
  const Database = createRequire(from)('@waybill/sqlite-native') as new (file: string) => BetterDatabase;
  new Database(':memory:').close(); // the native part loads only now
  return { open: (file) => new BetterConnection(new Database(file)) };
}

class BetterConnection implements Connection {
  constructor(private readonly db: BetterDatabase) {}

  exec(sql: string): void {
    this.db.exec(sql);
  }

  prepare(sql: string): Statement {
    const statement = this.db.prepare(sql);
    if (statement.reader) statement.raw(true);
    return {
      run: (...values) => void statement.run(...values),
      get: <R extends Row>(...values: Value[]) => statement.get(...values) as R | undefined,
      all: <R extends Row, T>(make: (row: R) => T, ...values: Value[]) => mapRows(statement.all(...values), make),
    };
  }

  close(): void {
    this.db.close();
  }
}
