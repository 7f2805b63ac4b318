import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Store } from '@waybill/core';
import { sqlite } from '@waybill/sqlite';
import { Hold } from './faulty-store';
import { A, I, S } from './messages';
import type { OpenLog } from './stores';
import { World } from './world';

const ORDER = 'shipping-o-1';
const BEFORE = ['took OrderSubmitted', 'took ItemAdded', 'took ItemAdded'];
const LAST = ['took OrderAccepted', 'ShipmentRequested'];
/** A page of the -wal file with its header. */
const FRAME = 4_096 + 24;
const WAL_HEADER = 32;

function logOf(file: string): OpenLog {
  const open: Store[] = [];
  return {
    connect: async () => {
      open.push(sqlite(file, { thread: 'main' }));
      return open.at(-1) as Store;
    },
    close: async () => {
      for (const store of open) await store.close();
    },
  };
}

/** Where to cut: around every border of a frame, and in steps between. */
function cuts(from: number, to: number): number[] {
  const all = Array.from({ length: to - from + 1 }, (_, n) => from + n);
  return all.filter(
    (size) => [0, 1, 23, 24, FRAME - 1].includes((size - WAL_HEADER) % FRAME) || (size - from) % 1_021 === 0 || size === to,
  );
}

describe('a SQLite file that was cut in its last write', () => {
  test('36: wherever it is cut, it opens, holds all that was told before and the last append whole or not at all, and the order is shipped once', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'waybill-cut-'));
    try {
      const [file, cut] = [join(folder, 'log.db'), join(folder, 'cut.db')];
      const log = logOf(file);
      const world = await World.open(log);
      const first = await world.start();
      await world.feed(S('o-1'), I('o-1', 0), I('o-1', 1));
      await first.settled();
      expect(first.kinds()).toEqual(['applied', 'applied', 'applied']);
      const hold = new Hold();
      first.store.faults.push(hold);
      await world.feed(A('o-1', 2));
      await world.drive(hold.arrived);
      const before = statSync(`${file}-wal`).size;
      hold.release('die after');
      await first.died();
      const [main, wal] = [readFileSync(file), readFileSync(`${file}-wal`)];
      await log.close();
      expect(wal.length).toBeGreaterThan(before);

      const seen = new Set<number>();
      for (const size of cuts(before, wal.length)) {
        for (const suffix of ['', '-wal', '-shm']) rmSync(`${cut}${suffix}`, { force: true });
        writeFileSync(cut, main);
        writeFileSync(`${cut}-wal`, wal.subarray(0, size));
        const left = logOf(cut);
        const after = await World.open(left);
        const story = await after.story(ORDER);
        seen.add(story.length);
        expect(story).toEqual(story.length === 3 ? BEFORE : [...BEFORE, ...LAST]);
        await after.check();
        expect(await after.story(ORDER)).toEqual([...BEFORE, ...LAST]);
        await left.close();
      }
      expect([...seen].sort()).toEqual([3, 5]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
