import { Flaky, Parcels, parcel, poison, Touchy } from './actors';
import { Hold } from './faulty-store';
import { A, I, S, wholeOrder } from './messages';
import { seeded } from './runtime';
import { forEachStore } from './stores';
import { World } from './world';

const ORDER = 'shipping-o-1';

forEachStore('orders beside each other', (open) => {
  test('26: a poison message holds up its own order only: the other ships, the followers of the poison are parked behind it in order', async () => {
    const world = await World.open(open());
    await world.feed(S('o-1'), S('o-2'), I('o-1', 0, poison), I('o-2', 0), I('o-1', 1), A('o-2', 1), A('o-1', 2));
    const process = await world.start({ use: [Touchy] });
    await process.settled();
    expect(await world.story('shipping-o-2')).toEqual(['took OrderSubmitted', 'took ItemAdded', 'took OrderAccepted', 'ShipmentRequested']);
    const rows = await world.stream(ORDER);
    expect(rows.map(({ kind, park, cause }) => [kind, park, cause.position])).toEqual([
      ['took', undefined, 1],
      ['parked', 'failed', 3],
      ['parked', 'behind', 5],
      ['parked', 'behind', 7],
    ]);
    expect(rows[1]?.reason).toBe('the dependency of this item is down');
    await world.check({ use: [Touchy] });
  });

  test('26: while a failing message waits for its next attempt, messages of other orders are taken in', async () => {
    const world = await World.open(open());
    const process = await world.start({ use: [Touchy], limits: { attempts: 1_000 } });
    await world.feed(I('o-1', 0, poison), ...wholeOrder('o-2', 2));
    await world.until(() => process.outcomes.length === 4);
    expect(new Set(process.outcomes.map(({ stream }) => stream))).toEqual(new Set(['shipping-o-2']));
    expect(process.system.counts()).toMatchObject({ applied: 4, waiting: 1 });
    process.kill();
    await world.check({ use: [Touchy] });
  });

  test('31: the same orderId for two tenants, whose keys bear a prefix, is two actors: neither sees the items of the other', async () => {
    const world = await World.open(open());
    await world.feed(parcel('t-1', 'o-1', 0), parcel('t-2', 'o-1', 0), parcel('t-2', 'o-1', 1), parcel('t-1', 'o-1', 0));
    const process = await world.start({ use: [Parcels] });
    await process.settled();
    expect(process.kinds().sort()).toEqual(['applied', 'applied', 'applied', 'duplicate']);
    expect((await world.stream('parcels-t-1/o-1')).map(({ data }) => data.index)).toEqual([0]);
    expect((await world.stream('parcels-t-2/o-1')).map(({ data }) => data.index)).toEqual([0, 1]);
    await world.check({ use: [Parcels] });
  });
});

