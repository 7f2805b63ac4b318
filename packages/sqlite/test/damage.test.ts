import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sqlite } from '@waybill/sqlite';
import { codeOf, idsOf, inFolder, one } from './kit';

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
    const ids = Array.from({ length: 40 }, (_, n) => `row-${n}`);
    for (const [n, id] of ids.entries())
      await store.append(one('s', n === 0 ? 'none' : n - 1, { id, data: JSON.stringify('x'.repeat(900)) }));
    mkdirSync(join(folder, 'short'));
    copyFileSync(`${file}-wal`, `${short}-wal`);
    await store.close();
    writeFileSync(short, readFileSync(file).subarray(0, 8 * 4_096));
    symlinkSync(short, link);
    const opened = sqlite(link);
    expect(await idsOf(opened, 's')).toEqual(ids);
    await opened.close();
  }));
