import assert from 'node:assert/strict';
import type { ContractCase } from './bench';
import { event, events, held, ids, put, versions, write } from './bench';

/** What makes it safe to repeat an append whose outcome is unknown. */
export const retryCases: readonly ContractCase[] = [
  {
    title: 'retry: the identical append after an unknown outcome returns the first result and stores nothing',
    async run({ store }) {
      const [begin, go] = [events(2), events(3)];
      const first = await put(store, 's', 'none', begin);
      const second = await put(store, 's', 1, go);
      const head = await store.head();
      assert.deepEqual({ ...(await write(store, 's', 1, go)) }, { ...second });
      assert.deepEqual({ ...(await write(store, 's', 'none', begin)) }, { ...first });
      assert.deepEqual(versions(await store.read('s')), [0, 1, 2, 3, 4]);
      assert.equal(await store.head(), head);
    },
  },
  {
    title: 'retry: the first result is returned even when other writers have appended since',
    async run({ store }) {
      const rows = events(2);
      const first = await put(store, 's', 'none', rows);
      await put(store, 's', 1, events(5));
      assert.deepEqual({ ...(await write(store, 's', 'none', rows)) }, { ...first });
      assert.equal((await store.read('s')).length, 7);
    },
  },
  {
    title: 'retry: a call of many writes of which some were already stored stores the others, each once',
    async run({ store }) {
      const [a, b] = [events(2), events(2)];
      const first = await put(store, 'a', 'none', a);
      const written = await store.append([
        { stream: 'b', expected: 'none', events: b },
        { stream: 'a', expected: 'none', events: a },
      ]);
      assert.deepEqual({ ...written[1] }, { ...first });
      assert.equal(held(written[0]).version, 1);
      assert.deepEqual([ids(await store.read('a')), ids(await store.read('b'))], [ids(a), ids(b)]);
    },
  },
  {
    title: 'retry: rows of which the first, the last or the order of ids differs are a different append: refused',
    async run({ store }) {
      const [a, b, c] = [event(), event(), event()];
      await put(store, 's', 'none', [a, b, c]);
      const others = [[event(), b, c], [a, b, event()], [a, c, b], [event()]];
      for (const rows of others) assert.deepEqual({ ...(await write(store, 's', 'none', rows)) }, { ok: false, actual: 2 });
      assert.deepEqual(ids(await store.read('s')), ids([a, b, c]));
    },
  },
  {
    title: 'retry: rows that go on past those already stored are a different append: refused whole',
    async run({ store }) {
      const rows = events(2);
      await put(store, 's', 'none', rows);
      assert.deepEqual({ ...(await write(store, 's', 'none', [...rows, event()])) }, { ok: false, actual: 1 });
      assert.equal((await store.read('s')).length, 2);
    },
  },
  {
    title: 'retry: the same ids at the next version, or in another stream, are stored again',
    async run({ store }) {
      const rows = events(2);
      await put(store, 's', 'none', rows);
      assert.equal((await put(store, 's', 1, rows)).version, 3);
      assert.equal((await put(store, 'another', 'none', rows)).version, 1);
      assert.deepEqual(ids(await store.read('s')), ids([...rows, ...rows]));
      assert.deepEqual(ids(await store.read('another')), ids(rows));
    },
  },
  {
    title: 'retry: the same ids at a version that does not exist are refused',
    async run({ store }) {
      const rows = events(2);
      await put(store, 's', 'none', rows);
      for (const expected of [0, 2, 7]) {
        assert.deepEqual({ ...(await write(store, 's', expected, rows)) }, { ok: false, actual: 1 });
      }
      assert.equal((await store.read('s')).length, 2);
    },
  },
];
