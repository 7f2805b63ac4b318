import type BetterSqlite from 'better-sqlite3';
import type { Connection, Driver, Row, Statement, Value } from './driver';
import { mapRows } from './driver';

export function load(): Driver {
  const Database = installed();
  new Database(':memory:').close(); // the native part loads only now
  return { open: (file) => new BetterConnection(new Database(file)) };
}

/** What came with us where Node has no SQLite of its own; elsewhere what the application has installed. */
function installed(): typeof BetterSqlite {
  try {
    return require('@waybill/sqlite-native') as typeof BetterSqlite;
  } catch {
    return require('better-sqlite3') as typeof BetterSqlite;
  }
}

class BetterConnection implements Connection {
  constructor(private readonly db: BetterSqlite.Database) {}

  exec(sql: string): void {
    this.db.exec(sql);
  }

  prepare(sql: string): Statement {
    const statement = this.db.prepare<Value[], unknown>(sql);
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
