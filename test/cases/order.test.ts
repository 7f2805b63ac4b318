import { A, I, retried, S } from './messages';
import type { Fed } from './messages';
import { forEachStore } from './stores';
import { World } from './world';

const ORDER = 'shipping-o-1';

/** One message after the other, each settled before the next: every one meets what is in the log. */
async function oneByOne(world: World, messages: readonly Fed[]) {
  const process = await world.start();
  for (const message of messages) {
    await world.feed(message);
    await process.settled();
  }
  return process;
}

forEachStore('in any order', (open) => {
  test.each([
    ['an item', I('o-1', 0)],
    ['A', A('o-1', 1)],
    ['S', S('o-1')],
  ])('11: %s that comes first is taken in and starts the order', async (_, first) => {
    const world = await World.open(open());
    const process = await oneByOne(world, [first]);
    expect(process.kinds()).toEqual(['applied']);
    expect(await world.story(ORDER)).toEqual([`took ${first.type}`]);
    await world.feed(S('o-1'), I('o-1', 0), A('o-1', 1));
    await process.settled();
    expect((await world.story(ORDER)).filter((row) => row === 'ShipmentRequested')).toHaveLength(1);
    await world.check();
  });

  test('12: S after A, and S after the shipment, is taken in and moves no status back', async () => {
    const world = await World.open(open());
    const process = await oneByOne(world, [A('o-1', 1), S('o-1'), I('o-1', 0), I('o-2', 0), A('o-2', 1), S('o-2')]);
    expect(new Set(process.kinds())).toEqual(new Set(['applied']));
    expect(await world.story(ORDER)).toEqual(['took OrderAccepted', 'took OrderSubmitted', 'took ItemAdded', 'ShipmentRequested']);
    expect(await world.story('shipping-o-2')).toEqual(['took ItemAdded', 'took OrderAccepted', 'ShipmentRequested', 'took OrderSubmitted']);
    await world.check();
  });

  test('13: a second S, late and under a new id, is a duplicate after A and after the shipment', async () => {
    const world = await World.open(open());
    const submitted = S('o-1');
    const process = await oneByOne(world, [submitted, A('o-1', 1), retried(submitted), I('o-1', 0), retried(submitted)]);
    expect(process.kinds()).toEqual(['applied', 'applied', 'duplicate', 'applied', 'duplicate']);
    await world.check();
  });

  test('14: A before some items waits for them; the shipment is requested with the last one and not before', async () => {
    const world = await World.open(open());
    const process = await oneByOne(world, [S('o-1'), I('o-1', 2), A('o-1', 3), I('o-1', 0)]);
    expect(await world.story(ORDER)).not.toContain('ShipmentRequested');
    await world.feed(I('o-1', 1));
    await process.settled();
    const last = (await world.stream(ORDER)).slice(-2);
    expect(last.map(({ kind, data }) => [kind, data.index ?? data.items])).toEqual([
      ['took', 1],
      ['emitted', [0, 1, 2]],
    ]);
    await world.check();
  });

  test('15: a gap that is filled later leads to the same shipment as items in order', async () => {
    const world = await World.open(open());
    await oneByOne(world, [
      ...[S('o-1'), I('o-1', 0), I('o-1', 2), I('o-1', 1), A('o-1', 3)],
      ...[S('o-2'), I('o-2', 0), I('o-2', 1), I('o-2', 2), A('o-2', 3)],
    ]);
    const shipments = [...(await world.stream(ORDER)), ...(await world.stream('shipping-o-2'))].filter(({ kind }) => kind === 'emitted');
    expect(shipments.map(({ data }) => data.items)).toEqual([
      [0, 1, 2],
      [0, 1, 2],
    ]);
    await world.check();
  });

  test('16: an item at or above the accepted count is parked as a conflict; the order ships as if it had not come', async () => {
    const world = await World.open(open());
    const process = await oneByOne(world, [S('o-1'), A('o-1', 2), I('o-1', 2), I('o-1', 0), I('o-1', 7), I('o-1', 1)]);
    expect(process.kinds()).toEqual(['applied', 'applied', 'conflict', 'applied', 'conflict', 'applied']);
    const parked = (await world.stream(ORDER)).filter(({ kind }) => kind === 'parked');
    expect(parked.map(({ park, data }) => [park, data.index])).toEqual([
      ['conflict', 2],
      ['conflict', 7],
    ]);
    expect((await world.stream(ORDER)).at(-1)?.data).toEqual({ orderId: 'o-1', items: [0, 1] });
    await world.check();
  });

  test('17: an item below the count, first seen after A and before the shipment, is taken in', async () => {
    const world = await World.open(open());
    const process = await oneByOne(world, [S('o-1'), I('o-1', 0), A('o-1', 2), I('o-1', 1)]);
    expect(process.kinds()).toEqual(['applied', 'applied', 'applied', 'applied']);
    await world.check();
  });

  test('18: an item first seen after the shipment was requested is parked as too late, once; an equal copy of it is a duplicate', async () => {
    const world = await World.open(open());
    const late = I('o-1', 1);
    const process = await oneByOne(world, [S('o-1'), I('o-1', 0), A('o-1', 1), late, late, retried(late)]);
    expect(process.kinds()).toEqual(['applied', 'applied', 'applied', 'parked', 'duplicate', 'duplicate']);
    expect((await world.stream(ORDER)).at(-1)).toMatchObject({ kind: 'parked', park: 'late', type: 'ItemAdded' });
    await world.check();
  });
});
