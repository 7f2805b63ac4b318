import type { Views } from '@waybill/core';
import { I } from './messages';
import type { Fed } from './messages';
import type { Process } from './process';
import { forEachStore } from './stores';
import { beforeWrite, by, leftovers, lined, Negated, retry, Strict, tallies, Tally } from './tallies';
import { World } from './world';

const P = (order: string, index: number): Fed => I(order, index, { sku: 'poison' });

/** Rows that stand in a generation, whichever is current. */
async function rowsIn({ store }: World, view: string): Promise<number> {
  return (await (store.views as Views).all(view)).length;
}

async function current({ store }: World): Promise<unknown> {
  const [stored] = await (store.views as Views).load('tally~', ['generation']);
  return JSON.parse(stored?.row as string);
}

function rebuild(world: World, process: Process): Promise<void> {
  return world.drive(process.system.rebuild('tally'));
}

/** A log that older code has worked off. */
async function tallied(world: World, ...messages: Fed[]): Promise<void> {
  const before = await world.start({ use: [Tally] });
  await world.feed(...messages);
  await before.settled();
  await before.stop();
}

forEachStore('a rebuild of a projection', (open) => {
  beforeEach(() => (Tally.cannot = new Set(['poison'])));

  test('folds the log from its start while the rows of before are read and kept up, and takes their place at once', async () => {
    const world = await World.open(open());
    await tallied(world, I('a', 1), I('a', 2), I('b', 1));
    const process = await world.start({ use: [Negated] });
    const seen: Record<string, number[]>[] = [];
    const look = async () => void seen.push(await tallies(world));
    process.store.beforeViews.push(
      look, // its number
      async () => {
        await look(); // its rows
        await world.feed(I('a', 3), I('c', 1));
      },
      look,
    );
    await rebuild(world, process);
    expect(seen).toEqual(Array(3).fill({ a: [1, 2], b: [1] }));
    await process.settled();
    expect(await tallies(world)).toEqual({ a: [-1, -2, -3], b: [-1], c: [-1] });
    expect([await rowsIn(world, 'tally'), await rowsIn(world, 'tally~2')]).toEqual([0, 3]);
    await world.feed(I('a', 4));
    await process.settled();
    expect((await tallies(world)).a).toEqual([-1, -2, -3, -4]);
    // Its events have had their outcomes: a rebuild tells none a second time.
    expect(process.kinds().every((kind) => kind === 'applied' || kind === 'duplicate')).toBe(true);
    expect(process.system.progress()).toEqual([{ consumer: 'tally', position: await world.store.head() }]);
    await process.stop();
    const next = await world.start({ use: [Negated] });
    await next.settled();
    expect(next.outcomes).toEqual([]);
    await world.feed(I('b', 2));
    await next.settled();
    expect(await tallies(world)).toEqual({ a: [-1, -2, -3, -4], b: [-1, -2], c: [-1] });
    await next.stop();
    expect(leftovers(world)).toEqual([]);
  });

  test('is followed by the other processes: what they fold from then on is in the new rows, whichever was at work at the switch', async () => {
    const world = await World.open(open());
    await tallied(world, I('a', 1), I('b', 1));
    const [here, there] = [await world.start({ use: [Negated] }), await world.start({ use: [Negated] })];
    await rebuild(world, here);
    expect(await tallies(world)).toEqual({ a: [-1], b: [-1] });
    here.kill();
    await world.feed(I('a', 2), I('c', 1));
    await there.settled();
    expect(await tallies(world)).toEqual({ a: [-1, -2], b: [-1], c: [-1] });
    expect(await rowsIn(world, 'tally')).toBe(0);
    await there.stop();
    expect(leftovers(world)).toEqual([]);
  });

  test('takes along an event that another process was folding into the rows of before when they were replaced', async () => {
    const world = await World.open(open());
    await tallied(world, I('a', 1));
    const there = await world.start({ use: [Negated] });
    let switched = false;
    there.store.beforeViews.push(async () => {
      // The builder dies at once: nobody else is there to fold the event into the new rows.
      const other = await world.start({ use: [Negated] });
      await other.system.rebuild('tally');
      other.kill();
      switched = true;
    });
    await world.feed(I('a', 2));
    await there.settled();
    expect(switched).toBe(true);
    expect(await tallies(world)).toEqual({ a: [-1, -2] });
    expect(await rowsIn(world, 'tally')).toBe(0);
    const { received, waiting, ...ended } = there.system.counts();
    expect({ received, waiting }).toEqual({ received: Object.values(ended).reduce((sum, n) => sum + n), waiting: 0 });
    await there.stop();
  });

  test('leaves nothing parked that the code of now can fold; the parks of before are closed with a note', async () => {
    const world = await World.open(open());
    await tallied(world, I('a', 1), P('a', 2), I('a', 3), I('no key', 7));
    const process = await world.start({ use: [Negated] });
    expect(await lined(world, process)).toHaveLength(3);
    await rebuild(world, process);
    expect(await tallies(world)).toEqual({ a: [-1, -2, -3] });
    expect(await lined(world, process)).toEqual(['invalid {"orderId":"no key","index":7,"sku":"sku-7","quantity":1}']);
    const notes = (await world.store.read('tally:row-a')).map(
      ({ meta }) => JSON.parse(meta) as { park: string; by?: string; why?: string },
    );
    expect(notes.map(({ park, by: who, why }) => [park, who, why])).toEqual([
      ['failed', undefined, undefined],
      ['behind', undefined, undefined],
      ['released', 'rebuild', 'rebuilt as tally~2'],
      ['released', 'rebuild', 'rebuilt as tally~2'],
    ]);
    await expect(world.drive(process.system.operators.retry('tally:row-a', 0, by))).rejects.toThrow('NOT_PARKED');
    await process.stop();
  });

  test('parks anew what still cannot be folded, under the name of the new generation, where operators release it', async () => {
    const world = await World.open(open());
    await tallied(world, I('a', 1), P('a', 2), I('a', 3));
    const process = await world.start({ use: [Tally] });
    await rebuild(world, process);
    expect(await tallies(world)).toEqual({ a: [1] });
    expect(await lined(world, process)).toEqual(['failed 2', 'behind 3']);
    Tally.cannot.clear();
    expect(await world.drive(process.system.operators.retry('tally~2:row-a', undefined, by))).toMatchObject({ left: 0 });
    await world.feed(I('a', 4));
    await process.settled();
    expect(await tallies(world)).toEqual({ a: [1, 2, 3, 4] });
    await process.stop();
  });

  test('of two processes at once ends in one view, complete, and nothing else is left; the one that began later stays', async () => {
    const world = await World.open(open());
    await tallied(world, ...Array.from({ length: 30 }, (_, n) => I(`o-${n % 3}`, n)));
    const processes = [await world.start({ use: [Negated] }), await world.start({ use: [Negated] })];
    const all = Promise.all(processes.map((process) => process.system.rebuild('tally')));
    await world.feed(I('o-0', 30), I('o-1', 31));
    await world.drive(all);
    await world.feed(I('o-2', 32));
    for (const process of processes) await process.settled();
    const wanted = (rest: number) => Array.from({ length: 33 }, (_, n) => -n).filter((n) => -n % 3 === rest);
    const rows = await tallies(world);
    expect(rows).toEqual({ 'o-0': wanted(0).map((n) => n || 0), 'o-1': wanted(1), 'o-2': wanted(2) });
    expect(await current(world)).toMatchObject({ current: 3, next: 4 });
    for (const process of processes) await process.stop();
    expect([await rowsIn(world, 'tally'), await rowsIn(world, 'tally~2'), await rowsIn(world, 'tally~3')]).toEqual([0, 0, 3]);
    expect(leftovers(world)).toEqual([]);
  });

  test('that began earlier gives way to a later one that is ready first, and is told when that one is there', async () => {
    const world = await World.open(open());
    await tallied(world, I('a', 1), I('b', 1));
    const [first, second] = [await world.start({ use: [Tally] }), await world.start({ use: [Negated] })];
    beforeWrite(first, 'tally~2', () => second.system.rebuild('tally'));
    await rebuild(world, first);
    expect(await current(world)).toMatchObject({ current: 3, next: 4 });
    expect(await tallies(world)).toEqual({ a: [-1], b: [-1] });
    await world.feed(I('b', 2));
    for (const process of [first, second]) await process.settled();
    expect(Object.keys(await tallies(world))).toEqual(['a', 'b']);
    expect([await rowsIn(world, 'tally'), await rowsIn(world, 'tally~2'), await rowsIn(world, 'tally~3')]).toEqual([0, 0, 2]);
    for (const process of [first, second]) await process.stop();
  });

  test('has a number of its own, whoever else takes one in the same moment', async () => {
    const world = await World.open(open());
    await tallied(world, I('a', 1));
    const [first, second] = [await world.start({ use: [Negated] }), await world.start({ use: [Negated] })];
    beforeWrite(first, 'tally~', () => second.system.rebuild('tally'));
    await rebuild(world, first);
    expect(await current(world)).toMatchObject({ current: 3, next: 4, kept: 3 });
    expect(await tallies(world)).toEqual({ a: [-1] });
    for (const process of [first, second]) await process.stop();
  });

  test('goes back to no earlier state: what the running one has folded by the switch is in the new rows', async () => {
    const world = await World.open(open());
    await tallied(world, I('a', 1));
    const process = await world.start({ use: [Negated] });
    let compared: [number, number] | undefined;
    const compare = async () => {
      await world.feed(I('b', 1));
      for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
      compared = [await rowsIn(world, 'tally'), await rowsIn(world, 'tally~2')];
    };
    beforeWrite(process, 'tally~', compare, 2);
    await rebuild(world, process);
    expect(compared).toEqual([1, 1]);
    await process.settled();
    expect(await tallies(world)).toEqual({ a: [-1], b: [-1] });
    await process.stop();
  });

  test('has saved how far it came before it is current: a process that is killed right behind the switch folds nothing again', async () => {
    const world = await World.open(open());
    await tallied(world, I('a', 1), I('b', 1));
    const process = await world.start({ use: [Negated] });
    await rebuild(world, process);
    process.kill();
    const next = await world.start({ use: [Negated] });
    await next.settled();
    expect(next.outcomes).toEqual([]);
    await next.stop();
  });

  test('leaves to whoever starts next what it could not forget when it was killed right behind the switch', async () => {
    const world = await World.open(open());
    await tallied(world, I('a', 1), P('a', 2), I('b', 1));
    const process = await world.start({ use: [Negated] });
    beforeWrite(process, 'tally~', async () => void (process.store.dieAt = process.store.traffic + 1), 2);
    void process.system.rebuild('tally');
    await process.died();
    expect(await rowsIn(world, 'tally')).toBe(2);
    expect(await tallies(world)).toEqual({ a: [-1, -2], b: [-1] });
    const next = await world.start({ use: [Negated] });
    const forgotten = async () => {
      while (JSON.stringify(await current(world)).includes('"kept":1')) await new Promise((resolve) => setImmediate(resolve));
    };
    await world.drive(forgotten());
    await next.stop();
    expect(await rowsIn(world, 'tally')).toBe(0);
    expect((await world.store.read('tally:row-a')).map(({ meta }) => (JSON.parse(meta) as { park: string }).park)).toEqual([
      'failed',
      'released',
    ]);
    expect(await current(world)).toMatchObject({ current: 2, kept: 2 });
  });

  test('begins at the start of the log even where a checkpoint of its name is left from before the views were lost', async () => {
    const world = await World.open(open());
    await tallied(world, I('a', 1), I('b', 1));
    const { id } = world.store;
    await world.store.checkpoint('tally~2').save({ store: id, position: await world.store.head(), epoch: 0 });
    await (world.store.views as Views).write('tally~2', [{ key: 'z', row: '{"items":[9]}', position: 1, expected: 0 }]);
    const process = await world.start({ use: [Negated] });
    await rebuild(world, process);
    expect(await tallies(world)).toEqual({ a: [-1], b: [-1] });
    await process.stop();
  });

  test('has no event parked by a worker that does not know yet that its rows are gone', async () => {
    const world = await World.open(open());
    const [here, there] = [await world.start({ use: [Strict] }), await world.start({ use: [Strict] })];
    await world.feed(I('a', 0));
    for (const process of [here, there]) await process.settled();
    await rebuild(world, here);
    here.kill();
    await world.feed(I('a', 1));
    await there.settled();
    expect(await tallies(world)).toEqual({ a: [0, 1] });
    expect(await world.store.read('tally:row-a')).toEqual([]);
    expect(there.kinds()).not.toContain('parked');
    await there.stop();
  });

  test('is known to an operator in a process that has had nothing to do since', async () => {
    const world = await World.open(open());
    await tallied(world, I('a', 1), P('a', 2));
    const [here, there] = [await world.start({ use: [Tally] }), await world.start({ use: [Tally] })];
    await rebuild(world, here);
    here.kill();
    Tally.cannot.clear();
    expect(await lined(world, there)).toEqual(['failed 2']);
    expect(await world.drive(there.system.operators.retry('tally~2:row-a', undefined, by))).toMatchObject({ left: 0 });
    expect(await tallies(world)).toEqual({ a: [1, 2] });
    await there.stop();
  });

  test('asked for twice in one process is one; asked for again afterwards it is another', async () => {
    const world = await World.open(open());
    await tallied(world, I('a', 1));
    const process = await world.start({ use: [Negated] });
    await world.drive(Promise.all([process.system.rebuild('tally'), process.system.rebuild('tally')]));
    expect(await rowsIn(world, 'tally~2')).toBe(1);
    await rebuild(world, process);
    expect([await rowsIn(world, 'tally~2'), await rowsIn(world, 'tally~3')]).toEqual([0, 1]);
    expect(await tallies(world)).toEqual({ a: [-1] });
    await process.stop();
  });

  test('is told to have stopped when its app stops; the rows of before stay, and the next one begins anew', async () => {
    const world = await World.open(open());
    await tallied(world, I('a', 1), I('b', 1));
    const process = await world.start({ use: [Negated] });
    let stopped: Promise<void> | undefined;
    process.store.beforeViews.push(
      () => Promise.resolve(),
      async () => {
        stopped = process.system.stop();
      },
    );
    await expect(rebuild(world, process)).rejects.toThrow('APP_STOPPED');
    await world.drive(stopped as Promise<void>);
    await process.stop();
    expect(await tallies(world)).toEqual({ a: [1], b: [1] });
    await expect(rebuild(world, process)).rejects.toThrow('APP_STOPPED');
    const next = await world.start({ use: [Negated] });
    await rebuild(world, next);
    expect(await tallies(world)).toEqual({ a: [-1], b: [-1] });
    expect([await rowsIn(world, 'tally'), await rowsIn(world, 'tally~2'), await rowsIn(world, 'tally~3')]).toEqual([0, 0, 2]);
    await next.stop();
    expect(leftovers(world)).toEqual([]);
  });

  test('fails with the store, and leaves the rows of before and the running projection as they were', async () => {
    const world = await World.open(open());
    await tallied(world, I('a', 1));
    const process = await world.start({ use: [Negated] });
    process.store.beforeViews.push(
      () => Promise.resolve(),
      () => Promise.reject(new Error('the disk of the views is full')),
    );
    await expect(rebuild(world, process)).rejects.toThrow('the disk of the views is full');
    expect(process.failure).toBeUndefined();
    await world.feed(I('a', 2));
    await process.settled();
    expect(await tallies(world)).toEqual({ a: [1, -2] });
    await rebuild(world, process);
    expect(await tallies(world)).toEqual({ a: [-1, -2] });
    expect(await retry(world, process, 'a').catch(({ code }: { code: string }) => code)).toBe('NOT_PARKED');
    await process.stop();
  });
});
