import assert from 'node:assert/strict';
import type { ContractCase } from './bench';
import { event, events, held, ids, mustRefuse, put, versions, write } from './bench';

export const durabilityCases: readonly ContractCase[] = (
  [
    {
      title: 'durable: after a reopen the log has the same id, rows, versions and positions, and goes on after them',
      async run(bench) {
        const { store } = bench;
        await put(store, 'a', 'none', [event('Placed', { data: '{ "a" : "\u{1f600}" }' }), event('took:Placed')]);
        await put(store, 'b', 'none', events(300));
        const [all, head] = [await bench.shown(store, { after: 0, everything: true }), await store.head()];
        const again = await bench.reopen();
        assert.equal(again.id, store.id);
        assert.deepEqual(await bench.shown(again, { after: 0, everything: true }), all);
        assert.equal(await again.head(), head);
        assert.equal((await write(again, 'a', 'none', events(1))).ok, false);
        const { position, version } = await put(again, 'a', 1, events(1));
        assert.equal(version, 2);
        assert.ok(position > head);
        assert.deepEqual(await bench.shown(again, { after: head }), await again.read('a', 2));
      },
    },
    {
      title: 'durable: after a reopen the identical append still returns the first result and stores nothing',
      async run(bench) {
        const rows = events(3);
        const first = await put(bench.store, 's', 'none', rows);
        const again = await bench.reopen();
        assert.deepEqual({ ...(await write(again, 's', 'none', rows)) }, { ...first });
        assert.equal((await again.read('s')).length, 3);
      },
    },
    {
      title: 'durable: checkpoint with its epoch and snapshot are there after a reopen, and still do not move back',
      async run(bench) {
        const { store } = bench;
        const { position } = await put(store, 's', 'none', events(5));
        await store.checkpoint('c').rewind(0);
        await store.checkpoint('c').save({ store: store.id, position, epoch: 1 });
        await store.snapshot('s').save({ version: 4, data: '"four"' });
        const again = await bench.reopen();
        await again.checkpoint('c').save({ store: store.id, position: 0, epoch: 1 });
        await again.snapshot('s').save({ version: 3, data: '"three"' });
        assert.deepEqual({ ...(await again.checkpoint('c').load()) }, { store: store.id, position, epoch: 1 });
        assert.deepEqual({ ...(await again.snapshot('s').load()) }, { version: 4, data: '"four"' });
      },
    },
    {
      title: 'durable: view rows, deleted ones with their position too, are there after a reopen',
      needs: ['views'],
      async run(bench) {
        const rows = [
          { key: 'a', row: '{ }', position: 4 },
          { key: 'b', row: undefined, position: 5 },
        ];
        await bench.views.write(
          'v',
          rows.map((row) => ({ ...row, expected: 0 })),
        );
        const { views } = await bench.reopen();
        assert.deepEqual(await views?.load('v', ['a']), rows.slice(0, 1));
        assert.deepEqual(await views?.load('v', ['b']), rows.slice(1));
        assert.deepEqual(await views?.all('v'), rows.slice(0, 1));
      },
    },
    {
      title: 'durable: where reads of a truncated stream begin survives a reopen, and its versions go on',
      async run(bench) {
        await put(bench.store, 's', 'none', [event('took:Placed'), event('Shipped'), event('took:Placed')]);
        await bench.store.truncate('s', 2);
        const again = await bench.reopen();
        assert.deepEqual(versions(await again.read('s')), [2]);
        await again.truncate('s', 1);
        assert.deepEqual(versions(await again.read('s')), [2]);
        assert.deepEqual({ ...(await write(again, 's', 'none', events(1))) }, { ok: false, actual: 2 });
        assert.equal((await put(again, 's', 2, events(1))).version, 3);
        assert.deepEqual(versions(await bench.shown(again, { after: 0 })), [1, 3]);
      },
    },
    {
      title: 'durable: a dropped view is empty after a reopen',
      needs: ['views'],
      async run(bench) {
        await bench.views.write('v', [{ key: 'a', row: '{}', position: 4, expected: 0 }]);
        await bench.views.drop('v');
        const { views } = await bench.reopen();
        assert.deepEqual(await views?.load('v', ['a']), []);
      },
    },
    {
      title: 'durable: a secret that was kept is there after a reopen, one that was forgotten is not',
      needs: ['keys'],
      async run(bench) {
        for (const subject of ['a', 'b']) await bench.keys.keep(subject, 'Zmlyc3Q=');
        await bench.keys.forget('a');
        const { keys } = await bench.reopen();
        assert.deepEqual([...((await keys?.load(['a', 'b'])) ?? [])], [['b', 'Zmlyc3Q=']]);
        assert.equal(await keys?.keep('b', 'c2Vjb25k'), 'Zmlyc3Q=');
      },
    },
    {
      title: 'durable: close waits for an append that is under way: what was acknowledged is there after a reopen',
      async run(bench) {
        const rows = events(200);
        const pending = rows.map((row, i) => write(bench.store, `s-${i}`, 'none', [row]));
        const again = await bench.reopen();
        for (const written of await Promise.all(pending)) held(written);
        assert.deepEqual(new Set(ids(await bench.shown(again, { after: 0 }))), new Set(ids(rows)));
      },
    },
  ] satisfies readonly ContractCase[]
).map((one: ContractCase) => ({ ...one, needs: ['reopen', ...(one.needs ?? [])] }));

