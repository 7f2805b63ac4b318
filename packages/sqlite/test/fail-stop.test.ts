import { join } from 'node:path';
import { sqlite } from '@waybill/sqlite';
import type { Connection } from '../dist/file/driver';
import { defaultDriver } from '../dist/file/driver';
import { loadDriver } from '../dist/file/load-driver';
import * as driver from '../dist/file/driver-better';
import { child, codeOf, connect, idsOf, inFolder, one } from './kit';

/** Opens a store whose SQLite fails where `fault` says: it is asked before each statement that runs. */
function faulty(file: string, fault: (sql: string) => string | undefined) {
  const real = loadDriver(defaultDriver());
  const wrap = (db: Connection): Connection => ({
    exec: (sql) => db.exec(sql),
    close: () => db.close(),
    prepare: (sql) => {
      const statement = db.prepare(sql);
      const checked = <T>(call: () => T): T => {
        const code = fault(sql);
        if (code) throw Object.assign(new Error('injected'), { code });
        return call();
      };
      return {
        ...statement,
        run: (...values) => checked(() => statement.run(...values)),
        get: (...values) => checked(() => statement.get(...values)),
      };
    },
  });
  const load = jest.spyOn(driver, 'load').mockReturnValue({ open: (name) => wrap(real.open(name)) });
  const store = sqlite(file, { driver: 'better-sqlite3', thread: 'main' });
  load.mockRestore();
  return store;
}

const faults = [
  ['an I/O error before the commit', 'INSERT INTO events', 'SQLITE_IOERR_WRITE', 'STORE_IO'],
  ['a full disk before the commit', 'INSERT INTO events', 'SQLITE_FULL', 'STORE_DISK_FULL'],
  ['a full disk at the commit', 'COMMIT', 'SQLITE_FULL', 'STORE_DISK_FULL'],
  ['an error of fsync at the commit', 'COMMIT', 'SQLITE_IOERR_FSYNC', 'STORE_UNKNOWN_OUTCOME'],
] as const;

for (const [name, where, sqliteCode, code] of faults) {
  test(`${name} rejects the append with ${code}, and every later call with STORE_FAILED that names it`, () =>
    inFolder(async (folder) => {
      const file = join(folder, 'log.db');
      let broken = false;
      const store = faulty(file, (sql) => (broken && sql.startsWith(where) ? sqliteCode : undefined));
      await store.append(one('s', 'none', { id: 'before' }));
      broken = true;
      const together = [store.append(one('s', 0)), store.append(one('t', 'none'))];
      expect(await Promise.all(together.map((call) => codeOf(() => call)))).toEqual([code, code]);
      broken = false;
      const later = [
        () => store.append(one('s', 0)),
        () => store.read('s'),
        () => store.head(),
        () => store.checkpoint('c').load(),
        () => store.views.all('v'),
        () => store.subscribe({ after: 0 }, new AbortController().signal)[Symbol.asyncIterator]().next(),
      ];
      for (const call of later) expect(await codeOf(call)).toBe('STORE_FAILED');
      await expect(store.head()).rejects.toThrow(where === 'COMMIT' && code === 'STORE_UNKNOWN_OUTCOME' ? /STORE_IO/ : new RegExp(code));
      await store.close();
      const again = sqlite(file);
      expect(await idsOf(again, 's')).toEqual(['before']);
      await again.close();
    }));
}

test('an I/O error while a truncation is written lets go of nothing, and puts the store out of service', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'log.db');
    const store = faulty(file, (sql) => (sql.startsWith('UPDATE streams') ? 'SQLITE_IOERR_WRITE' : undefined));
    await store.append(one('s', 'none', { id: 'first', type: 'took:Noted' }));
    await store.append(one('s', 0, { id: 'second' }));
    expect(await codeOf(() => store.truncate('s', 1))).toBe('STORE_IO');
    expect(await codeOf(() => store.append(one('s', 1)))).toBe('STORE_FAILED');
    await store.close();
    const again = sqlite(file);
    expect(await idsOf(again, 's')).toEqual(['first', 'second']);
    await again.close();
  }));

test('an I/O error while a forgotten secret is taken out of the -wal file is told, and puts the store out of service', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'log.db');
    const store = faulty(file, (sql) => (sql.startsWith('PRAGMA wal_checkpoint') ? 'SQLITE_IOERR_FSYNC' : undefined));
    await store.keys.keep('p', 'c2VjcmV0');
    expect(await codeOf(() => store.keys.forget('p'))).toBe('STORE_UNKNOWN_OUTCOME');
    expect(await codeOf(() => store.append(one('s', 'none')))).toBe('STORE_FAILED');
    await store.close();
  }));

test('an I/O error of the operating system in the thread that commits puts the store out of service; what was acknowledged is kept', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'log.db');
    // A limit on the size of files: writes beyond it fail, also those of the -wal file.
    const writer = child('untilError', file, { shell: 'ulimit -f 2000' });
    const told = JSON.parse(String((await writer.lines.next()).value)) as { acknowledged: number; codes: string[]; message: string };
    expect(['STORE_UNKNOWN_OUTCOME', 'STORE_IO']).toContain(told.codes[0]);
    expect(told.codes.slice(1)).toEqual(['STORE_FAILED', 'STORE_FAILED']);
    expect(told.message).toMatch(/STORE_IO/);
    expect(await writer.ended).toBe(0);
    const store = sqlite(file);
    const there = (await store.read('big')).length;
    expect(told.acknowledged).toBeGreaterThan(0);
    expect([told.acknowledged, told.acknowledged + 1]).toContain(there);
    await store.close();
  }));

for (const thread of ['worker', 'main'] as const) {
  test(`a lock held for longer than the busy timeout rejects with STORE_BUSY, stores nothing, and the store goes on (thread: ${thread})`, () =>
    inFolder(async (folder) => {
      const file = join(folder, 'log.db');
      const store = sqlite(file, { busyTimeout: 20, thread });
      await store.append(one('s', 'none'));
      const other = connect(file);
      other.exec('BEGIN IMMEDIATE');
      expect(await codeOf(() => store.append(one('s', 0, { id: 'refused' })))).toBe('STORE_BUSY');
      other.exec('COMMIT');
      await store.append(one('s', 0, { id: 'taken' }));
      expect((await idsOf(store, 's')).slice(1)).toEqual(['taken']);
      other.close();
      await store.close();
    }));
}

test('a commit that does not end in time rejects with STORE_UNKNOWN_OUTCOME, and the store is out of service', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'log.db');
    const filled = sqlite(file);
    await filled.append(one('s', 'none'));
    await filled.close();
    // Nothing can end that commit, so its deadline passes however slow the machine is.
    const store = sqlite(file, { busyTimeout: 60_000, commitTimeout: 1_000 });
    const other = connect(file);
    other.exec('BEGIN IMMEDIATE');
    expect(await codeOf(() => store.append(one('s', 0)))).toBe('STORE_UNKNOWN_OUTCOME');
    expect(await codeOf(() => store.append(one('s', 0)))).toBe('STORE_FAILED');
    other.exec('COMMIT');
    other.close();
    await store.close();
  }));
