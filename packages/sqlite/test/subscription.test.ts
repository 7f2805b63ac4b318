import { join } from 'node:path';
import { sqlite } from '@waybill/sqlite';
import { event, inFolder, one } from './kit';

test('rows that a filter leaves out are passed in bounded steps, between which everybody else has a turn', () =>
  inFolder(async (folder) => {
    const store = sqlite(join(folder, 'log.db'));
    const events = Array.from({ length: 5_000 }, () => event({ type: 'took:Noted' }));
    for (const stream of ['a', 'b', 'c']) await store.append([{ stream, expected: 'none', events }]);
    let turns = 0;
    const turn = () => {
      turns++;
      immediate = setImmediate(turn);
    };
    let immediate = setImmediate(turn);
    const stop = new AbortController();
    const positions: number[] = [];
    let turnsAtEnd = 0;
    for await (const page of store.subscribe({ after: 0 }, stop.signal)) {
      expect(page.events).toEqual([]);
      positions.push(page.position);
      turnsAtEnd = turns;
      if (page.caughtUp) stop.abort();
    }
    clearImmediate(immediate);
    expect(positions.at(-1)).toBe(15_000);
    expect(positions.length).toBeGreaterThan(2);
    expect(turnsAtEnd).toBeGreaterThanOrEqual(positions.length - 1);
    await store.close();
  }));

test('a page of large rows ends long before its limit of rows, so that memory stays bounded', () =>
  inFolder(async (folder) => {
    const store = sqlite(join(folder, 'log.db'), { durability: 'relaxed' });
    const small = Array.from({ length: 300 }, () => event());
    await store.append([{ stream: 'small', expected: 'none', events: small }]);
    const data = JSON.stringify('x'.repeat(500_000));
    for (let i = 0; i < 100; i++) await store.append(one(`s-${i}`, 'none', { data }));
    const sizes: number[] = [];
    for await (const page of store.subscribe({ after: 0 }, new AbortController().signal)) {
      sizes.push(page.events.reduce((sum, row) => sum + row.data.length, 0));
      if (page.caughtUp) break;
    }
    expect(sizes.reduce((a, b) => a + b)).toBeGreaterThan(50_000_000);
    // Where small rows end, one chunk of large ones is read before that is known.
    expect(sizes.filter((size) => size > 2_100_000).length).toBeLessThan(2);
    expect(Math.max(...sizes)).toBeLessThan(17_000_000);
    await store.close();
  }));
