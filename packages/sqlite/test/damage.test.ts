import { copyFileSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sqlite } from '@waybill/sqlite';
import { codeOf, idsOf, inFolder, one, patched } from './kit';

for (const thread of ['worker', 'main'] as const) {
  test(`a file in which a bit of a column's name is flipped is refused with STORE_FILE_DAMAGED when it is opened or at its first use (thread: ${thread})`, () =>
    inFolder(async (folder) => {
      const file = join(folder, 'log.db');
      const store = sqlite(file);
      await store.append(one('s', 'none'));
      await store.close();
      const bytes = readFileSync(file);
      for (const name of ['epoch INTEGER', 'consumer TEXT', 'time INTEGER', 'slot INTEGER PRIMARY', 'version INTEGER NOT NULL, data']) {
        const damaged = Buffer.from(bytes);
        const at = damaged.indexOf(name);
        expect(at).toBeGreaterThan(0);
        damaged[at]! ^= 1;
        writeFileSync(file, damaged);
        const use = async (): Promise<void> => {
          const opened = sqlite(file, { thread });
          try {
            await opened.append(one('t', 'none'));
          } finally {
            await opened.close();
          }
        };
        expect([name, await codeOf(use)]).toEqual([name, 'STORE_FILE_DAMAGED']);
      }
    }));
}

test('a file that a checkpoint left short, with the rest in its -wal file, opens with every row through a symbolic link too', () =>
  inFolder(async (folder) => {
    const [file, short, link] = [join(folder, 'log.db'), join(folder, 'short', 'log.db'), join(folder, 'link.db')];
    const store = sqlite(file);
    const made = statSync(file).size;
    const ids = Array.from({ length: 40 }, (_, n) => `row-${n}`);
    for (const [n, id] of ids.entries())
      await store.append(one('s', n === 0 ? 'none' : n - 1, { id, data: JSON.stringify('x'.repeat(900)) }));
    mkdirSync(join(folder, 'short'));
    copyFileSync(`${file}-wal`, `${short}-wal`);
    await store.close();
    writeFileSync(short, readFileSync(file).subarray(0, made));
    symlinkSync(short, link);
    const opened = sqlite(link);
    expect(await idsOf(opened, 's')).toEqual(ids);
    await opened.close();
  }));

/** What the disk may do to a value, and a read that comes upon it. */
const CHANGES = [
  ...[
    'stream = 2',
    'version = 7',
    "type = 'Other'",
    "id = 'other'",
    'time = time + 4294967296',
    "meta = '{} '",
    'data = \'{"n":2}\'',
    'data = 5',
  ].map((change) => `UPDATE events SET ${change} WHERE position = 2`),
  'UPDATE events SET position = 9 WHERE position = 2',
  'DELETE FROM events WHERE position = 2',
  "UPDATE streams SET name = 'r' WHERE name = 's'",
  ...['version = 1', 'data = \'"b"\'', "stream = 't'"].map((change) => `UPDATE snapshots SET ${change}`),
  ...['position = 3', 'epoch = 1', "store = 'other'"].map((change) => `UPDATE checkpoints SET ${change}`),
  ...['row = NULL', "row = '{}'", 'position = 2', "key = 'l'"].map((change) => `UPDATE views SET ${change}`),
];

test.each(CHANGES)('%s, as a disk may do it: refused with STORE_FILE_DAMAGED when it is read, and the store goes on', (change) =>
  inFolder(async (folder) => {
    const file = join(folder, 'log.db');
    const store = sqlite(file);
    for (const n of [0, 1, 2]) await store.append(one('s', n === 0 ? 'none' : n - 1, { id: `row-${n}` }));
    await store.append(one('t', 'none'));
    await store.snapshot('s').save({ version: 2, data: '"a"' });
    await store.checkpoint('c').save({ store: store.id, position: 1, epoch: 0 });
    await store.views.write('v', [{ key: 'k', row: '{"a":1}', position: 1, expected: 0 }]);
    await store.close();
    patched(file, change);
    const opened = sqlite(file);
    const log = async (): Promise<void> => {
      const abort = new AbortController();
      for await (const page of opened.subscribe({ after: 0, everything: true }, abort.signal)) if (page.caughtUp) abort.abort();
    };
    const reads = [log, () => opened.read('s'), () => opened.read('r')];
    const beside = ['s', 't'].map((stream) => () => opened.snapshot(stream).load());
    const codes = await Promise.all(
      [...reads, ...beside, () => opened.checkpoint('c').load(), () => opened.views.all('v'), () => opened.views.load('v', ['k'])].map(
        (read) => codeOf(read),
      ),
    );
    expect(codes).toContain('STORE_FILE_DAMAGED');
    expect(codes.filter((code) => code !== 'no error' && code !== 'STORE_FILE_DAMAGED')).toEqual([]);
    expect((await opened.append(one('u', 'none')))[0]).toMatchObject({ ok: true });
    await opened.close();
  }),
);
