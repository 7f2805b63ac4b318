import { randomBytes } from 'node:crypto';
import { show, WaybillError } from '@waybill/core/store-kit';
import type { Settings } from './connect';
import { connect, rollback } from './connect';
import type { Connection } from './driver';
import { loadDriver } from './load-driver';
import { errorOf } from './errors';
import { sqliteName, translated } from './failure';
import { checkFile, damaged, foreign, hasWal, newer, syncRecovered, withoutWal } from './check-file';
import { InPlace } from './in-place';
import { APPLICATION_ID, FORMAT, STEPS, TABLES, WHOLE } from './schema';

interface Opened {
  readonly db: Connection;
  readonly id: string;
  readonly inPlace: InPlace;
}

/** @throws WaybillError, before anything is written, for a file that is not ours, is damaged or has a newer format */
export function openLog(settings: Settings): Opened {
  const { file } = settings;
  const memory = file === ':memory:';
  const inPlace = new InPlace(file);
  if (!memory) checkFile(file);
  inPlace.failure();
  const db = firstConnection(settings);
  try {
    prepareLog(db, file);
    // A file that was cut off has lost its newest row.
    db.prepare('SELECT max(position) FROM events').get();
    const [id] = db.prepare(`SELECT value FROM log WHERE name = 'id'`).get<[string]>() ?? [];
    if (id === undefined) throw damaged(file, 'its id is missing');
    checkIndexes(db, file);
    useWal(db, file);
    if (!memory) mustBeWhole(db, file);
    if (!memory) syncRecovered(file);
    const lost = inPlace.failure();
    if (lost) throw errorOf(lost);
    return { db, id, inPlace };
  } catch (error) {
    db.close();
    if (error instanceof WaybillError) throw error;
    if (sqliteName(error) === 'ERROR') throw damaged(file, 'its tables are not there');
    throw errorOf(translated(error, file), error);
  }
}

/** A file of up to this many pages is checked whole when it is opened: about 20 milliseconds for 16 MiB. */
const CHECKED_PAGES = 4_096;

/** A checksum finds a row that was changed; a row that an index has lost is found only by looking at all of them. */
function checkIndexes(db: Connection, file: string): void {
  if (number(db, 'page_count') > CHECKED_PAGES) return;
  const [found = 'ok'] = db.prepare('PRAGMA integrity_check(1)').get<[string]>() ?? [];
  if (found !== 'ok') throw damaged(file, found.slice(0, 200));
}

/** Whoever moves pages out of the -wal file meanwhile keeps that file, and says at the end that all is there. */
function mustBeWhole(db: Connection, file: string): void {
  const isWhole = (): boolean => db.prepare(`SELECT value FROM log WHERE name = '${WHOLE}'`).get<[string]>()?.[0] !== 'no';
  if (!isWhole() && !hasWal(file) && !isWhole()) throw withoutWal(file);
}

function firstConnection(settings: Settings): Connection {
  const { driver, file, from } = settings;
  try {
    loadDriver(driver, from);
  } catch (cause) {
    const what = `the SQLite driver ${driver} does not load on Node ${process.versions.node}`;
    const fix = `use Node 22.13 or newer, or run \`npm install @waybill/sqlite-native\` where ${show(from)} finds it`;
    throw new WaybillError('STORE_NO_DRIVER', what, fix, { cause });
  }
  try {
    return connect(settings);
  } catch (error) {
    throw errorOf(translated(error, file), error);
  }
}

function prepareLog(db: Connection, file: string): void {
  if (number(db, 'application_id') === 0) create(db, file);
  if (number(db, 'application_id') !== APPLICATION_ID) throw foreign(file);
  if (number(db, 'user_version') < FORMAT) update(db);
  const format = number(db, 'user_version');
  if (format > FORMAT) throw newer(file, format);
}

/** All steps in one transaction: a file has its old format or the new one, even if the process is killed meanwhile. */
function update(db: Connection): void {
  inTransaction(db, () => {
    for (let format = number(db, 'user_version'); STEPS[format] !== undefined; format++) {
      db.exec(`${STEPS[format]}; PRAGMA user_version = ${format + 1}`);
    }
  });
}

/** In WAL mode readers never wait for writers, nor writers for readers. */
function useWal(db: Connection, file: string): void {
  const mode = retryBusy(number(db, 'busy_timeout'), () => db.prepare('PRAGMA journal_mode = WAL').get<[string]>()?.[0]);
  if (mode === 'wal' || file === ':memory:') return;
  const what = `the file system of ${show(file)} cannot share memory between processes, which SQLite's WAL needs`;
  throw new WaybillError('STORE_FILE_NO_WAL', what, 'put the file on a local disk');
}

/** All in one transaction: a file is empty or complete, even if the process is killed while creating it. */
function create(db: Connection, file: string): void {
  inTransaction(db, () => {
    const [tables] = db.prepare('SELECT count(*) FROM sqlite_schema').get<[number]>() ?? [0];
    if (tables === 0) {
      db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${FORMAT}; ${TABLES}`);
      db.prepare(`INSERT INTO log (name, value) VALUES ('id', ?)`).run(randomBytes(8).toString('hex'));
    } else if (number(db, 'application_id') !== APPLICATION_ID) {
      throw foreign(file);
    }
  });
}

function inTransaction(db: Connection, body: () => void): void {
  db.exec('BEGIN IMMEDIATE');
  try {
    body();
    db.exec('COMMIT');
  } catch (error) {
    rollback(db);
    throw error;
  }
}

/** Two processes may create the same file, and changing the journal mode does not always wait for the lock: so it is retried. */
function retryBusy<T>(milliseconds: number, action: () => T): T {
  const end = process.hrtime.bigint() + BigInt(milliseconds) * 1_000_000n;
  for (;;) {
    try {
      return action();
    } catch (error) {
      if (sqliteName(error) !== 'BUSY' || process.hrtime.bigint() > end) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}

function number(db: Connection, pragma: string): number {
  return db.prepare(`PRAGMA ${pragma}`).get<[number]>()?.[0] ?? 0;
}
