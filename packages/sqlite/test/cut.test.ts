import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sqlite } from '@waybill/sqlite';
import { event, idsOf, inFolder } from './kit';

/** WAYBILL_EVERY_BYTE=1 cuts at each byte, which takes a minute. */
const EVERY = process.env.WAYBILL_EVERY_BYTE === '1' ? 1 : 7;

test('a -wal file cut at any byte of its last append opens with every append before it, and never with half of it', () =>
  inFolder(async (folder) => {
    const [file, cut] = [join(folder, 'log.db'), join(folder, 'cut.db')];
    const store = sqlite(file);
    for (let i = 0; i < 5; i++)
      await store.append([{ stream: 's', expected: i === 0 ? 'none' : i - 1, events: [event({ id: `row-${i}` })] }]);
    const before = statSync(`${file}-wal`).size;
    const big = JSON.stringify('x'.repeat(300));
    await store.append([{ stream: 's', expected: 4, events: [event({ data: big }), event({ data: big }), event({ data: big })] }]);
    const wal = readFileSync(`${file}-wal`);
    const main = readFileSync(file);
    await store.close();

    const whole: number[] = [];
    for (let size = before; size <= wal.length; size++) {
      if (size % EVERY !== 0 && wal.length - size > 64) continue;
      writeFileSync(cut, main);
      writeFileSync(`${cut}-wal`, wal.subarray(0, size));
      const opened = sqlite(cut, { durability: 'relaxed', thread: 'main' });
      const there = await idsOf(opened, 's');
      expect(there.slice(0, 5)).toEqual(['row-0', 'row-1', 'row-2', 'row-3', 'row-4']);
      expect([5, 8]).toContain(there.length);
      if (there.length === 8) whole.push(size);
      await opened.close();
    }
    expect(whole).toEqual([wal.length]);
  }));
