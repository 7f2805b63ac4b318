import type { Connection, DriverName } from './driver';
import type { InPlace } from './in-place';
import { loadDriver } from './load-driver';

export type Durability = 'full' | 'relaxed';

/** What a connection needs to know; plain data, since it is sent to the worker. */
export interface Settings {
  readonly file: string;
  readonly driver: DriverName;
  /** Where on disk the search for a native driver begins. */
  readonly from: string;
  readonly durability: Durability;
  /** Milliseconds that a writer waits for another process's lock. */
  readonly busyTimeout: number;
}

/** What the commit thread needs: the file that is open, too, so that it opens no other. */
export interface WorkerSettings extends Settings {
  readonly known: InPlace['known'];
}

/** Opens a connection with the settings that every one to the file has. Throws the driver's own errors. */
export function connect({ file, driver, from, durability, busyTimeout }: Settings): Connection {
  const db = loadDriver(driver, from).open(file);
  db.exec(`PRAGMA busy_timeout = ${busyTimeout}`);
  db.exec(`PRAGMA synchronous = ${durability === 'full' ? 'FULL' : 'NORMAL'}`);
  // The writer moves pages out of the -wal file itself, well before this many.
  db.exec('PRAGMA wal_autocheckpoint = 8000; PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -8000');
  return db;
}

export function rollback(db: Connection): void {
  try {
    db.exec('ROLLBACK');
  } catch {
    // SQLite has ended the transaction itself, or never began it.
  }
}
