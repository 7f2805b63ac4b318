import assert from 'node:assert/strict';
import type { Recorded } from '@waybill/core';
import type { ContractCase } from './bench';
import { event, events, ids, mustRefuse, put, rowsOf, versions, write } from './bench';

/** Six rows of an actor: its inputs are at 0, 1, 3 and 5. */
const life = () => ['took:Placed', 'parked:Placed', 'Shipped', 'timer:Placed', 'Billed', 'took:Closed'].map((type) => event(type));
const isHidden = ({ type }: Recorded) => /^(took|parked|timer):/.test(type);

export const truncateCases: readonly ContractCase[] = [
  {
    title: 'truncate: every read begins at the given version, in that stream only; a later call with a lower version changes nothing',
    async run({ store }) {
      const others = ['S', 's ', 'a/s', '%', '_', 's\u0301'];
      for (const stream of ['s', ...others]) await put(store, stream, 'none', life());
      await store.truncate('s', 3);
      for (const lower of [3, 2, 0]) {
        await store.truncate('s', lower);
        assert.deepEqual(versions(await store.read('s')), [3, 4, 5]);
      }
      assert.deepEqual(versions(await store.read('s', 0, 2)), [3, 4]);
      assert.deepEqual(versions(await store.read('s', 2, 1)), [3]);
      assert.deepEqual(versions(await store.read('s', 4)), [4, 5]);
      assert.deepEqual(await store.read('s', 6), []);
      await store.truncate('s', 5);
      assert.deepEqual(versions(await store.read('s')), [5]);
      for (const stream of others) assert.deepEqual(versions(await store.read(stream)), [0, 1, 2, 3, 4, 5]);
    },
  },
  {
    title: 'truncate: versions and positions go on, snapshot and checkpoint stay, and a write at a wrong version gets the actual one',
    async run({ store }) {
      const { position } = await put(store, 's', 'none', life());
      await store.snapshot('s').save({ version: 4, data: '"four"' });
      await store.checkpoint('c').save({ store: store.id, position, epoch: 0 });
      await store.truncate('s', 4);
      assert.equal(await store.head(), position);
      for (const expected of ['none', 0, 3, 4, 6] as const) {
        assert.deepEqual({ ...(await write(store, 's', expected, events(1))) }, { ok: false, actual: 5 });
      }
      const next = await put(store, 's', 5, events(2));
      assert.equal(next.version, 7);
      assert.ok(next.position > position);
      assert.deepEqual(versions(await store.read('s')), [4, 5, 6, 7]);
      assert.deepEqual({ ...(await store.snapshot('s').load()) }, { version: 4, data: '"four"' });
      assert.equal((await store.checkpoint('c').load()).position, position);
    },
  },
  {
    title: 'truncate: subscribers still see every row meant for them, in the middle of the log too; only hidden rows may go',
    async run(bench) {
      const { store } = bench;
      await put(store, 's', 'none', life());
      await put(store, 'another', 'none', life());
      await put(store, 's', 5, life());
      const [public_, all] = [await bench.shown(store, { after: 0 }), await bench.shown(store, { after: 0, everything: true })];
      const pages = await bench.pages(
        store,
        { after: 0, limit: 1 },
        (page) => page.caughtUp,
        () => store.truncate('s', 11),
      );
      assert.deepEqual(rowsOf(pages), public_);
      assert.deepEqual(await bench.shown(store, { after: 0 }), public_);
      assert.deepEqual(await bench.shown(store, { after: 0, types: ['Shipped', 'Billed'], limit: 3 }), public_);
      for (const { position } of all) {
        assert.deepEqual(
          await bench.shown(store, { after: position }),
          public_.filter((row) => row.position > position),
        );
      }
      const left = await bench.shown(store, { after: 0, everything: true });
      const mayGo = (row: Recorded) => row.stream === 's' && row.version < 11 && isHidden(row);
      assert.deepEqual(
        left.filter((row) => !mayGo(row)),
        all.filter((row) => !mayGo(row)),
      );
    },
  },
  {
    title: 'truncate: a version at which the stream has no row is refused, so the last row stays; nothing is changed by it',
    async run({ store }) {
      for (const before of [0, 1]) await mustRefuse('TRUNCATE_AHEAD', () => store.truncate('missing', before));
      await put(store, 's', 'none', life());
      for (const before of [6, 7, Number.MAX_SAFE_INTEGER]) await mustRefuse('TRUNCATE_AHEAD', () => store.truncate('s', before));
      for (const before of [-1, 0.5, Number.NaN]) await mustRefuse('WRITE_BAD_NUMBER', () => store.truncate('s', before));
      for (const name of ['', '\0', '\ud800']) await mustRefuse('WRITE_BAD_NAME', () => store.truncate(name, 1));
      assert.deepEqual(versions(await store.read('s')), [0, 1, 2, 3, 4, 5]);
      await store.truncate('s', 5);
      await mustRefuse('TRUNCATE_AHEAD', () => store.truncate('s', 6));
      assert.deepEqual(versions(await store.read('s')), [5]);
      assert.equal((await put(store, 'missing', 'none', events(1))).version, 0);
    },
  },
  {
    title: 'truncate: the identical retry of rows that are kept returns the first result; of rows that are gone, never the place of others',
    async run({ store }) {
      const [gone, stay] = [events(6, 'took:Placed'), life()];
      const first = await put(store, 's', 'none', gone);
      const second = await put(store, 's', 5, gone);
      const last = await put(store, 's', 11, stay);
      for (const before of [6, 12]) {
        await store.truncate('s', before);
        const retried = await write(store, 's', 'none', gone);
        assert.deepEqual({ ...retried }, retried.ok ? { ...first } : { ok: false, actual: 17 });
        assert.deepEqual({ ...(await write(store, 's', 11, stay)) }, { ...last });
        if (before === 6) assert.deepEqual({ ...(await write(store, 's', 5, gone)) }, { ...second });
      }
      assert.deepEqual(ids(await store.read('s')), ids(stay));
    },
  },
  {
    title: 'truncate: seen by every other connection at once, which appends at the version that it knew',
    needs: ['second'],
    async run(bench) {
      const both = [bench.store, await bench.second()] as const;
      await put(bench.store, 's', 'none', life());
      for (const [i, before] of [2, 4, 6, 7].entries()) {
        const [one, other] = i % 2 ? both : [both[1], both[0]];
        const last = (await other.read('s')).at(-1)?.version ?? 0;
        await one.truncate('s', before > last ? last : before);
        assert.equal((await other.read('s'))[0]?.version, Math.min(before, last));
        assert.equal((await put(other, 's', last, events(1, 'took:Placed'))).version, last + 1);
        assert.equal((await one.read('s')).at(-1)?.version, last + 1);
      }
    },
  },
  {
    title: 'truncate: those that race with each other and with appends end at the highest version, and no row is lost',
    needs: ['second'],
    async run(bench) {
      const [one, other] = [bench.store, await bench.second()];
      const { position } = await put(one, 's', 'none', life());
      await bench.within(
        Promise.all([
          ...[4, 1, 5, 2, 3].flatMap((before) => [one.truncate('s', before), other.truncate('s', before)]),
          (async () => {
            for (let last = 5; last < 25; last++) await put(other, 's', last, [event(last % 2 ? 'took:Placed' : 'Shipped')]);
          })(),
        ]),
        'truncations and appends of two connections',
      );
      for (const store of [one, other]) {
        assert.deepEqual(
          versions(await store.read('s')),
          Array.from({ length: 21 }, (_, n) => n + 5),
        );
        assert.equal((await bench.shown(store, { after: position })).length, 10);
      }
    },
  },
];
