import type { Connection, Driver, Row, Statement, Value } from './driver';
import { mapRows } from './driver';

/** The part of `node:sqlite` that is used here; its types come only with @types/node 22. */
interface NodeStatement {
  run(...values: Value[]): unknown;
  get(...values: Value[]): unknown;
  all(...values: Value[]): unknown[];
  /** Node 22.16, 24.0 and newer. */
  setReturnArrays?(on: boolean): void;
}

interface NodeDatabase {
  exec(sql: string): void;
  prepare(sql: string): NodeStatement;
  close(): void;
}

export function load(): Driver {
  const { DatabaseSync } = require('node:sqlite') as { DatabaseSync: new (file: string) => NodeDatabase };
  return { open: (file) => new NodeConnection(new DatabaseSync(file)) };
}

class NodeConnection implements Connection {
  constructor(private readonly db: NodeDatabase) {}

  exec(sql: string): void {
    this.db.exec(sql);
  }

  prepare(sql: string): Statement {
    const statement = this.db.prepare(sql);
    statement.setReturnArrays?.(true);
    const asArray = (row: unknown) => (Array.isArray(row) || row === undefined ? row : Object.values(row as object)) as unknown;
    return {
      run: (...values) => void statement.run(...values),
      get: <R extends Row>(...values: Value[]) => asArray(statement.get(...values)) as R | undefined,
      all: <R extends Row, T>(make: (row: R) => T, ...values: Value[]) =>
        mapRows(statement.all(...values), (row) => make(asArray(row) as R)),
    };
  }

  close(): void {
    this.db.close();
  }
}
