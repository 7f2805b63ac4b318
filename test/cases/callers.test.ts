import { WaybillError } from '@waybill/core';
import type { Store } from '@waybill/core';
import { UNKNOWN_OUTCOME } from '@waybill/core/store-kit';
import { Actor, Aggregate, Applies, Command, Event, Handles, Rejected } from 'waybill';
import { forEachStore } from './stores';
import { World } from './world';

class Add extends Command('Add')<{ id: string; n: number; tags: string[] }> {}
class Added extends Event('Added')<{ id: string; total: number; tags: string[] }> {}
type Sum = { total: number; tags: string[] };

@Aggregate('sums')
class Sums extends Actor<Sum, Add, Added> {
  initial(): Sum {
    return { total: 0, tags: [] };
  }
  key(c: Add) {
    return c.id;
  }
  @Handles(Add) add({ id, n, tags }: Add, sum: Sum) {
    if (n < 0) throw new Rejected('negative');
    if (n === 13) {
      sum.tags.push('ghost');
      throw new Error('thirteen');
    }
    if (n === 99 && sum.total === 0) throw new Error('nothing is there yet');
    return new Added({ id, total: sum.total + n, tags: [...sum.tags, ...tags] });
  }
  @Applies(Added) added({ total, tags }: Added): Sum {
    return { total, tags: [...tags] };
  }
}

const add = (n: number, ...tags: string[]) => new Add({ id: 's', n, tags });
const refused = (promise: Promise<unknown>) =>
  promise.then(
    () => 'ok',
    (error: Error) => error.message,
  );

forEachStore('the caller of a command', (open) => {
  const start = async () => {
    const world = await World.open(open());
    return { world, process: await world.start({ use: [Sums] }) };
  };

  test('42: gets the answer of an accepted command again when the next command of that actor was refused', async () => {
    const { world, process } = await start();
    const first = await process.send('sums', add(1), 'c1');
    expect(await refused(process.send('sums', add(-1), 'c2'))).toMatch(/^REJECTED: negative/);
    expect(await process.send('sums', add(1), 'c1')).toEqual(first);
    expect(await refused(process.send('sums', add(-1), 'c2'))).toMatch(/^REJECTED: negative/);
    await world.check({ use: [Sums] });
  });

  test('changes neither state nor log by what it does to its command or to its answer', async () => {
    const { world, process } = await start();
    const command = add(1, 'a');
    const sending = process.send('sums', command, 'c1');
    (command as { n: number }).n = 5;
    (command.tags as unknown as string[]).push('later');
    const answer = await sending;
    (answer.events[0] as unknown as { tags: string[] }).tags.push('invented');
    const next = await process.send('sums', add(1, 'b'), 'c2');
    expect(next.events).toEqual([new Added({ id: 's', total: 2, tags: ['a', 'b'] })]);
    await world.check({ use: [Sums] });
  });

  test('is not answered from a state that a method changed before it threw', async () => {
    const { world, process } = await start();
    await process.send('sums', add(1, 'a'), 'c1');
    expect(await refused(process.send('sums', add(13), 'c2'))).toBe('thirteen');
    expect((await process.send('sums', add(1), 'c3')).events).toEqual([new Added({ id: 's', total: 2, tags: ['a'] })]);
    await world.check({ use: [Sums] });
  });

  test('is told of an error only when the log as it stands confirms it: a state that others left behind is loaded anew', async () => {
    const { world, process } = await start();
    expect(await refused(process.send('sums', add(-1), 'c1'))).toMatch(/negative/);
    const other = await world.start({ use: [Sums] });
    await other.send('sums', add(1), 'c2');
    expect((await process.send('sums', add(99), 'c3')).events).toEqual([new Added({ id: 's', total: 100, tags: [] })]);
    await world.check({ use: [Sums] });
  });

  test('is told that nobody knows when an append got no answer and its repetition was refused', async () => {
    const world = await World.open(open());
    let calls = 0;
    const through = (store: Store): Store => ({
      ...methodsOf(store),
      append: async (writes) => {
        if (++calls > 1) throw new WaybillError('STORE_FAILED', 'the disk is gone', 'replace it');
        await store.append(writes);
        throw new WaybillError(UNKNOWN_OUTCOME, 'no answer came', 'append the identical writes again');
      },
    });
    const process = await world.start({ use: [Sums], through });
    expect(await refused(process.send('sums', add(1), 'c1'))).toMatch(/^STORE_UNKNOWN_OUTCOME/);
    expect(await world.story('sums-s')).toEqual(['took Add', 'Added']);
    process.kill();
  });
});

function methodsOf(store: Store): Store {
  return {
    id: store.id,
    append: (writes) => store.append(writes),
    read: (stream, from, limit) => store.read(stream, from, limit),
    rowAt: (position) => store.rowAt(position),
    truncate: (stream, before) => store.truncate(stream, before),
    subscribe: (query, signal) => store.subscribe(query, signal),
    head: () => store.head(),
    checkpoint: (consumer) => store.checkpoint(consumer),
    snapshot: (stream) => store.snapshot(stream),
    close: () => store.close(),
  };
}
