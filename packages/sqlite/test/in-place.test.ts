import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SqliteStore } from '@waybill/sqlite';
import { backup, sqlite } from '@waybill/sqlite';
import { codeOf, connect, event, idsOf, inFolder, one, patched } from './kit';

const ways: readonly (readonly [string, (file: string) => void])[] = [
  ['removed', (file) => rmSync(file)],
  ['moved', (file) => renameSync(file, `${file}.moved`)],
  [
    'replaced by a copy',
    (file) => {
      copyFileSync(file, `${file}.copy`);
      renameSync(`${file}.copy`, file);
    },
  ],
  ['kept, but for its -wal file', (file) => rmSync(`${file}-wal`)],
];

for (const thread of ['worker', 'main'] as const) {
  for (const [name, act] of ways) {
    test(`of a file that was ${name} under a running store, appends and saves are refused, and nothing is acknowledged (${thread})`, () =>
      inFolder(async (folder) => {
        const file = join(folder, 'log.db');
        const store = sqlite(file, { thread });
        await store.append(one('s', 'none'));
        act(file);
        expect(await codeOf(() => store.append(one('s', 0)))).toBe('STORE_FILE_REPLACED');
        expect(await codeOf(() => store.append(one('s', 0)))).toBe('STORE_FAILED');
        expect(await codeOf(() => store.checkpoint('c').save({ store: store.id, position: 1, epoch: 0 }))).toBe('STORE_FAILED');
        await store.close();
      }));
  }
}

test('a file that was replaced before the first commit is not written by the commit thread', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'log.db');
    const store = sqlite(file);
    const other = sqlite(join(folder, 'other.db'));
    await other.append(one('s', 'none', { id: 'theirs' }));
    await other.close();
    renameSync(join(folder, 'other.db'), file);
    expect(await codeOf(() => store.append(one('s', 0)))).toBe('STORE_FILE_REPLACED');
    await store.close();
    expect(await idsOf(sqlite(file), 's')).toEqual(['theirs']);
  }));

test('a store that only waits for rows is told that its file was replaced', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'log.db');
    const store = sqlite(file);
    const pages = store.subscribe({ after: 0 }, new AbortController().signal)[Symbol.asyncIterator]();
    await pages.next();
    renameSync(file, `${file}.moved`);
    expect(await codeOf(() => pages.next())).toBe('STORE_FILE_REPLACED');
    await store.close();
  }));

test('a path has one meaning, wherever the process goes and however a driver reads it', () =>
  inFolder(async (folder) => {
    const home = process.cwd();
    mkdirSync(join(folder, 'elsewhere'));
    try {
      process.chdir(folder);
      for (const [given, path] of [
        ['plain.db', 'plain.db'],
        [' trimmed.db ', 'trimmed.db'],
        ['file:uri.db', 'file:uri.db'],
        ['file:uri.db?mode=memory', 'file:uri.db?mode=memory'],
      ] as const) {
        const store = sqlite(given);
        process.chdir(join(folder, 'elsewhere'));
        await store.append(one('s', 'none', { id: given }));
        await store.close();
        process.chdir(folder);
        expect(store.file).toBe(join(process.cwd(), path));
        const again = sqlite(given);
        expect(await idsOf(again, 's')).toEqual([given]);
        await again.close();
        expect(statSync(path).mode & 0o777).toBe(0o600);
      }
      expect(existsSync(join(folder, 'uri.db'))).toBe(false);
    } finally {
      process.chdir(home);
    }
  }));

/** A store that has committed something which stands in its -wal file alone. */
async function running(file: string): Promise<SqliteStore> {
  const store = sqlite(file);
  await store.append(one('s', 'none', { id: 'first' }));
  await store.append(one('s', 0, { id: 'second' }));
  return store;
}

