import { poison, Touchy } from './actors';
import { I, wholeOrder } from './messages';
import { forEachStore } from './stores';
import { World } from './world';

const ORDER = 'shipping-o-1';
const TAKEN = ['took OrderSubmitted', 'took ItemAdded', 'took ItemAdded', 'took OrderAccepted', 'ShipmentRequested'];

forEachStore('an append that timed out', (open) => {
  test('10: an append that timed out but was stored is recognised as our own and counted once', async () => {
    const world = await World.open(open());
    const process = await world.start({ faults: ['lose answer'] });
    await world.feed(...wholeOrder('o-1', 2));
    await process.settled();
    expect(process.kinds()).toEqual(['applied', 'applied', 'applied', 'applied']);
    expect(await world.story(ORDER)).toEqual(TAKEN);
    await world.check();
  });

  test('10: an append that timed out and was not stored is stored once', async () => {
    const world = await World.open(open());
    const process = await world.start({ faults: ['lose request', 'lose request'] });
    await world.feed(...wholeOrder('o-1', 2));
    await process.settled();
    expect(process.kinds()).toEqual(['applied', 'applied', 'applied', 'applied']);
    expect(await world.story(ORDER)).toEqual(TAKEN);
    await world.check();
  });

  test('10: an append that was stored, but whose every retry times out as well, is found in the log as our own: applied, not duplicate', async () => {
    const world = await World.open(open());
    const process = await world.start({ faults: Array.from({ length: 9 }, () => 'lose answer' as const) });
    await world.feed(...wholeOrder('o-1', 2));
    await process.settled();
    expect(process.kinds()).toEqual(['applied', 'applied', 'applied', 'applied']);
    expect(await world.story(ORDER)).toEqual(TAKEN);
    await world.check();
  });

  test('10: the store is busy when our append is looked for in the log: looked for again, and every message has one outcome', async () => {
    const world = await World.open(open());
    const faults = Array.from({ length: 9 }, () => 'lose answer' as const);
    const process = await world.start({ faults, readFaults: ['ok', 'ok', 'busy', 'busy'] });
    await world.feed(I('o-1', 0));
    await process.settled();
    await world.feed(I('o-1', 1));
    await process.settled();
    expect(process.kinds()).toEqual(['applied', 'applied']);
    expect(process.store.readFaults).toEqual([]);
    await world.check();
  });

  test('10: after an attempt that was never stored a second one is stored, and neither is answered: found in the log as our own, applied', async () => {
    const world = await World.open(open());
    const lost = (fault: 'lose request' | 'lose answer') => Array.from({ length: 9 }, () => fault);
    const process = await world.start({ faults: [...lost('lose request'), ...lost('lose answer')] });
    await world.feed(...wholeOrder('o-1', 2));
    await process.settled();
    expect(process.kinds()).toEqual(['applied', 'applied', 'applied', 'applied']);
    expect(process.store.faults).toEqual([]);
    await world.check();
  });

  test('10: an append that parks a message, stored without an answer, is told as parked: an unknown outcome makes nothing applied', async () => {
    const world = await World.open(open());
    const faults = Array.from({ length: 9 }, () => 'lose answer' as const);
    await world.feed(I('o-1', 0), I('o-1', 0, { quantity: 2 }), I('o-1', 1, poison), I('o-1', 2));
    const process = await world.start({ use: [Touchy], limits: { attempts: 1 }, faults });
    await process.settled();
    expect(process.kinds()).toEqual(['applied', 'conflict', 'parked', 'parked']);
    await world.check({ use: [Touchy] });
  });

  test('10: an append that was not stored and lost its place to another writer meanwhile is decided anew, not pushed behind', async () => {
    const world = await World.open(open());
    const process = await world.start({ faults: ['lose request', () => world.nudge(ORDER)] });
    await world.feed(I('o-1', 0));
    await process.settled();
    expect(process.kinds()).toEqual(['applied']);
    expect(await world.story(ORDER)).toEqual(['parked Nudged', 'took ItemAdded']);
    await world.check();
  });

  test('10: an append that was stored stays ours when another writer went on behind it before the retry', async () => {
    const world = await World.open(open());
    const process = await world.start({ faults: ['lose answer', () => world.nudge(ORDER)] });
    await world.feed(I('o-1', 0));
    await process.settled();
    expect(process.kinds()).toEqual(['applied']);
    expect(await world.story(ORDER)).toEqual(['took ItemAdded', 'parked Nudged']);
    await world.check();
  });
});
