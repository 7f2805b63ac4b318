import assert from 'node:assert/strict';
import type { Bench, ContractCase } from './bench';
import { event, events, held, ids, mustRefuse, mustRise, put, versions, write } from './bench';

export const appendCases: readonly ContractCase[] = [
  {
    title: "append: expected 'none' begins a stream at version 0, and what was written is read back whole",
    async run({ store }) {
      const rows = [event('Placed'), event('took:Placed', { data: '{ "n" : 2 }', meta: '{}', time: 0 })];
      const written = await put(store, 'order-1', 'none', rows);
      const read = await store.read('order-1');
      const [first, last] = read;
      assert.deepEqual(
        read.map((row) => ({ ...row })),
        rows.map((row, i) => ({ ...row, stream: 'order-1', version: i, position: read[i]?.position })),
      );
      assert.deepEqual({ ...written }, { ok: true, version: 1, position: last?.position });
      mustRise([first?.position ?? 0, last?.position ?? 0]);
    },
  },
  {
    title: 'append: the exact version continues the stream without a gap',
    async run({ store }) {
      assert.equal((await put(store, 's', 'none', events(2))).version, 1);
      assert.equal((await put(store, 's', 1, events(3))).version, 4);
      assert.equal((await put(store, 's', 4, events(1))).version, 5);
      assert.deepEqual(versions(await store.read('s')), [0, 1, 2, 3, 4, 5]);
    },
  },
  ...([1, 3] as const).map((expected) => ({
    title: `append: a version too ${expected < 2 ? 'low' : 'high'} stores nothing and returns the actual one`,
    async run({ store }: Bench) {
      await put(store, 's', 'none', events(3));
      const before = await store.head();
      assert.deepEqual({ ...(await write(store, 's', expected, events(2))) }, { ok: false, actual: 2 });
      assert.equal((await store.read('s')).length, 3);
      assert.equal(await store.head(), before);
    },
  })),
  {
    title: "append: 'none' for a stream that has rows stores nothing and returns its version",
    async run({ store }) {
      const rows = events(3);
      await put(store, 's', 'none', rows);
      assert.deepEqual({ ...(await write(store, 's', 'none', events(1))) }, { ok: false, actual: 2 });
      assert.deepEqual(ids(await store.read('s')), ids(rows));
    },
  },
  {
    title: "append: a version of a stream that has no rows stores nothing and returns 'none'",
    async run({ store }) {
      await put(store, 'another', 'none', events(1));
      for (const expected of [0, 1]) {
        assert.deepEqual({ ...(await write(store, 's', expected, events(1))) }, { ok: false, actual: 'none' });
      }
      assert.deepEqual(await store.read('s'), []);
    },
  },
  {
    title: 'append: of many streams in one call only the loser stores nothing; results come in the order of the writes',
    async run({ store }) {
      await put(store, 'b', 'none', events(1));
      const rows = events(2);
      const written = await store.append([
        { stream: 'c', expected: 'none', events: rows },
        { stream: 'b', expected: 4, events: rows },
        { stream: 'a', expected: 'none', events: events(1) },
      ]);
      assert.deepEqual({ ...written[1] }, { ok: false, actual: 0 });
      assert.equal(held(written[0]).version, 1);
      assert.equal(held(written[2]).version, 0);
      assert.equal(written.length, 3);
      assert.deepEqual(ids(await store.read('c')), ids(rows));
      assert.equal((await store.read('b')).length, 1);
      assert.equal((await store.read('a'))[0]?.position, held(written[2]).position);
    },
  },
  {
    title: 'append: one call takes 100 streams; their positions differ and each is at version 0',
    async run({ store }) {
      const streams = Array.from({ length: 100 }, (_, i) => `s-${i}`);
      const written = await store.append(streams.map((stream) => ({ stream, expected: 'none', events: events(1) })));
      assert.equal(new Set(written.map((w) => held(w).position)).size, 100);
      for (const [i, stream] of streams.entries()) {
        const [row, ...more] = await store.read(stream);
        assert.deepEqual([row?.version, row?.position, more.length], [0, held(written[i]).position, 0]);
      }
    },
  },
  {
    title: 'append: 1,000 events in one write are adjacent, in order, at rising positions',
    async run({ store }) {
      const rows = events(1_000);
      const { version, position } = await put(store, 's', 'none', rows);
      const read = await store.read('s');
      assert.deepEqual(ids(read), ids(rows));
      assert.deepEqual([version, position], [999, read[999]?.position]);
      mustRise(read.map((row) => row.position));
    },
  },
  {
    title: 'append: head is 0 in an empty log, and then the position of the newest row of any type',
    async run({ store }) {
      assert.equal(await store.head(), 0);
      for (const type of ['Placed', 'took:Placed', 'parked:Placed']) {
        assert.equal((await put(store, `of ${type}`, 'none', events(2, type))).position, await store.head());
      }
    },
  },
  {
    title: 'append: a call of no writes returns no results; a write of no events is refused',
    async run({ store }) {
      assert.deepEqual(await store.append([]), []);
      const ok = { stream: 'a', expected: 'none', events: events(1) } as const;
      await mustRefuse('WRITE_EMPTY', () => store.append([ok, { stream: 'b', expected: 'none', events: [] }]));
      assert.equal(await store.head(), 0);
    },
  },
  {
    title: 'append: two writes of one stream in one call are refused, and nothing of the call is stored',
    async run({ store }) {
      await mustRefuse('WRITE_SAME_STREAM_TWICE', () =>
        store.append([
          { stream: 'a', expected: 'none', events: events(1) },
          { stream: 'b', expected: 'none', events: events(1) },
          { stream: 'a', expected: 0, events: events(1) },
        ]),
      );
      assert.equal(await store.head(), 0);
    },
  },
];
