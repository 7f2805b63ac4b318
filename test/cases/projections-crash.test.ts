import { I } from './messages';
import type { Fed } from './messages';
import type { Process } from './process';
import { forEachStore } from './stores';
import type { OpenLog } from './stores';
import { by, lined, Negated, tallies, Tally } from './tallies';
import { World } from './world';

const P = (order: string, index: number): Fed => I(order, index, { sku: 'poison' });

/** Runs the work in a process that is killed at its first step, then anew in one that is killed at its second, until it gets through. */
async function killedAtEachStep(open: () => OpenLog, stride: number, work: Work): Promise<number> {
  for (let step = 1, kills = 0; ; step += stride) {
    Tally.cannot = new Set(['poison']);
    const world = await World.open(open());
    await work.before(world);
    const process = await world.start({ use: [work.use] });
    process.store.dieAt = process.store.traffic + step;
    const done = world.drive(Promise.race([work.work(world, process).then(() => true), process.store.died.then(() => false)]));
    const through = await done;
    process.kill();
    if (!through) kills++;
    await work.after(world, through);
    if (through) return kills;
  }
}

interface Work {
  readonly use: typeof Tally;
  before(world: World): Promise<void>;
  work(world: World, process: Process): Promise<unknown>;
  /** Whatever died where. */
  after(world: World, through: boolean): Promise<void>;
}

/** A process that nothing happens to. */
async function calmly(world: World, use: typeof Tally, work: (process: Process) => Promise<unknown>): Promise<void> {
  const process = await world.start({ use: [use] });
  await process.settled();
  await world.drive(work(process));
  await process.settled();
  await process.stop();
}

function numbers(upTo: number): number[] {
  return Array.from({ length: upTo }, (_, n) => n);
}

forEachStore('a process that is killed at each step', (open, name) => {
  /** Each step is a log of its own: where making one takes its time, only some are tried. */
  const stride = name === 'memory' ? 1 : name === 'sqlite' ? 3 : 13;

  test('of parking an event and those behind it loses none and folds none twice or out of order', async () => {
    const kills = await killedAtEachStep(open, stride, {
      use: Tally,
      before: async (world) => world.feed(I('a', 0), P('a', 1), I('b', 0), I('a', 2), I('no key', 9)),
      work: async (world, process) => {
        await process.system.settled();
        await world.feed(I('a', 3), I('b', 1));
        await process.system.settled();
      },
      after: async (world, through) => {
        const partial = await tallies(world);
        expect([[], [0]]).toContainEqual(partial.a ?? []);
        await calmly(world, Tally, async (process) => {
          const rows = (await lined(world, process)).filter((line) => !line.startsWith('invalid'));
          expect([2, 3].map((n) => ['failed 1', 'behind 2', 'behind 3'].slice(0, n))).toContainEqual(rows);
          expect(rows.length === 3 || !through).toBe(true);
          Tally.cannot.clear();
          await process.system.operators.retry('tally:row-a', undefined, by);
        });
        const { a = [], b } = await tallies(world);
        expect([numbers(3), numbers(4)]).toContainEqual(a);
        expect(b).toEqual(numbers(a.length - 2));
        await world.store.checkpoint('tally').rewind(0);
        await calmly(world, Tally, () => Promise.resolve());
        expect(await tallies(world)).toEqual({ a, b });
      },
    });
    expect(kills).toBeGreaterThan(30 / stride);
  });

  test('of a retry and a skip: what was told holds, nothing is lost, and an operator who comes again ends it', async () => {
    let skipped = false;
    const kills = await killedAtEachStep(open, stride, {
      use: Tally,
      before: async (world) => {
        skipped = false;
        await world.feed(I('a', 0), P('a', 1), I('a', 2), P('a', 3), I('a', 4), I('a', 5, { sku: 'venom' }), I('a', 6));
        await calmly(world, Tally, () => Promise.resolve());
        Tally.cannot = new Set(['venom']);
      },
      work: async (world, process) => {
        const { operators } = process.system;
        await operators.skip('tally:row-a', 2, by);
        skipped = true;
        await operators.retry('tally:row-a', undefined, by);
        await world.feed(I('a', 7));
        await process.system.settled();
        Tally.cannot.clear();
        await operators.retry('tally:row-a', undefined, by);
      },
      after: async (world) => {
        const seen = (await tallies(world)).a ?? [];
        Tally.cannot.clear();
        await calmly(world, Tally, async (process) => {
          await process.system.operators.retry('tally:row-a', undefined, by);
          expect(await lined(world, process)).toEqual([]);
        });
        const { a = [] } = await tallies(world);
        const all = numbers((await world.store.read('feed')).length);
        const without = all.filter((n) => n !== 3);
        expect(skipped ? [without] : [all, without]).toContainEqual(a);
        // Readers never saw what was not to stay.
        expect(seen).toEqual(a.slice(0, seen.length));
        await world.store.checkpoint('tally').rewind(0);
        await calmly(world, Tally, () => Promise.resolve());
        expect((await tallies(world)).a).toEqual(a);
      },
    });
    expect(kills).toBeGreaterThan(30 / stride);
  });

  test('of a rebuild leaves the rows of before serving, or the new ones, whole; the next rebuild ends it and leaves nothing behind', async () => {
    const kills = await killedAtEachStep(open, stride, {
      use: Negated,
      before: async (world) => {
        await world.feed(I('a', 1), P('a', 2), I('b', 1), I('b', 2), I('a', 3));
        await calmly(world, Tally, () => Promise.resolve());
      },
      work: async (world, process) => {
        const rebuilt = process.system.rebuild('tally');
        await world.feed(I('c', 1), I('a', 4));
        await rebuilt;
        await world.feed(I('b', 3));
        await process.system.settled();
      },
      after: async (world, through) => {
        const { a, b } = await tallies(world);
        const before = a?.[0] === 1;
        expect(through && before).toBe(false);
        if (before) expect({ a, b: b?.slice(0, 2) }).toEqual({ a: [1], b: [1, 2] });
        else expect({ a: a?.slice(0, 3), b: b?.slice(0, 2) }).toEqual({ a: [-1, -2, -3], b: [-1, -2] });
        await calmly(world, Negated, async (process) => {
          expect(await lined(world, process)).toEqual(before ? expect.arrayContaining(['failed 2', 'behind 3']) : []);
          await process.system.rebuild('tally');
          expect(await lined(world, process)).toEqual([]);
        });
        const fed = (await world.store.read('feed')).map(({ data }) => JSON.parse(data) as { orderId: string; index: number });
        const wanted: Record<string, number[]> = {};
        for (const { orderId, index } of fed) (wanted[orderId] ??= []).push(-index);
        expect(await tallies(world)).toEqual(wanted);
        const left = await Promise.all(
          [1, 2, 3].map(async (n) => (await world.store.views?.all(n === 1 ? 'tally' : `tally~${n}`))?.length ?? 0),
        );
        expect(left.filter((rows) => rows > 0)).toHaveLength(1);
      },
    });
    expect(kills).toBeGreaterThan(60 / stride);
  });
});
