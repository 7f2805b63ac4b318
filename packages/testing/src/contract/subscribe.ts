import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import type { Page } from '@waybill/core';
import type { ContractCase } from './bench';
import { events, ids, mustRise, put, rowsOf, versions } from './bench';

export const subscribeCases: readonly ContractCase[] = [
  {
    title: 'subscribe: from 0 it shows every row of every stream once, whole, in position order, and then that it has caught up',
    async run(bench) {
      const { store } = bench;
      await put(store, 'a', 'none', events(3));
      await put(store, 'b', 'none', events(2));
      await put(store, 'a', 2, events(2));
      const shown = await bench.shown(store, { after: 0 });
      mustRise(shown.map((row) => row.position));
      const read = [...(await store.read('a')), ...(await store.read('b'))].sort((x, y) => x.position - y.position);
      assert.deepEqual(shown, read);
    },
  },
  {
    title: 'subscribe: from a position it shows what comes after it, wherever a page may have ended',
    async run(bench) {
      const { store } = bench;
      await put(store, 'a', 'none', events(4));
      await put(store, 'b', 'none', events(4));
      const all = await bench.shown(store, { after: 0 });
      for (const [i, row] of all.entries()) {
        assert.deepEqual(await bench.shown(store, { after: row.position, limit: 3 }), all.slice(i + 1));
      }
    },
  },
  {
    title: 'subscribe: pages of each size hold all rows once, none larger than asked for; a page covers all at or below its position',
    async run(bench) {
      const { store } = bench;
      await put(store, 's', 'none', events(24));
      const all = await bench.shown(store, { after: 0 });
      for (const limit of [1, 5, 8, 24, 25]) {
        const pages = await bench.pages(store, { after: 0, limit }, (page) => page.caughtUp);
        assert.deepEqual(rowsOf(pages), all);
        let last = 0;
        for (const { events: rows, position } of pages) {
          assert.ok(rows.length <= limit, `${rows.length} rows in a page of ${limit}`);
          assert.ok(position >= last, 'the position of a page never moves back');
          assert.deepEqual(
            rows,
            all.filter((row) => row.position > last && row.position <= position),
          );
          last = position;
        }
        assert.equal(last, await store.head());
      }
    },
  },
  {
    title: 'subscribe: without a limit a page holds at most 256 rows',
    async run(bench) {
      await put(bench.store, 's', 'none', events(600));
      const pages = await bench.pages(bench.store, { after: 0 }, (page) => page.caughtUp);
      assert.ok(pages.every((page) => page.events.length <= 256));
      assert.equal(rowsOf(pages).length, 600);
    },
  },
  {
    title: 'subscribe: from the head, also of an empty log, the first page is empty and says that it has caught up; later rows are shown',
    async run(bench) {
      const { store } = bench;
      for (const expected of ['none', 0] as const) {
        const head = await store.head();
        let row: Promise<unknown> | undefined;
        const isRow = (page: Page) => page.events.length > 0;
        const pages = await bench.pages(store, { after: head }, isRow, async () => (row ??= put(store, 's', expected, events(1))));
        assert.deepEqual({ ...pages[0] }, { events: [], position: head, caughtUp: true });
        assert.deepEqual(rowsOf(pages), await store.read('s', expected === 'none' ? 0 : 1));
      }
    },
  },
  {
    title: 'subscribe: goes from stored rows to new ones without gap or repeat while a writer keeps writing',
    async run(bench) {
      const { store } = bench;
      await put(store, 's', 'none', events(50));
      const keepWriting = async () => {
        for (let last = 49; last < 199; last += 3) await put(store, 's', last, events(3));
      };
      let seen = 0;
      const isAll = (page: Page) => (seen += page.events.length) >= 200;
      const [pages] = await Promise.all([bench.pages(store, { after: 0, limit: 7 }, isAll), keepWriting()]);
      assert.deepEqual(
        versions(rowsOf(pages)),
        Array.from({ length: 200 }, (_, version) => version),
      );
    },
  },
  {
    title: 'subscribe: rows appended on another connection are shown to a subscriber that waits',
    needs: ['second'],
    async run(bench) {
      const { store } = bench;
      const other = await bench.second();
      let last = -1;
      const writeOne = async () => {
        if (last < 9) last = (await put(other, 's', last < 0 ? 'none' : last, events(1))).version;
      };
      const pages = await bench.pages(store, { after: 0 }, (page) => page.events.at(-1)?.version === 9, writeOne);
      assert.deepEqual(rowsOf(pages), await other.read('s'));
    },
  },
  {
    title: 'subscribe: nothing is read ahead: a page is as of the moment it was asked for, however slow the consumer',
    async run(bench) {
      const { store } = bench;
      let last = -1;
      const writeTen = async () => {
        for (const end = Math.min(last + 10, 29); last < end; last++) await put(store, 's', last < 0 ? 'none' : last, events(1));
      };
      const pages = await bench.pages(store, { after: 0, limit: 100 }, (page) => page.caughtUp && last === 29, writeTen);
      assert.deepEqual(rowsOf(pages), await store.read('s'));
      let shown = 0;
      for (const page of pages) {
        shown += page.events.length;
        assert.ok(!page.caughtUp || shown % 10 === 0, `a page said that it had caught up at ${shown} rows though the log held more`);
      }
    },
  },
  {
    title: 'subscribe: two subscribers of one store each see every row once',
    async run(bench) {
      const { store } = bench;
      await put(store, 's', 'none', events(10));
      const subscriber = (limit: number) => bench.pages(store, { after: 0, limit }, (page) => page.events.at(-1)?.version === 19);
      const [three, four] = await Promise.all([subscriber(3), subscriber(4), put(store, 's', 9, events(10))]);
      for (const pages of [three, four]) assert.deepEqual(rowsOf(pages), await store.read('s'));
    },
  },
  {
    title: 'subscribe: an abort ends it without an error while it waits, and leaves no listener on the signal',
    async run(bench) {
      const { store } = bench;
      const stop = new AbortController();
      const iterator = store.subscribe({ after: 0 }, stop.signal)[Symbol.asyncIterator]();
      assert.equal((await bench.within(iterator.next(), 'the first page')).done, false);
      for (let n = 0; n < 20; n++) {
        let next = iterator.next();
        await put(store, 's', n === 0 ? 'none' : n - 1, events(1));
        // Between two rows a store may say that nothing comes after the first.
        while ((await bench.within(next, 'a row that came')).value?.events.length === 0) next = iterator.next();
      }
      assert.ok(getEventListeners(stop.signal, 'abort').length <= 2, 'waiting twenty times does not leave twenty listeners');
      const waiting = iterator.next();
      stop.abort();
      assert.deepEqual(await bench.within(waiting, 'the end'), { done: true, value: undefined });
      assert.equal(getEventListeners(stop.signal, 'abort').length, 0);
    },
  },
  {
    title: 'subscribe: after an abort while the consumer holds a page no other page comes; after one before the start none at all',
    async run(bench) {
      const { store } = bench;
      await put(store, 's', 'none', events(10));
      for (const wanted of [0, 1, 2]) {
        const stop = new AbortController();
        let pages = 0;
        if (wanted === 0) stop.abort();
        const consume = async () => {
          for await (const _ of store.subscribe({ after: 0, limit: 2 }, stop.signal)) if (++pages === wanted) stop.abort();
        };
        await bench.within(consume(), 'the end of an aborted subscription');
        assert.equal(pages, wanted);
      }
      assert.deepEqual(ids(await bench.shown(store, { after: 0 })), ids(await store.read('s')));
    },
  },
];
