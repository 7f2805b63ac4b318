import type { Connection, DriverName } from './driver';
import { loadDriver } from './load-driver';

export type Durability = 'full' | 'relaxed';

/** What a connection needs to know; plain data, for it goes to the worker. */
export interface Settings {
  readonly file: string;
  readonly driver: DriverName;
  readonly durability: Durability;
  /** Milliseconds that a writer queues for another process's lock. */
  readonly busyTimeout: number;
}

/** A connection as every one to the file is set up. Throws the driver's own errors. */
export function connect({ file, driver, durability, busyTimeout }: Settings): Connection {
  const db = loadDriver(driver).open(file);
  db.exec(`PRAGMA busy_timeout = ${busyTimeout}`);
  db.exec(`PRAGMA synchronous = ${durability === 'full' ? 'FULL' : 'NORMAL'}`);
  // Longer between checkpoints, so that pages which many commits touch are copied back once.
  db.exec('PRAGMA wal_autocheckpoint = 2000; PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -8000');
  return db;
}

export function rollback(db: Connection): void {
  try {
    db.exec('ROLLBACK');
  } catch {
    // SQLite has ended the transaction by itself, or never began it.
  }
}
