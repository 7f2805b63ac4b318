import { Shipping } from '@waybill/bench/dist/shipping';
import { OldShipping, poison, Touchy } from './actors';
import { Hold, idempotentById } from './faulty-store';
import { A, I, retried, S, wholeOrder } from './messages';
import { forEachStore } from './stores';
import { World } from './world';

const ORDER = 'shipping-o-1';

forEachStore('schedules that a model of the flow found', (open) => {
  test('46: a message that one worker parks while another applies it is one of the two, and the loser tells what the winner did', async () => {
    for (const parkerFirst of [true, false]) {
      const world = await World.open(open());
      await world.feed(I('o-1', 0, poison), A('o-1', 1));
      const holds = [new Hold(), new Hold()] as const;
      const parker = await world.start({ use: [Touchy], limits: { attempts: 1 }, faults: [holds[0]] });
      const applier = await world.start({ use: [Shipping], faults: [holds[1]] });
      await world.drive(Promise.all(holds.map((hold) => hold.arrived)));
      const [first, second] = parkerFirst ? ([parker, applier] as const) : ([applier, parker] as const);
      holds[parkerFirst ? 0 : 1].release();
      await first.settled();
      holds[parkerFirst ? 1 : 0].release();
      await second.settled();
      expect(second.kinds()).toEqual(['duplicate', 'duplicate']);
      expect(await world.story(ORDER)).toEqual(
        parkerFirst ? ['parked ItemAdded', 'parked OrderAccepted'] : ['took ItemAdded', 'took OrderAccepted', 'ShipmentRequested'],
      );
      await world.check({ use: [Touchy], before: [Shipping] });
    }
  });

  test('47: of a batch of two the second is parked, and the append of both loses its race to another writer: the first is not lost', async () => {
    const world = await World.open(open());
    await world.feed(I('o-1', 0), I('o-1', 1, poison));
    const process = await world.start({ use: [Touchy], limits: { attempts: 1 }, faults: [() => world.nudge(ORDER)] });
    await process.settled();
    expect(process.kinds()).toEqual(['applied', 'parked']);
    expect(await world.story(ORDER)).toEqual(['parked Nudged', 'took ItemAdded', 'parked ItemAdded']);
    await world.check({ use: [Touchy] });
  });

  test('47: the same with a process that dies after it lost the race, before its second append: both are redelivered, neither is lost', async () => {
    const world = await World.open(open());
    await world.feed(I('o-1', 0), I('o-1', 1, poison));
    const faults = [() => world.nudge(ORDER), 'die before' as const];
    const first = await world.start({ use: [Touchy], limits: { attempts: 1 }, faults });
    await first.died();
    expect(first.outcomes).toEqual([]);
    await world.check({ use: [Touchy] });
    expect(await world.story(ORDER)).toEqual(['parked Nudged', 'took ItemAdded', 'parked ItemAdded']);
  });

  test('48: the second copy of an item is judged a duplicate of a first that is not durable yet: nothing is told or checkpointed, and after the crash one is taken in', async () => {
    const world = await World.open(open());
    const item = I('o-1', 0);
    await world.feed(item, retried(item), I('o-2', 0));
    const hold = new Hold();
    const first = await world.start({ limits: { batch: 2 }, faults: [hold] });
    await world.drive(hold.arrived);
    await world.until(() => first.outcomes.length === 1);
    await world.drive(new Promise<void>((resolve) => void first.runtime.after(10_000, resolve)));
    expect(first.outcomes.map(({ stream }) => stream)).toEqual(['shipping-o-2']);
    expect(world.history.saves).toEqual([]);
    hold.release('die before');
    await first.died();
    const second = await world.start();
    await second.settled();
    expect(second.outcomes.filter(({ stream }) => stream === ORDER).map(({ kind }) => kind)).toEqual(['applied', 'duplicate']);
    await world.check();
  });

  test('48: the append of both copies loses its race to another writer: the judgement of the second is made anew with that of the first', async () => {
    const world = await World.open(open());
    const item = I('o-1', 0);
    await world.feed(item, retried(item));
    const process = await world.start({ faults: [() => world.nudge(ORDER)] });
    await process.settled();
    expect(process.kinds()).toEqual(['applied', 'duplicate']);
    expect(await world.story(ORDER)).toEqual(['parked Nudged', 'took ItemAdded']);
    await world.check();
  });

  test.each([
    ['a store that refuses the loser', (store: Parameters<typeof idempotentById>[0]) => store],
    ['a server that is idempotent by event id', idempotentById],
  ])('49: two workers decide the same cause at the same version, on %s: one is told applied, the other duplicate', async (_, through) => {
    const world = await World.open(open());
    await world.feed(...wholeOrder('o-1', 1));
    const holds = [new Hold(), new Hold()] as const;
    const workers = [
      await world.start({ through, faults: [holds[0]], skew: 1_000 }),
      await world.start({ through, faults: [holds[1]], skew: 2_000 }),
    ];
    const writes = await world.drive(Promise.all(holds.map((hold) => hold.arrived)));
    const ids = writes.flat().flatMap(({ events }) => events.map(({ id }) => id));
    expect(new Set(ids).size).toBe(ids.length);
    for (const hold of holds) hold.release();
    for (const worker of workers) await worker.settled();
    const told = workers.flatMap((worker) => worker.kinds()).sort();
    expect(told).toEqual(['applied', 'applied', 'applied', 'duplicate', 'duplicate', 'duplicate']);
    await world.check();
  });

  test('49: a worker whose own append timed out goes on with the same ids, so that a server that knows ids stores it once', async () => {
    const world = await World.open(open());
    await world.feed(...wholeOrder('o-1', 1));
    const process = await world.start({ through: idempotentById, faults: ['lose answer', 'lose request', 'lose answer'] });
    await process.settled();
    expect(process.kinds()).toEqual(['applied', 'applied', 'applied']);
    await world.check();
  });
});

forEachStore('code that learns a type', (open) => {
  test('50: old code that does not know A takes in later messages and dies before its checkpoint; new code takes in the A that came before them', async () => {
    const world = await World.open(open());
    await world.feed(A('o-1', 2), S('o-1'), I('o-1', 0), I('o-1', 1));
    const old = await world.start({ use: [OldShipping] });
    await world.until(() => old.outcomes.length === 3);
    old.kill();
    const fresh = await world.start();
    await fresh.settled();
    expect(fresh.kinds().sort()).toEqual(['applied', 'duplicate', 'duplicate', 'duplicate']);
    expect((await world.story(ORDER)).slice(-2)).toEqual(['took OrderAccepted', 'ShipmentRequested']);
    await world.check({ before: [OldShipping] });
  });

  test('50: the same after a clean stop, whose checkpoint is past A: newer code has a checkpoint of its own and takes A in, once', async () => {
    const world = await World.open(open());
    await world.feed(A('o-1', 2), S('o-1'), I('o-1', 0), I('o-1', 1));
    const old = await world.start({ use: [OldShipping] });
    await old.settled();
    await old.stop();
    const fresh = await world.start();
    await fresh.settled();
    expect(fresh.kinds().sort()).toEqual(['applied', 'duplicate', 'duplicate', 'duplicate']);
    expect((await world.story(ORDER)).slice(-2)).toEqual(['took OrderAccepted', 'ShipmentRequested']);
    await world.check({ before: [OldShipping] });
  });
});
