import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sqlite } from '@waybill/sqlite';
import { checksumOf } from '../dist/file/checksum';
import { FORMAT, STEPS } from '../dist/file/schema';
import { child, codeOf, column, connect, event, idsOf, inFolder, one, rows } from './kit';

/** The tables of format 1, as they stand in files that were made then. */
const FORMAT_1 = `
  PRAGMA application_id = 0x57415942; PRAGMA user_version = 1; PRAGMA journal_mode = WAL;
  CREATE TABLE log (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE streams (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
  CREATE TABLE events (
    position INTEGER PRIMARY KEY, stream INTEGER NOT NULL, version INTEGER NOT NULL, type TEXT NOT NULL,
    id TEXT NOT NULL, time INTEGER NOT NULL, meta TEXT NOT NULL, data TEXT NOT NULL
  );
  CREATE UNIQUE INDEX events_by_stream ON events (stream, version);
  CREATE TABLE checkpoints (consumer TEXT PRIMARY KEY, store TEXT NOT NULL, position INTEGER NOT NULL, epoch INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE snapshots (stream TEXT PRIMARY KEY, version INTEGER NOT NULL, data TEXT NOT NULL);
  CREATE TABLE views (view TEXT NOT NULL, key TEXT NOT NULL, row TEXT, position INTEGER NOT NULL, PRIMARY KEY (view, key)) WITHOUT ROWID;
  INSERT INTO log VALUES ('id', 'made-long-ago');
  INSERT INTO streams VALUES (1, 's'), (2, 't');
  INSERT INTO checkpoints VALUES ('c', 'made-long-ago', 3, 2);
  INSERT INTO snapshots VALUES ('s', 1, '"one"');
  INSERT INTO views VALUES ('v', 'k', '{}', 3);
`;
const OLD = ['took:Placed', 'Shipped', 'took:Placed'].map((type, n) => event({ type, id: `old-${n}` }));

function old(file: string, more = ''): void {
  const db = connect(file);
  db.exec(FORMAT_1 + more);
  const insert = db.prepare('INSERT INTO events VALUES (?, 1, ?, ?, ?, ?, ?, ?)');
  OLD.forEach(({ type, id, time, meta, data }, n) => insert.run(n + 1, n, type, id, time, meta, data));
  db.close();
}

const format = (file: string) => readFileSync(file).readInt32BE(60);

test('a file of format 1 opens with all that it held, goes on, and takes what came with later formats', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'log.db');
    old(file);
    const store = sqlite(file);
    expect(store.id).toBe('made-long-ago');
    expect(await idsOf(store, 's')).toEqual(['old-0', 'old-1', 'old-2']);
    expect(await store.checkpoint('c').load()).toEqual({ store: 'made-long-ago', position: 3, epoch: 2 });
    expect(await store.snapshot('s').load()).toEqual({ version: 1, data: '"one"' });
    expect(await store.views.all('v')).toEqual([{ key: 'k', row: '{}', position: 3 }]);
    expect(await store.append([{ stream: 's', expected: 'none', events: OLD }])).toEqual([{ ok: true, version: 2, position: 3 }]);
    await store.append([...one('s', 2, { id: 'new' }), ...one('t', 'none'), ...one('u', 'none')]);
    await store.truncate('s', 3);
    expect(await store.keys.keep('p', 'c2VjcmV0')).toBe('c2VjcmV0');
    await store.close();
    expect(format(file)).toBe(FORMAT);
    const again = sqlite(file);
    expect(await idsOf(again, 's')).toEqual(['new']);
    expect([...(await again.keys.load(['p']))]).toEqual([['p', 'c2VjcmV0']]);
    await again.close();
  }));

test('rows of a file of format 2 are read as they stand; those that come have sums', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'log.db');
    old(file, `${STEPS[1]} PRAGMA user_version = 2;`);
    const store = sqlite(file);
    expect(await idsOf(store, 's')).toEqual(['old-0', 'old-1', 'old-2']);
    await store.append(one('s', 2, { id: 'new' }));
    await store.checkpoint('c').save({ store: store.id, position: 4, epoch: 2 });
    await store.close();
    expect(format(file)).toBe(FORMAT);
    const db = connect(file);
    expect(column(db, 'SELECT sum IS NULL FROM events ORDER BY position')).toEqual([1, 1, 1, 0]);
    expect(column(db, 'SELECT sum IS NULL FROM checkpoints')).toEqual([0]);
    db.close();
    const again = sqlite(file);
    expect(await idsOf(again, 's')).toEqual(['old-0', 'old-1', 'old-2', 'new']);
    await again.close();
  }));

test('view rows of a file of format 3 are read as they stand, with their sums; those that come may be held up', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'log.db');
    old(file);
    const db = connect(file);
    db.exec(`${STEPS[1]} ${STEPS[2]} PRAGMA user_version = 3`);
    db.prepare(`INSERT INTO views VALUES ('v', 'l', '{"n":1}', 4, ?)`).run(checksumOf('v', 'l', '{"n":1}', 4));
    db.close();
    const store = sqlite(file);
    const rows = [
      { key: 'k', row: '{}', position: 3 },
      { key: 'l', row: '{"n":1}', position: 4 },
    ];
    expect(await store.views.all('v')).toEqual(rows);
    const held = { key: 'l', row: '{"n":1}', blocked: '{"from":4}', position: 5 };
    expect(await store.views.write('v', [{ ...held, expected: 4 }])).toEqual([true]);
    await store.close();
    expect(format(file)).toBe(FORMAT);
    const again = sqlite(file);
    expect(await again.views.all('v')).toEqual([rows[0], held]);
    await again.close();
  }));

test('a file of format 1 becomes what a new one is', () =>
  inFolder(async (folder) => {
    const shapes = await Promise.all(
      ['old.db', 'new.db'].map(async (name) => {
        const file = join(folder, name);
        if (name === 'old.db') old(file);
        await sqlite(file).close();
        const db = connect(file);
        const tables = column(db, `SELECT name FROM sqlite_schema WHERE type IN ('table', 'index') ORDER BY name`);
        const shape = tables.map((table) => [table, rows(db, `PRAGMA table_info(${table})`), rows(db, `PRAGMA index_list(${table})`)]);
        db.close();
        return shape;
      }),
    );
    expect(shapes[0]).toEqual(shapes[1]);
  }));

test('several processes that open one file of format 1 at once all get it; it is brought up to date once', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'log.db');
    old(file);
    const others = Array.from({ length: 4 }, () => child('open', file));
    const told = await Promise.all(others.map(async ({ lines }) => (await lines.next()).value as string));
    expect(told).toEqual(['opened', 'opened', 'opened', 'opened']);
    const store = sqlite(file);
    expect(await idsOf(store, 's')).toEqual(['old-0', 'old-1', 'old-2']);
    await store.close();
    expect(format(file)).toBe(FORMAT);
  }));

test('a file of format 1 that cannot be brought up to date is refused and stays one, whole', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'log.db');
    old(file, 'CREATE TABLE secrets (theirs TEXT);');
    expect(await codeOf(() => sqlite(file))).toBe('STORE_FILE_DAMAGED');
    const db = connect(file);
    expect(column(db, 'PRAGMA user_version')).toEqual([1]);
    expect(rows(db, 'PRAGMA table_info(streams)').map(([, name]) => name)).toEqual(['id', 'name']);
    expect(column(db, `SELECT count(*) FROM sqlite_schema WHERE name = 'subjects'`)).toEqual([0]);
    db.close();
  }));
