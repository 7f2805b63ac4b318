import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Recorded, Store } from '@waybill/core';
import { sqlite } from '@waybill/sqlite';
import { child, codeOf, column, connect, event, inFolder, one } from './kit';

const DATA = JSON.stringify('x'.repeat(300));
const order = () => ['Placed', 'Item', 'Item', 'Item', 'Item', 'Accepted'].map((type) => event({ type: `took:${type}`, data: DATA }));

async function shown(store: Store, everything: boolean): Promise<Recorded[]> {
  const rows: Recorded[] = [];
  for await (const page of store.subscribe({ after: 0, everything }, new AbortController().signal)) {
    rows.push(...page.events);
    if (page.caughtUp) break;
  }
  return rows;
}

test('truncated rows of an actor are gone from the file; rows that subscribers see stay, and so does the last row', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'log.db');
    const store = sqlite(file);
    for (const stream of ['s', 't']) await store.append([{ stream, expected: 'none', events: [...order(), event(), ...order()] }]);
    await store.truncate('s', 12);
    const left = await shown(store, true);
    expect(left.filter(({ stream }) => stream === 's').map(({ version }) => version)).toEqual([6, 12]);
    expect(left.filter(({ stream }) => stream === 't')).toHaveLength(13);
    expect((await shown(store, false)).map(({ stream, version }) => [stream, version])).toEqual([
      ['s', 6],
      ['t', 6],
    ]);
    await store.close();
    const db = connect(file);
    expect(column(db, 'SELECT count(*) FROM events')).toEqual([15]);
    expect(column(db, 'PRAGMA integrity_check')).toEqual(['ok']);
    db.close();
  }));

test('a file in which every actor is closed stays a fraction of one in which none is: what a truncation frees is filled again', () =>
  inFolder(async (folder) => {
    const sizes: number[] = [];
    for (const closing of [false, true]) {
      const file = join(folder, `${closing}.db`);
      const store = sqlite(file, { durability: 'relaxed' });
      for (let round = 0; round < 20; round++) {
        const streams = Array.from({ length: 100 }, (_, n) => `order-${round}-${n}`);
        await Promise.all(streams.map((stream) => store.append([{ stream, expected: 'none', events: [...order(), event()] }])));
        if (closing) await Promise.all(streams.map((stream) => store.truncate(stream, 6)));
      }
      await store.close();
      sizes.push(statSync(file).size);
    }
    expect(sizes[1]! * 3).toBeLessThan(sizes[0]!);
  }));

test('a writer that is killed while it truncates keeps every truncation that was acknowledged, and loses no row that subscribers see', () =>
  inFolder(async (folder) => {
    for (const enough of [1, 7, 40]) {
      const file = join(folder, `${enough}.db`);
      const writer = child('truncating', file);
      let told = 0;
      let lines = 0;
      for await (const line of writer.lines) {
        told = Number(line);
        if (++lines === enough) writer.kill();
      }
      await writer.ended;
      const store = sqlite(file);
      const [first, ...rest] = await store.read('life');
      const last = rest.at(-1)?.version ?? first!.version;
      expect(first!.version).toBeGreaterThanOrEqual(told);
      expect((first!.version + 1) % 5).toBe(0);
      expect((last + 1) % 5).toBe(0);
      expect((await shown(store, false)).map(({ version }) => version)).toEqual(
        Array.from({ length: (last + 1) / 5 }, (_, n) => n * 5 + 2),
      );
      expect((await store.append(one('life', last)))[0]).toMatchObject({ ok: true, version: last + 1 });
      await store.close();
    }
  }));

test('a truncation that is refused leaves the commit that it shared with others alone', async () => {
  const store = sqlite(':memory:');
  const codes = Promise.all([codeOf(() => store.truncate('missing', 3)), codeOf(() => store.truncate('s', 1))]);
  const written = store.append(one('s', 'none'));
  expect(await codes).toEqual(['TRUNCATE_AHEAD', 'TRUNCATE_AHEAD']);
  expect((await written)[0]?.ok).toBe(true);
  await store.close();
});
