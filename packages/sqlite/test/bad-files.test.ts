import { chmodSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sqlite } from '@waybill/sqlite';
import { FORMAT } from '../dist/file/schema';
import { child, codeOf, inFolder, one, patched } from './kit';

async function withRows(file: string): Promise<void> {
  const store = sqlite(file);
  for (let i = 0; i < 40; i++) await store.append(one(`s-${i}`, 'none', { data: JSON.stringify('x'.repeat(1_000)) }));
  await store.close();
}

/** Refused with `code`, in whatever thread, and left byte for byte as it was. */
async function refused(file: string, code: string): Promise<void> {
  const before = readFileSync(file);
  expect(await codeOf(() => sqlite(file).close())).toBe(code);
  expect(readFileSync(file).equals(before)).toBe(true);
}

test('a file that has our mark and none of our tables is refused with STORE_FILE_DAMAGED', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'log.db');
    patched(file, 'PRAGMA application_id = 0x57415942');
    await refused(file, 'STORE_FILE_DAMAGED');
  }));

test('a new file is for this user alone, its -wal file too', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'log.db');
    const store = sqlite(file);
    await store.append(one('s', 'none'));
    expect([file, `${file}-wal`].map((path) => statSync(path).mode & 0o777)).toEqual([0o600, 0o600]);
    await store.close();
  }));

test('the SQLite file of another program is refused with STORE_FILE_FOREIGN and left as it was', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'other.db');
    patched(file, 'CREATE TABLE songs (title TEXT)');
    await refused(file, 'STORE_FILE_FOREIGN');
  }));

test('a file of a newer format is refused with STORE_FORMAT_NEWER before any write', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'log.db');
    await withRows(file);
    patched(file, `PRAGMA user_version = ${FORMAT + 1}`);
    await refused(file, 'STORE_FORMAT_NEWER');
  }));

test('a file that is no database is refused with STORE_FILE_NOT_A_DATABASE, however short', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'letter.txt');
    for (const text of ['D', 'Dear Sir or Madam', 'x'.repeat(10_000)]) {
      writeFileSync(file, text);
      await refused(file, 'STORE_FILE_NOT_A_DATABASE');
    }
  }));

test('a folder is refused with STORE_FILE_IS_FOLDER, a path in none with STORE_FILE_NO_FOLDER', () =>
  inFolder(async (folder) => {
    writeFileSync(join(folder, 'file'), '');
    expect(await codeOf(() => sqlite(folder))).toBe('STORE_FILE_IS_FOLDER');
    expect(await codeOf(() => sqlite(join(folder, 'no', 'log.db')))).toBe('STORE_FILE_NO_FOLDER');
    expect(await codeOf(() => sqlite(join(folder, 'file', 'log.db')))).toBe('STORE_FILE_NO_FOLDER');
  }));

test('a file that was cut is refused with STORE_FILE_DAMAGED, wherever it was cut', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'log.db');
    await withRows(file);
    for (let size = statSync(file).size - 1; size >= 1; size = size > 4_096 ? size - 1_777 : size >> 1) {
      truncateSync(file, size);
      await refused(file, 'STORE_FILE_DAMAGED');
    }
  }));

test('a file whose pages were overwritten is refused with STORE_FILE_DAMAGED', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'log.db');
    await withRows(file);
    const bytes = readFileSync(file);
    bytes.fill(0x5a, 100, bytes.length);
    bytes.writeInt32BE(0x57415942, 68);
    writeFileSync(file, bytes);
    await refused(file, 'STORE_FILE_DAMAGED');
  }));

test('an empty file beside a -wal file that is not is refused with STORE_FILE_DAMAGED, and the -wal file is kept', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'log.db');
    writeFileSync(file, '');
    writeFileSync(`${file}-wal`, 'rows');
    await refused(file, 'STORE_FILE_DAMAGED');
    expect(readFileSync(`${file}-wal`, 'utf8')).toBe('rows');
  }));

const user = process.getuid?.() === 0 ? 65_534 : undefined;

(user === undefined ? test.skip : test)(
  `a file that this user may not read is refused with STORE_FILE_NO_PERMISSION, not write with STORE_FILE_READ_ONLY${user === undefined ? ' (skipped: needs root, to become another user)' : ''}`,
  () =>
    inFolder(async (folder) => {
      chmodSync(folder, 0o777);
      const mine = join(folder, 'mine.db');
      await withRows(mine);
      const open = (file: string) => child('open', file, { uid: user! }).lines.next();
      expect((await open(mine)).value).toBe('STORE_FILE_NO_PERMISSION');
      chmodSync(mine, 0o644);
      expect((await open(mine)).value).toBe('STORE_FILE_READ_ONLY');
      mkdirSync(join(folder, 'closed'), 0o755);
      expect((await open(join(folder, 'closed', 'log.db'))).value).toBe('STORE_FILE_NO_PERMISSION');
      expect((await open(join(folder, 'theirs.db'))).value).toBe('opened');
    }),
);

test('every option that is wrong is named in one STORE_OPTIONS', async () => {
  const wrong = { durability: 'none', thread: 'third', busyTimeout: -1, colour: 'red' } as unknown as { thread: 'main' };
  expect(await codeOf(() => sqlite('', wrong))).toBe('STORE_OPTIONS');
  expect(() => sqlite('', wrong)).toThrow(
    /file is "".*durability is "none".*thread is "third".*busyTimeout is -1.*"colour" is not an option/,
  );
});
