interface Statement {
  run(...values: readonly unknown[]): unknown;
  all(...values: readonly unknown[]): unknown[];
}
export interface Database {
  exec(sql: string): unknown;
  prepare(sql: string): Statement;
  close(): unknown;
}
type Constructor = new (file: string) => Database;

/** A store's SQLite file from outside of the store, by the driver that this Node has. */
export function openDatabase(file: string): Database {
  const db = new (driver())(file);
  db.exec('PRAGMA busy_timeout = 60000');
  return db;
}

function driver(): Constructor {
  try {
    return (require('node:sqlite') as { DatabaseSync: Constructor }).DatabaseSync;
  } catch {
    return require('@waybill/sqlite-native') as Constructor;
  }
}
