/** SQLite by the driver that the store takes: better-sqlite3 and node:sqlite share this much. */
export interface Database {
  exec(sql: string): unknown;
  prepare(sql: string): Statement;
  close(): unknown;
}
export interface Statement {
  run(...values: unknown[]): unknown;
  all(...values: unknown[]): unknown[];
}
type Constructor = new (file: string) => Database;

export function openDatabase(file: string): Database {
  return new (driver())(file);
}

function driver(): Constructor {
  try {
    return (require('node:sqlite') as { DatabaseSync: Constructor }).DatabaseSync;
  } catch {
    return require('@waybill/sqlite-native') as Constructor;
  }
}
