import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Keys } from '@waybill/core';
import { sqlite } from '@waybill/sqlite';
import { child, codeOf, column, connect, inFolder, one } from './kit';

const secret = () => randomBytes(32).toString('base64');

/** Those of the secrets whose bytes stand in the file or beside it. */
function inFile(file: string, secrets: readonly string[]): string[] {
  const bytes = ['', '-wal', '-shm', '-journal']
    .map((suffix) => file + suffix)
    .filter(existsSync)
    .map((path) => readFileSync(path, 'latin1'))
    .join('');
  return secrets.filter((one) => bytes.includes(one));
}

async function kept(keys: Keys, count: number): Promise<[subject: string, secret: string][]> {
  const people = Array.from({ length: count }, (_, n) => [`${n % 7}-person-${'x'.repeat(n % 90)}-${n}`, secret()] as [string, string]);
  await Promise.all(people.map(([subject, one]) => keys.keep(subject, one)));
  return people;
}

for (const thread of ['worker', 'main'] as const) {
  test(`a forgotten secret is in no byte of the file nor of its -wal once forget resolves, and after the close (thread: ${thread})`, () =>
    inFolder(async (folder) => {
      const file = join(folder, 'log.db');
      const store = sqlite(file, { thread });
      const people = await kept(store.keys, 5);
      const [[subject, gone], ...rest] = people as [[string, string], ...[string, string][]];
      const others = rest.map(([, one]) => one);
      await store.append(one('s', 'none'));
      expect(inFile(file, [gone])).toEqual([gone]);
      await store.keys.forget(subject);
      expect(inFile(file, [gone])).toEqual([]);
      expect(inFile(file, others)).toEqual(others);
      await store.append(one('s', 0));
      await store.close();
      expect(inFile(file, [gone, ...others])).toEqual(others);
    }));
}

test('of 3,000 secrets in many pages, forgotten in any order between others that are kept, not one leaves a copy', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'log.db');
    const store = sqlite(file, { durability: 'relaxed' });
    const people = await kept(store.keys, 3_000);
    const leaving = people.filter((_, n) => n % 3 !== 0);
    for (let at = 0; at < leaving.length; at += 200) {
      await Promise.all([...leaving.slice(at, at + 200).map(([subject]) => store.keys.forget(subject)), kept(store.keys, at)]);
    }
    const gone = leaving.map(([, one]) => one);
    expect(inFile(file, gone)).toEqual([]);
    const staying = people.filter((_, n) => n % 3 === 0);
    expect(
      await store.keys
        .load(staying.map(([subject]) => subject))
        .then((loaded) => [...loaded.values()].filter((one) => !gone.includes(one)).length),
    ).toBe(1_000);
    await store.close();
    expect(inFile(file, gone)).toEqual([]);
    const db = connect(file);
    expect(column(db, 'PRAGMA integrity_check')).toEqual(['ok']);
    db.close();
  }));

test('secrets of 1 to 512 bytes, in any script, are forgotten to the last byte', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'log.db');
    const store = sqlite(file);
    const secrets = ['\u00e9'.repeat(256), '\u{1f600}'.repeat(128), secret().repeat(11), 'plain-but-rare'];
    for (const [n, one] of secrets.entries()) await store.keys.keep(`p-${n}`, one);
    for (const n of secrets.keys()) await store.keys.forget(`p-${n}`);
    await store.close();
    const parts = secrets.map((one) => Buffer.from(one).subarray(0, 12).toString('latin1'));
    expect(inFile(file, parts)).toEqual([]);
  }));

test('while a reader of another process needs the old pages forget rejects with STORE_BUSY, though nobody can load the secret; repeated, it resolves', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'log.db');
    const store = sqlite(file, { busyTimeout: 100 });
    const held = await store.keys.keep('p', secret());
    const reader = connect(file);
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM secrets').get();
    expect(await codeOf(() => store.keys.forget('p'))).toBe('STORE_BUSY');
    expect((await store.keys.load(['p'])).size).toBe(0);
    expect((await store.append(one('s', 'none')))[0]?.ok).toBe(true);
    reader.exec('COMMIT');
    await store.keys.forget('p');
    expect(inFile(file, [held])).toEqual([]);
    expect(statSync(`${file}-wal`).size).toBe(0);
    reader.close();
    await store.close();
  }));

test('subscriptions and reads that go on while secrets are forgotten do not keep them', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'log.db');
    const [store, other] = [sqlite(file), sqlite(file)];
    const people = await kept(store.keys, 40);
    const stop = new AbortController();
    const seen: string[] = [];
    const subscribed = (async () => {
      for await (const page of other.subscribe({ after: 0, limit: 3 }, stop.signal)) seen.push(...page.events.map(({ id }) => id));
    })();
    const appending = (async () => {
      for (let last = -1; last < 200; last++) {
        await store.append(one('s', last < 0 ? 'none' : last));
        await other.read('s', Math.max(0, last - 20));
      }
    })();
    await Promise.all([appending, ...people.map(([subject]) => store.keys.forget(subject))]);
    expect(
      inFile(
        file,
        people.map(([, one]) => one),
      ),
    ).toEqual([]);
    while (seen.length < 201) await new Promise(setImmediate);
    stop.abort();
    await subscribed;
    await store.close();
    await other.close();
  }));

test('processes that keep secrets of the same people at once are all told the same ones', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'log.db');
    const others = [child('keeping', file), child('keeping', file), child('keeping', file)];
    const told = await Promise.all(others.map(async ({ lines }) => (await lines.next()).value as string));
    expect(new Set(told).size).toBe(1);
    expect(new Set(told[0]!.split(' ')).size).toBe(50);
  }));