test('a copy of a running store without its -wal file is refused; with it, it opens', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'log.db');
    const store = await running(file);
    const copy = join(folder, 'copy.db');
    copyFileSync(file, copy);
    expect(await codeOf(() => sqlite(copy))).toBe('STORE_FILE_WITHOUT_WAL');
    rmSync(copy);
    rmSync(`${copy}-wal`, { force: true });
    rmSync(`${copy}-shm`, { force: true });
    copyFileSync(file, copy);
    copyFileSync(`${file}-wal`, `${copy}-wal`);
    const opened = sqlite(copy);
    expect(await idsOf(opened, 's')).toEqual(['first', 'second']);
    await opened.close();
    await store.close();
  }));

test('the copy is noticed after any number of commits, of two stores, and after keys were forgotten', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'log.db');
    const stores = [await running(file), sqlite(file)] as const;
    let version = 1;
    const grow = async (store: SqliteStore, data = '{}') => store.append([{ stream: 's', expected: version++, events: [event({ data })] }]);
    const refused = async () => {
      const copy = join(folder, `copy-${version}.db`);
      copyFileSync(file, copy);
      expect(await codeOf(() => sqlite(copy))).toBe('STORE_FILE_WITHOUT_WAL');
    };
    for (let i = 0; i < 40; i++) await grow(stores[i % 2]!, JSON.stringify('x'.repeat(500_000)));
    await refused();
    await stores[0].keys.keep('p', 'c2VjcmV0');
    await stores[0].keys.forget('p');
    await grow(stores[0]);
    await refused();
    await stores[0].close();
    await grow(stores[1]);
    await refused();
    await stores[1].close();
    const again = sqlite(file);
    expect((await idsOf(again, 's')).length).toBe(version + 1);
    await again.close();
  }));

test('a file whose connections were closed without the store is whole', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'log.db');
    const store = sqlite(file, { thread: 'main' });
    await store.append(one('s', 'none', { id: 'first' }));
    await store.close();
    const copy = join(folder, 'copy.db');
    copyFileSync(file, copy);
    const opened = sqlite(copy);
    expect(await idsOf(opened, 's')).toEqual(['first']);
    await opened.close();
  }));

test('a backup of a running store holds all that was committed, under the same id, and is one file', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'log.db');
    const store = await running(file);
    await store.checkpoint('c').save({ store: store.id, position: 2, epoch: 0 });
    await store.keys.keep('p', 'c2VjcmV0');
    for (const [from, name] of [
      [store, 'a.db'],
      [file, 'b.db'],
    ] as const) {
      const to = join(folder, name);
      await backup(from, to);
      await store.append(one(name, 'none'));
      expect(existsSync(`${to}-wal`)).toBe(false);
      expect(statSync(to).mode & 0o777).toBe(0o600);
      const copy = sqlite(to);
      expect(copy.id).toBe(store.id);
      expect(await idsOf(copy, 's')).toEqual(['first', 'second']);
      expect(await idsOf(copy, name)).toEqual([]);
      expect((await copy.checkpoint('c').load()).position).toBe(2);
      expect([...(await copy.keys.load(['p'])).values()]).toEqual(['c2VjcmV0']);
      await copy.append(one('s', 1, { id: 'third' }));
      await copy.close();
    }
    await store.close();
  }));

test('a backup replaces nothing, leaves nothing half done, and makes no file where there is none to copy', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'log.db');
    const store = await running(file);
    const to = join(folder, 'to.db');
    writeFileSync(to, 'theirs');
    expect(await codeOf(() => backup(store, to))).toBe('STORE_FILE_EXISTS');
    expect(await codeOf(() => backup(store, join(folder, 'no', 'to.db')))).toBe('STORE_FILE_NO_FOLDER');
    expect(await codeOf(() => backup(join(folder, 'none.db'), join(folder, 'new.db')))).toBe('STORE_FILE_MISSING');
    expect(await codeOf(() => backup(to, join(folder, 'new.db')))).toBe('STORE_FILE_NOT_A_DATABASE');
    expect(existsSync(join(folder, 'none.db')) || existsSync(join(folder, 'new.db'))).toBe(false);
    await store.close();
    const copy = join(folder, 'copy.db');
    await backup(file, copy);
    const db = connect(copy);
    db.close();
    patched(copy, 'SELECT 1');
  }));