export const closeCases: readonly ContractCase[] = [
  {
    title: 'close: closing twice, in turn or at once, is the same as closing once',
    async run(bench) {
      await put(bench.store, 's', 'none', events(1));
      await bench.within(Promise.all([bench.store.close(), bench.store.close()]), 'two closes at once');
      await bench.within(bench.store.close(), 'a third close');
      await mustRefuse('STORE_CLOSED', () => bench.store.head());
    },
  },
  {
    title: 'close: an append that is under way is finished first and gets its result',
    async run(bench) {
      const pending = write(bench.store, 's', 'none', events(100));
      await bench.within(bench.store.close(), 'a close after an append');
      assert.equal(held(await bench.within(pending, 'an append before a close')).version, 99);
    },
  },
  {
    title: 'close: every later call is refused with STORE_CLOSED, also through handles that were made before',
    async run({ store }) {
      const { position } = await put(store, 's', 'none', events(1));
      const [checkpoint, snapshot, { views, keys }] = [store.checkpoint('c'), store.snapshot('s'), store];
      await store.close();
      const calls: readonly (() => Promise<unknown>)[] = [
        () => store.append([{ stream: 's', expected: 0, events: events(1) }]),
        () => store.read('s'),
        () => store.rowAt(position),
        () => store.truncate('s', 0),
        () => store.head(),
        async () => store.subscribe({ after: 0 }, new AbortController().signal)[Symbol.asyncIterator]().next(),
        () => checkpoint.load(),
        () => checkpoint.save({ store: store.id, position, epoch: 0 }),
        () => checkpoint.rewind(0),
        () => snapshot.load(),
        () => snapshot.save({ version: 0, data: '{}' }),
      ];
      const ofViews = views && [
        () => views.load('v', ['a']),
        () => views.all('v'),
        () => views.write('v', [{ key: 'a', row: '1', position, expected: 0 }]),
        () => views.drop('v'),
      ];
      const ofKeys = keys && [() => keys.load(['a']), () => keys.keep('a', 'c2VjcmV0'), () => keys.forget('a')];
      for (const call of [...calls, ...(ofViews ?? []), ...(ofKeys ?? [])]) await mustRefuse('STORE_CLOSED', call);
    },
  },
  {
    title: 'close: a subscription that waits ends with STORE_CLOSED, so that it cannot be mistaken for an aborted one',
    async run(bench) {
      const stop = new AbortController();
      const iterator = bench.store.subscribe({ after: 0 }, stop.signal)[Symbol.asyncIterator]();
      await bench.within(iterator.next(), 'the first page');
      const waiting = iterator.next();
      const refused = mustRefuse('STORE_CLOSED', () => waiting);
      await bench.within(bench.store.close(), 'a close after a subscription');
      await bench.within(refused, 'the end of a subscription of a closed store');
      stop.abort();
    },
  },
];
