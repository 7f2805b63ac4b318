import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sqlite } from '@waybill/sqlite';
import { codeOf, inFolder, one } from './kit';

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
