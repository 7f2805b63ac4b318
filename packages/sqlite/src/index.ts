import { ReadTransaction } from './read/read-transaction';
import { errorOf } from './file/errors';
import { translated } from './file/failure';
import { pathOf } from './file/check-file';
import { mainThread, closingReaderFirst, WorkerThread } from './commit/commit-thread';
import { HERE } from './file/load-driver';
import { openLog } from './file/open';
import type { SqliteOptions } from './file/options';
import { checkedOptions } from './file/options';
import { Reader } from './read/reader';
import { warnOfOldSqlite } from './file/sqlite-version';
import { SqliteStore } from './store';
import { Writer } from './commit/writer';

export { backup } from './commit/backup';
export type { WriterSettings } from './commit/batch';
export type { DriverName } from './file/driver';
export type { Durability } from './file/connect';
export type { SqliteOptions } from './file/options';
export type { SqliteStore } from './store';

/**
 * A store in one file (with its -wal and -shm files next to it), created with mode 0600 if it does not exist; any number of
 * processes on one machine may open it. ':memory:' keeps it in memory.
 * @throws WaybillError `STORE_OPTIONS`, `STORE_NO_DRIVER`, `STORE_FILE_…`, `STORE_FORMAT_NEWER`, `STORE_BUSY`, `STORE_DISK_FULL`, `STORE_IO`
 */
export function sqlite(file: string, options: SqliteOptions = {}): SqliteStore {
  const { thread, commitTimeout, ...rest } = checkedOptions(file, options);
  const settings = { file: pathOf(file), from: HERE, ...rest };
  const { db, id, inPlace } = openLog(settings);
  warnOfOldSqlite(db);
  try {
    // In the main thread one connection both reads and commits.
    const readTransaction = new ReadTransaction(db);
    const commitThread =
      thread === 'main'
        ? mainThread(new Writer(db, settings.file, inPlace), readTransaction)
        : closingReaderFirst(db, readTransaction, new WorkerThread({ ...settings, known: inPlace.known }, commitTimeout));
    return new SqliteStore(id, settings, new Reader(db), readTransaction, commitThread, inPlace);
  } catch (error) {
    db.close();
    throw errorOf(translated(error, settings.file), error);
  }
}
