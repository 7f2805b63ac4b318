import assert from 'node:assert/strict';
import type { Page } from '@waybill/core';
import type { ContractCase } from './bench';
import { event, events, put, rowsOf } from './bench';

export const filterCases: readonly ContractCase[] = [
  {
    title: 'subscribe: rows with a hidden prefix are not shown, and names that only look alike are not',
    async run(bench) {
      const { store } = bench;
      const visible = ['Placed', 'took', 'parkedAt', 'timers', 'x:took:y', 'Took:Placed', 'tookXPlaced'];
      await put(
        store,
        's',
        'none',
        ['took:Placed', ...visible, 'parked:Placed', 'timer:Placed', 'took:'].map((type) => event(type)),
      );
      const shown = await bench.shown(store, { after: 0 });
      assert.deepEqual(
        shown.map((row) => row.type),
        visible,
      );
      assert.equal((await store.read('s')).length, 11);
    },
  },
  {
    title: 'subscribe: with `everything` it shows every row, hidden ones too',
    async run(bench) {
      const { store } = bench;
      await put(store, 's', 'none', [event('took:Placed'), event('Placed'), event('parked:Placed')]);
      assert.deepEqual(await bench.shown(store, { after: 0, everything: true, limit: 2 }), await store.read('s'));
    },
  },
  {
    title: 'subscribe: with types named it shows rows of those types only, whatever lies between them',
    async run(bench) {
      const { store } = bench;
      const types = Array.from({ length: 60 }, (_, n) => ['A', 'took:A', 'B', 'C'][n % 4]);
      await put(
        store,
        's',
        'none',
        types.map((type) => event(type)),
      );
      const all = await store.read('s');
      for (const wanted of [['A'], ['B', 'C'], ['Missing', 'C']]) {
        const shown = await bench.shown(store, { after: 0, types: wanted, limit: 4 });
        assert.deepEqual(
          shown,
          all.filter((row) => wanted.includes(row.type)),
        );
      }
    },
  },
  {
    title: 'subscribe: the position moves on to the head past rows that a filter leaves out, later ones too',
    async run(bench) {
      const { store } = bench;
      for (const query of [{ types: ['Wanted'] }, {}]) {
        const stream = `s ${JSON.stringify(query)}`;
        const after = await store.head();
        let written = await put(store, stream, 'none', events(300, 'took:Other'));
        const writeOne = async () => {
          if (written.version < 301) written = await put(store, stream, written.version, events(1, 'parked:Other'));
        };
        const isEnd = (page: Page) => written.version === 301 && page.position === written.position;
        const pages = await bench.pages(store, { after, limit: 10, ...query }, isEnd, writeOne);
        assert.deepEqual(rowsOf(pages), []);
        assert.equal(pages.at(-1)?.position, await store.head());
      }
    },
  },
];