forEachStore('two workers on one log', (open) => {
  test('27: both decide on the same messages at once: one append wins, the loser reloads and finds duplicates, no row of it is ever visible', async () => {
    const world = await World.open(open());
    await world.feed(...wholeOrder('o-1', 2));
    const holds = [new Hold(), new Hold()] as const;
    const winner = await world.start({ faults: [holds[0]] });
    const loser = await world.start({ faults: [holds[1]] });
    await world.drive(Promise.all(holds.map((hold) => hold.arrived)));
    holds[0].release();
    await winner.settled();
    expect(loser.outcomes).toEqual([]);
    holds[1].release();
    await loser.settled();
    expect([winner.kinds(), loser.kinds()]).toEqual([
      ['applied', 'applied', 'applied', 'applied'],
      ['duplicate', 'duplicate', 'duplicate', 'duplicate'],
    ]);
    expect((await world.rows()).filter(({ id }) => loser.runtime.made(id))).toEqual([]);
    expect(loser.store.appends).toBe(1);
    await world.check();
  });

  test('28: each wins one of two items of an order: both are taken in once, the loser decides on fresh state and ships', async () => {
    const world = await World.open(open());
    await world.feed(A('o-1', 2), I('o-1', 0), I('o-1', 1));
    const [slow, never] = [new Hold(), new Hold()];
    const one = await world.start({ limits: { perActor: 1 }, faults: ['ok', slow] });
    await world.drive(slow.arrived);
    // The other takes in item 0 meanwhile, and is stopped before item 1.
    const two = await world.start({ limits: { perActor: 1 }, faults: ['ok', never] });
    await world.drive(never.arrived);
    slow.release();
    await one.settled();
    never.release();
    await two.settled();
    expect(one.kinds()).toEqual(['applied', 'duplicate', 'applied']);
    expect(two.kinds()).toEqual(['duplicate', 'applied', 'duplicate']);
    expect(await world.story(ORDER)).toEqual(['took OrderAccepted', 'took ItemAdded', 'took ItemAdded', 'ShipmentRequested']);
    await world.check();
  });

  test('28: an append that loses its place forty times in a row reloads each time and is no failure: nothing is parked at one allowed attempt', async () => {
    const world = await World.open(open());
    await world.feed(I('o-1', 0));
    const faults = Array.from({ length: 40 }, () => () => world.nudge(ORDER));
    const process = await world.start({ limits: { attempts: 1 }, faults });
    await process.settled();
    expect(process.kinds()).toEqual(['applied']);
    expect(process.store.appends).toBe(41);
    expect((await world.story(ORDER)).filter((row) => row !== 'parked Nudged')).toEqual(['took ItemAdded']);
    await world.check();
  });

  test('28: turns that lost their append do not count as attempts of a message that throws: it is applied once it can be', async () => {
    const world = await World.open(open());
    await world.feed(S('o-1'), I('o-1', 0));
    Flaky.failures = 4;
    const faults = Array.from({ length: 3 }, () => () => world.nudge(ORDER));
    const process = await world.start({ use: [Flaky], limits: { attempts: 2 }, faults });
    await process.settled();
    expect(Flaky.failures).toBe(-1);
    expect(process.kinds()).toEqual(['applied', 'applied']);
    await world.check();
  });

  test.each([1, 2, 3])(
    '28: two workers race through twenty orders in batches of random size (seed %i): every message is applied at exactly one of them',
    async (seed) => {
      const world = await World.open(open());
      const dice = seeded(seed);
      const size = () => 1 + Math.floor(dice() * 4);
      const orders = Array.from({ length: 20 }, (_, n) => wholeOrder(`o-${n}`, 3));
      const messages = orders.flat().sort(() => dice() - 0.5);
      const workers = await Promise.all(
        [1, 2].map(() => world.start({ limits: { batch: size(), perActor: size(), page: size(), attempts: 1, turns: size() } })),
      );
      for (let n = 0; n < messages.length; n += 25) await world.feed(...messages.slice(n, n + 25));
      for (const worker of workers) await worker.settled();
      const applied = workers.flatMap((worker) => worker.outcomes.filter(({ kind }) => kind === 'applied').map(({ position }) => position));
      expect([...new Set(applied)]).toHaveLength(100);
      expect(applied).toHaveLength(100);
      await world.check();
    },
  );

  test('29: a worker paused between its decision and its append wakes after the other went on: refused by the expected version, and it changes nothing', async () => {
    const world = await World.open(open());
    await world.feed(S('o-1'), I('o-1', 0));
    const paused = new Hold();
    const sleeper = await world.start({ faults: [paused] });
    await world.drive(paused.arrived);
    const other = await world.start();
    await other.settled();
    await world.feed(A('o-1', 1));
    await other.settled();
    const rows = (await world.stream(ORDER)).length;
    paused.release();
    await sleeper.settled();
    expect(await world.stream(ORDER)).toHaveLength(rows);
    expect(sleeper.kinds()).toEqual(['duplicate', 'duplicate', 'duplicate']);
    await world.check();
  });
});

forEachStore('one hot order', (open) => {
  const COUNT = 10_000;

  test('30: 10,000 items in one order are all taken in, read from the log once, at no more than one append per full batch', async () => {
    const world = await World.open(open());
    const [submitted, ...rest] = wholeOrder('o-1', COUNT);
    await world.feed(submitted!, ...rest);
    const process = await world.start();
    await process.settled();
    expect(process.system.counts()).toMatchObject({ received: COUNT + 2, applied: COUNT + 2, parked: 0 });
    // The cost of an item does not grow with those before it: no append carries more rows, and the stream is loaded once, empty.
    expect(process.store.appends).toBeLessThan(COUNT / 100);
    expect(process.store.rowsRead).toBe(0);
    expect((await world.stream(ORDER)).length).toBeGreaterThan(0);
    await world.check();
  });

  test('30: two workers on one order with 2,000 items, with one allowed attempt: all are taken in once and none is parked', async () => {
    const world = await World.open(open());
    await world.feed(...wholeOrder('o-1', 2_000));
    const workers = [await world.start({ limits: { attempts: 1 } }), await world.start({ limits: { attempts: 1, perActor: 100 } })];
    for (const worker of workers) await worker.settled();
    const counts = workers.map((worker) => worker.system.counts());
    expect(counts.map(({ parked }) => parked)).toEqual([0, 0]);
    expect(counts.reduce((sum, { applied }) => sum + applied, 0)).toBe(2_002);
    await world.check();
  });
});
