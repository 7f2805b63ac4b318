import assert from 'node:assert/strict';
import type { ContractCase } from './bench';
import { events, ids, put, versions } from './bench';

export const readCases: readonly ContractCase[] = [
  {
    title: 'rowAt: gives the row at its position, whole and of any type; a position between two rows, below or above all has no row',
    async run({ store }) {
      await put(store, 'a', 'none', events(2));
      await put(store, 'b', 'none', [...events(1), { ...events(1)[0]!, type: 'took:x', id: 'took-x' }]);
      const rows = [...(await store.read('a')), ...(await store.read('b'))];
      for (const row of rows) assert.deepEqual(await store.rowAt(row.position), row);
      const places = new Set(rows.map(({ position }) => position));
      for (const { position } of rows) {
        for (const between of [position - 1, position + 1]) {
          if (!places.has(between)) assert.equal(await store.rowAt(between), undefined);
        }
      }
      assert.equal(await store.rowAt((await store.head()) + 1_000), undefined);
    },
  },
  {
    title: 'read: begins at the version asked for; past the end it returns nothing',
    async run({ store }) {
      await put(store, 's', 'none', events(5));
      assert.deepEqual(versions(await store.read('s')), [0, 1, 2, 3, 4]);
      assert.deepEqual(versions(await store.read('s', 0)), [0, 1, 2, 3, 4]);
      assert.deepEqual(versions(await store.read('s', 3)), [3, 4]);
      assert.deepEqual(versions(await store.read('s', 4)), [4]);
      assert.deepEqual(await store.read('s', 5), []);
      assert.deepEqual(await store.read('s', 1_000_000), []);
    },
  },
  {
    title: 'read: returns as many rows as asked for, fewer only at the end of the stream',
    async run({ store }) {
      await put(store, 's', 'none', events(5));
      assert.deepEqual(versions(await store.read('s', 0, 1)), [0]);
      assert.deepEqual(versions(await store.read('s', 1, 3)), [1, 2, 3]);
      assert.deepEqual(versions(await store.read('s', 3, 2)), [3, 4]);
      assert.deepEqual(versions(await store.read('s', 3, 100)), [3, 4]);
    },
  },
  {
    title: 'read: 2,001 rows come in pages of 1,000 by default, none twice and none missing',
    async run({ store }) {
      const rows = events(2_001);
      await put(store, 's', 'none', rows.slice(0, 999));
      await put(store, 'between', 'none', events(10));
      await put(store, 's', 998, rows.slice(999));
      const pages = [await store.read('s'), await store.read('s', 1_000), await store.read('s', 2_000)];
      assert.deepEqual(
        pages.map((page) => page.length),
        [1_000, 1_000, 1],
      );
      assert.deepEqual(ids(pages.flat()), ids(rows));
      assert.equal((await store.read('s', 0, 3_000)).length, 2_001);
    },
  },
  {
    title: 'read: a missing stream is empty, in an empty log too, and reading does not create it',
    async run({ store }) {
      assert.deepEqual(await store.read('s'), []);
      await put(store, 'another', 'none', events(1));
      assert.deepEqual(await store.read('s', 3), []);
      assert.equal((await put(store, 's', 'none', events(1))).version, 0);
    },
  },
  {
    title: 'read: what was acknowledged can be read at once, on another connection too',
    needs: ['second'],
    async run(bench) {
      const other = await bench.second();
      for (let n = 0; n < 20; n++) {
        const [writer, reader] = n % 4 < 2 ? [bench.store, other] : [other, bench.store];
        await put(writer, 's', n === 0 ? 'none' : n - 1, events(1));
        assert.equal((await reader.read('s')).length, n + 1);
        assert.equal(await reader.head(), await writer.head());
      }
    },
  },
];
