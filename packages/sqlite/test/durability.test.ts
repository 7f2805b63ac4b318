import { join } from 'node:path';
import { sqlite } from '@waybill/sqlite';
import { inFolder, one } from './kit';

const levels = [
  ['full', 'full', /survives a killed process and a power cut/],
  ['relaxed', 'normal', /a power cut may lose the last commits/],
] as const;

for (const [durability, synchronous, promise] of levels) {
  for (const thread of ['worker', 'main'] as const) {
    test(`durability ${durability} is what SQLite itself reports of the connection that commits, and what the guarantee says (thread: ${thread})`, () =>
      inFolder(async (folder) => {
        const store = sqlite(join(folder, 'log.db'), { durability, thread });
        expect(await store.settings()).toEqual({ journalMode: 'wal', synchronous });
        expect(store.durability).toBe(durability);
        expect(store.guarantee).toMatch(promise);
        expect(store.durable).toBe(durability === 'full');
        await store.close();
      }));
  }
}

test(':memory: keeps rows as long as it is open, and says that they are lost with the process', async () => {
  const store = sqlite(':memory:');
  await store.append(one('s', 'none'));
  expect(await store.head()).toBe(1);
  expect(store.guarantee).toMatch(/lost with the process/);
  expect(store.durable).toBe(false);
  await store.close();
});

test('a store is full unless told otherwise', async () => {
  const store = sqlite(':memory:');
  expect(store.durability).toBe('full');
  await store.close();
});
