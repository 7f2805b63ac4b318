import { Touchy, poison } from './actors';
import { Hold } from './faulty-store';
import type { Fault } from './faulty-store';
import { A, I, S, SHIPPING, wholeOrder } from './messages';
import { forEachStore } from './stores';
import { World } from './world';

const ORDER = 'shipping-o-1';
const TAKEN = ['took OrderSubmitted', 'took ItemAdded', 'took ItemAdded', 'took OrderAccepted', 'ShipmentRequested'];

forEachStore('the process dies', (open) => {
  test('32: before the handler, with the messages only just read: nothing is visible, and the next process takes each in once', async () => {
    const world = await World.open(open());
    await world.feed(...wholeOrder('o-1', 2));
    const first = await world.start({ readFaults: ['die before'] });
    await first.died();
    expect(first.store.appends).toBe(0);
    expect(await world.stream(ORDER)).toEqual([]);
    const second = await world.start();
    await second.settled();
    expect(second.kinds()).toEqual(['applied', 'applied', 'applied', 'applied']);
    expect(await world.story(ORDER)).toEqual(TAKEN);
    await world.check();
  });

  test('32: after the handler, before the append: nothing is visible, no outcome was told, and the next process takes each in once', async () => {
    const world = await World.open(open());
    await world.feed(...wholeOrder('o-1', 2));
    const first = await world.start({ faults: ['die before'] });
    await first.died();
    expect(first.outcomes).toEqual([]);
    expect(await world.stream(ORDER)).toEqual([]);
    const second = await world.start();
    await second.settled();
    expect(second.kinds()).toEqual(['applied', 'applied', 'applied', 'applied']);
    await world.check();
  });

  test('33: after the append, before the answer and the checkpoint: redelivered, and every message is a duplicate', async () => {
    const world = await World.open(open());
    await world.feed(...wholeOrder('o-1', 2));
    const first = await world.start({ faults: ['die after'] });
    await first.died();
    expect(first.outcomes).toEqual([]);
    expect(await world.story(ORDER)).toEqual(TAKEN);
    const second = await world.start();
    await second.settled();
    expect(second.kinds()).toEqual(['duplicate', 'duplicate', 'duplicate', 'duplicate']);
    expect(second.store.appends).toBe(0);
    await world.check();
  });

  const points: readonly Fault[] = ['die before', 'die after'];
  test.each(points.flatMap((fault) => Array.from({ length: 6 }, (_, n) => [fault, n] as const)))(
    '32, 33: %s append %i of an order whose messages are each appended alone, then a process that dies at its own first append',
    async (fault, n) => {
      const world = await World.open(open());
      await world.feed(...wholeOrder('o-1', 3), I('o-1', 0));
      const before = Array.from({ length: n }, () => 'ok' as const);
      const first = await world.start({ limits: { perActor: 1 }, faults: [...before, fault] });
      // The sixth append never comes: five messages are taken in, the sixth is a duplicate.
      if (n < 5) await first.died();
      else await first.settled();
      first.kill();
      const second = await world.start({ limits: { perActor: 1 }, faults: [fault] });
      if (n + (fault === 'die after' ? 1 : 0) < 5) await second.died();
      second.kill();
      await world.check();
      expect((await world.story(ORDER)).filter((row) => row === 'ShipmentRequested')).toHaveLength(1);
    },
  );

  test('33: a checkpoint is saved in the middle, then the process dies: the rest is redelivered and nothing below is asked for again', async () => {
    const world = await World.open(open());
    await world.feed(S('o-1'), I('o-1', 0));
    const first = await world.start();
    await first.settled();
    await world.until(() => world.history.saves.length > 0);
    first.store.faults.push('die after');
    await world.feed(I('o-1', 1), A('o-1', 2));
    await first.died();
    const second = await world.start();
    await second.settled();
    expect(new Set(second.kinds())).toEqual(new Set(['duplicate']));
    expect(second.outcomes.length).toBeLessThanOrEqual(2);
    await world.check();
  });

  test('35: before and after the append that parks a message among others: all of it is there or none, in order', async () => {
    for (const fault of points) {
      const world = await World.open(open());
      await world.feed(S('o-1'), I('o-1', 0), I('o-1', 1, poison), I('o-1', 2), A('o-1', 2));
      const first = await world.start({ use: [Touchy], limits: { attempts: 1 }, faults: [fault] });
      await first.died();
      const rows = await world.story(ORDER);
      const second = await world.start({ use: [Touchy], limits: { attempts: 1 } });
      await second.settled();
      const parked = ['took OrderSubmitted', 'took ItemAdded', 'parked ItemAdded', 'parked ItemAdded', 'parked OrderAccepted'];
      expect(rows).toEqual(fault === 'die before' ? [] : parked);
      expect(await world.story(ORDER)).toEqual(parked);
      expect((await world.stream(ORDER)).map(({ park }) => park)).toEqual([undefined, undefined, 'failed', 'behind', 'behind']);
      await world.check({ use: [Touchy] });
    }
  });
});

forEachStore('the checkpoint', (open) => {
  test('54: stays below the first message without a durable outcome while later ones are finished, and goes on when it is', async () => {
    const world = await World.open(open());
    await world.feed(I('o-1', 0), ...wholeOrder('o-2', 3), ...wholeOrder('o-3', 3));
    const hold = new Hold();
    const process = await world.start({ limits: { batch: 1, perActor: 1 }, faults: [hold] });
    await world.drive(hold.arrived);
    await world.until(() => process.outcomes.length === 10);
    const first = (await world.rows())[0];
    await world.drive(new Promise<void>((resolve) => void process.runtime.after(10_000, resolve)));
    expect(world.history.saves.filter(({ position }) => position >= (first?.position ?? 0))).toEqual([]);
    expect(process.system.progress()).toEqual([{ consumer: 'shipping', position: (first?.position ?? 0) - 1 }]);
    hold.release();
    await process.settled();
    await process.stop();
    expect((await world.store.checkpoint(SHIPPING).load()).position).toBe(await world.store.head());
    await world.check();
  });

  test('54: at every save, under lost answers, busy stores and two processes, everything below it is durable', async () => {
    const world = await World.open(open());
    const orders = Array.from({ length: 40 }, (_, n) => wholeOrder(`o-${n}`, 3));
    const limits = { batch: 2, perActor: 2, page: 3, window: 7 };
    const odd: Fault[] = ['ok', 'lose answer', 'busy', 'ok', 'lose request'];
    const faults = Array.from({ length: 40 }, (_, n) => odd[n % odd.length] as Fault);
    const processes = [await world.start({ limits, faults }), await world.start({ limits, faults: [...faults].reverse() })];
    for (let n = 0; n < 40; n += 10) {
      await world.feed(...orders.slice(n, n + 10).flat());
      for (const process of processes) await process.settled();
      await world.drive(new Promise<void>((resolve) => void processes[0]?.runtime.after(1_500, resolve)));
    }
    for (const process of processes) await process.stop();
    expect(world.history.saves.length).toBeGreaterThanOrEqual(8);
    expect(world.history.saves.at(-1)?.position).toBe(await world.store.head());
    await world.check();
  });
});
