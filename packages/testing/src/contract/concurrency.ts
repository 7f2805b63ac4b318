import assert from 'node:assert/strict';
import type { Expected, NewEvent, Store } from '@waybill/core';
import type { Bench, ContractCase } from './bench';
import { event, events, held, ids, mustRise, put, rowsOf, versions, write } from './bench';

/** Two connections stand for two processes; a store without a second one races against itself. */
export const concurrencyCases: readonly ContractCase[] = (
  [
    {
      title: 'concurrency: of two writers at one version one wins; the loser leaves no trace and gets the actual version',
      async run(bench) {
        const stores = await both(bench);
        for (let n = 0; n < 20; n++) {
          const [a, b] = [events(3), events(2)];
          const written = await Promise.all([write(stores[n % 2]!, `s-${n}`, 'none', a), write(stores[1 - (n % 2)]!, `s-${n}`, 'none', b)]);
          assert.equal(written.filter((one) => one.ok).length, 1);
          const [won, lost] = written[0].ok ? [a, written[1]] : [b, written[0]];
          assert.deepEqual({ ...lost }, { ok: false, actual: won.length - 1 });
          assert.deepEqual(ids(await bench.store.read(`s-${n}`)), ids(won));
        }
      },
    },
    {
      title: 'concurrency: 50 racing appends on one stream, each repeated until it fits, are stored once each at versions 0 to 49',
      async run(bench) {
        const stores = await both(bench);
        const rows = events(50);
        await Promise.all(rows.map((row, i) => untilItFits(stores[i % 2]!, 's', row)));
        const read = await bench.store.read('s');
        assert.deepEqual(
          versions(read),
          rows.map((_, i) => i),
        );
        assert.deepEqual([...ids(read)].sort(), [...ids(rows)].sort());
        mustRise(read.map((row) => row.position));
      },
    },
    {
      title: 'concurrency: the identical append sent twice at once is stored once, and both calls get the same result',
      async run(bench) {
        const [first, second] = await both(bench);
        for (let n = 0; n < 20; n++) {
          const rows = events(3);
          const written = await Promise.all([first, second].map((store) => write(store!, `s-${n}`, 'none', rows)));
          assert.deepEqual({ ...held(written[0]) }, { ...held(written[1]) });
          assert.deepEqual(ids(await bench.store.read(`s-${n}`)), ids(rows));
        }
      },
    },
    {
      title: 'concurrency: calls that name the same streams in opposite orders all return, and each stream has one winner',
      async run(bench) {
        const stores = await both(bench);
        const streams = Array.from({ length: 10 }, (_, i) => `s-${i}`);
        const calls = Array.from({ length: 10 }, (_, n) => {
          const named = n % 2 ? streams : [...streams].reverse();
          return stores[n % 2]!.append(named.map((stream) => ({ stream, expected: 'none', events: [event(`of ${n}`), event(`of ${n}`)] })));
        });
        const written = (await bench.within(Promise.all(calls), 'ten calls on the same ten streams')).flat();
        assert.equal(written.filter((one) => one.ok).length, 10);
        for (const stream of streams) {
          const [one, two, ...more] = await bench.store.read(stream);
          assert.deepEqual([one?.type, more.length], [two?.type, 0]);
        }
      },
    },
    {
      title: 'concurrency: the rows of one write are adjacent for a subscriber, whatever is written at the same time',
      async run(bench) {
        const stores = await both(bench);
        await Promise.all(Array.from({ length: 40 }, (_, n) => put(stores[n % 2]!, `s-${n}`, 'none', events(5))));
        const shown = await bench.shown(bench.store, { after: 0, limit: 7 });
        assert.equal(shown.length, 200);
        for (let i = 0; i < 200; i += 5) {
          assert.equal(new Set(shown.slice(i, i + 5).map((row) => row.stream)).size, 1);
          assert.deepEqual(versions(shown.slice(i, i + 5)), [0, 1, 2, 3, 4]);
        }
      },
    },
    {
      title:
        'concurrency: while two connections write, a subscriber of each sees every row once and no later position before an earlier one',
      async run(bench) {
        const stores = await both(bench);
        const keepWriting = async (store: Store, which: number) => {
          for (let n = 0; n < 30; n++) {
            await Promise.all([0, 1, 2].map((i) => put(store, `${which}-${i}`, n === 0 ? 'none' : n - 1, events(1))));
          }
        };
        const watch = (store: Store) => {
          let seen = 0;
          return bench.pages(store, { after: 0, limit: 10 }, (page) => (seen += page.events.length) >= 180);
        };
        const [watched] = await Promise.all([Promise.all(stores.map(watch)), Promise.all(stores.map(keepWriting))]);
        const [first, second] = watched.map(rowsOf);
        mustRise(first?.map((row) => row.position) ?? []);
        assert.equal(first?.length, 180);
        assert.deepEqual(first, second);
        assert.deepEqual(first, await bench.shown(bench.store, { after: 0 }));
      },
    },
  ] satisfies readonly ContractCase[]
).map((one: ContractCase) => ({ ...one, needs: ['second'] }));

async function both(bench: Bench): Promise<readonly Store[]> {
  return [bench.store, await bench.second()];
}

/** A refusal returns the version of the stream, which only grows: of 50 writers none is refused more than 50 times. */
async function untilItFits(store: Store, stream: string, row: NewEvent): Promise<void> {
  let expected: Expected = 'none';
  for (let attempt = 0; attempt < 50; attempt++) {
    const written = await write(store, stream, expected, [row]);
    if (written.ok) return;
    assert.ok(written.actual !== 'none' && (expected === 'none' || written.actual > expected), 'a refused writer gets a newer version');
    expected = written.actual;
  }
  assert.fail('a writer was refused more often than there are other writers');
}
