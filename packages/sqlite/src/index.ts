import { Burst } from './burst';
import { raise } from './errors';
import { translated } from './failure';
import { linked } from './file';
import { mainLane, readerFirst, WorkerLane } from './lane';
import { openLog } from './open';
import type { SqliteOptions } from './options';
import { checkedOptions } from './options';
import { Reader } from './reader';
import { warnOfOldSqlite } from './sqlite-version';
import { SqliteStore } from './store';
import { Writer } from './writer';

export type { WriterSettings } from './batch';
export type { DriverName } from './driver';
export type { Durability } from './connect';
export type { SqliteOptions } from './options';
export type { SqliteStore } from './store';

/**
 * A store in one file (and its -wal and -shm beside it), made with mode 0600 if it does not exist; any number of
 * processes on one machine may open it. ':memory:' keeps it in memory.
 * @throws WaybillError `STORE_OPTIONS`, `STORE_NO_DRIVER`, `STORE_FILE_…`, `STORE_FORMAT_NEWER`, `STORE_BUSY`, `STORE_DISK_FULL`, `STORE_IO`
 */
export function sqlite(file: string, options: SqliteOptions = {}): SqliteStore {
  const { thread, commitTimeout, ...rest } = checkedOptions(file, options);
  const settings = { file: linked(file), ...rest };
  const { db, id } = openLog(settings);
  warnOfOldSqlite(db);
  try {
    // In the main thread one connection does both.
    const burst = new Burst(db);
    const lane =
      thread === 'main' ? mainLane(new Writer(db, settings.file), burst) : readerFirst(db, burst, new WorkerLane(settings, commitTimeout));
    return new SqliteStore(id, settings, new Reader(db), burst, lane);
  } catch (error) {
    db.close();
    throw raise(translated(error, settings.file), error);
  }
}
