import assert from 'node:assert/strict';
import type { ContractCase } from './bench';
import { events, put } from './bench';

export const snapshotCases: readonly ContractCase[] = [
  {
    title: 'snapshot: what was saved is loaded byte for byte, per stream; nothing where nothing was saved',
    async run({ store }) {
      await put(store, 's', 'none', events(9));
      assert.equal(await store.snapshot('s').load(), undefined);
      const data = '{ "state" : "\\ud800 \u{1f600}" ,\n "n": 1e400}';
      await store.snapshot('s').save({ version: 0, data });
      assert.deepEqual({ ...(await store.snapshot('s').load()) }, { version: 0, data });
      for (const other of ['S', 's ', 'another']) assert.equal(await store.snapshot(other).load(), undefined);
      assert.equal((await store.read('s')).length, 9);
    },
  },
  {
    title: 'snapshot: a higher version replaces it, the same version too (its fold may have changed), a lower one is ignored',
    async run({ store }) {
      await put(store, 's', 'none', events(9));
      const snapshot = store.snapshot('s');
      await snapshot.save({ version: 3, data: '"three"' });
      await snapshot.save({ version: 2, data: '"two"' });
      assert.deepEqual({ ...(await snapshot.load()) }, { version: 3, data: '"three"' });
      await snapshot.save({ version: 3, data: '"three anew"' });
      assert.deepEqual({ ...(await snapshot.load()) }, { version: 3, data: '"three anew"' });
      await snapshot.save({ version: 8, data: '"eight"' });
      assert.deepEqual({ ...(await store.snapshot('s').load()) }, { version: 8, data: '"eight"' });
    },
  },
];
