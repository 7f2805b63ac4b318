import assert from 'node:assert/strict';
import type { ContractCase } from './bench';
import { events, mustRefuse, put } from './bench';

export const checkpointCases: readonly ContractCase[] = [
  {
    title: 'checkpoint: one that was never saved is at position 0 of epoch 0 of this log',
    async run({ store }) {
      assert.deepEqual({ ...(await store.checkpoint('c').load()) }, { store: store.id, position: 0, epoch: 0 });
    },
  },
  {
    title: 'checkpoint: what was saved is loaded, per consumer, also through a handle that did not save it',
    async run({ store }) {
      const { position } = await put(store, 's', 'none', events(5));
      await store.checkpoint('a').save({ store: store.id, position, epoch: 0 });
      assert.deepEqual({ ...(await store.checkpoint('a').load()) }, { store: store.id, position, epoch: 0 });
      for (const other of ['A', 'a ', 'b', 's']) assert.equal((await store.checkpoint(other).load()).position, 0);
    },
  },
  {
    title: 'checkpoint: a save of a lower position is ignored without an error',
    async run({ store }) {
      const { position } = await put(store, 's', 'none', events(5));
      const checkpoint = store.checkpoint('c');
      await checkpoint.save({ store: store.id, position, epoch: 0 });
      await checkpoint.save({ store: store.id, position: position - 1, epoch: 0 });
      await checkpoint.save({ store: store.id, position: 0, epoch: 0 });
      assert.equal((await checkpoint.load()).position, position);
    },
  },
  {
    title: 'checkpoint: concurrent saves end at the highest position',
    async run({ store }) {
      await put(store, 's', 'none', events(20));
      const positions = (await store.read('s')).map((row) => row.position);
      const shuffled = positions.map((_, i) => positions[(i * 7) % 20] ?? 0);
      await Promise.all(shuffled.map((position) => store.checkpoint('c').save({ store: store.id, position, epoch: 0 })));
      assert.equal((await store.checkpoint('c').load()).position, positions.at(-1));
    },
  },
  {
    title: 'checkpoint: rewind begins a new epoch at the position asked for, and saves of the new epoch go on from there',
    async run({ store }) {
      await put(store, 's', 'none', events(5));
      const [first, , third, , last] = (await store.read('s')).map((row) => row.position);
      const checkpoint = store.checkpoint('c');
      await checkpoint.save({ store: store.id, position: last ?? 0, epoch: 0 });
      assert.deepEqual({ ...(await checkpoint.rewind(first ?? 0)) }, { store: store.id, position: first, epoch: 1 });
      assert.deepEqual({ ...(await checkpoint.load()) }, { store: store.id, position: first, epoch: 1 });
      await checkpoint.save({ store: store.id, position: third ?? 0, epoch: 1 });
      assert.equal((await checkpoint.load()).position, third);
      assert.deepEqual({ ...(await checkpoint.rewind(0)) }, { store: store.id, position: 0, epoch: 2 });
      assert.equal((await store.checkpoint('another').load()).epoch, 0);
    },
  },
  {
    title: 'checkpoint: a worker of an epoch before a rewind cannot save; nor can one of an epoch that no rewind began',
    async run({ store }) {
      const { position } = await put(store, 's', 'none', events(5));
      const checkpoint = store.checkpoint('c');
      await checkpoint.rewind(0);
      for (const epoch of [0, 2]) await checkpoint.save({ store: store.id, position, epoch });
      assert.deepEqual({ ...(await checkpoint.load()) }, { store: store.id, position: 0, epoch: 1 });
    },
  },
  {
    title: 'checkpoint: two rewinds at once begin two epochs, so one of the two workers is locked out',
    needs: ['second'],
    async run(bench) {
      const { position } = await put(bench.store, 's', 'none', events(5));
      const both = [bench.store, await bench.second()].map((store) => store.checkpoint('c'));
      const begun = await Promise.all(both.map((checkpoint) => checkpoint.rewind(0)));
      assert.deepEqual(begun.map((at) => at.epoch).sort(), [1, 2]);
      await both[0]?.save({ store: bench.store.id, position, epoch: 1 });
      assert.equal((await both[1]?.load())?.position, 0);
    },
  },
  {
    title: 'checkpoint: one of another log is refused, and the current one is kept',
    async run({ store }) {
      const { position } = await put(store, 's', 'none', events(5));
      const checkpoint = store.checkpoint('c');
      await checkpoint.save({ store: store.id, position: position - 1, epoch: 0 });
      await mustRefuse('CHECKPOINT_OTHER_STORE', () => checkpoint.save({ store: `${store.id}-other`, position, epoch: 0 }));
      assert.deepEqual({ ...(await checkpoint.load()) }, { store: store.id, position: position - 1, epoch: 0 });
    },
  },
  {
    title: 'checkpoint: ahead of the head it is refused, saved or rewound to; at the head it is accepted, even if the head row is hidden',
    async run({ store }) {
      const checkpoint = store.checkpoint('c');
      await mustRefuse('CHECKPOINT_AHEAD', () => checkpoint.save({ store: store.id, position: 1, epoch: 0 }));
      const { position } = await put(store, 's', 'none', events(5, 'took:Placed'));
      await mustRefuse('CHECKPOINT_AHEAD', () => checkpoint.save({ store: store.id, position: position + 1, epoch: 0 }));
      await mustRefuse('CHECKPOINT_AHEAD', () => checkpoint.rewind(position + 1));
      assert.deepEqual({ ...(await checkpoint.load()) }, { store: store.id, position: 0, epoch: 0 });
      await checkpoint.save({ store: store.id, position, epoch: 0 });
      assert.equal((await checkpoint.load()).position, position);
    },
  },
];
