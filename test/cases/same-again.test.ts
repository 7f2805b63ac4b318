import { A, I, retried, S, SHIPPING, wholeOrder } from './messages';
import { forEachStore } from './stores';
import { World } from './world';

const ORDER = 'shipping-o-1';
const TAKEN = ['took OrderSubmitted', 'took ItemAdded', 'took ItemAdded', 'took OrderAccepted', 'ShipmentRequested'];

forEachStore('the same again', (open) => {
  test('1: S, an item or A redelivered under the same id is a duplicate: no row, no second shipment', async () => {
    const world = await World.open(open());
    const process = await world.start();
    const order = wholeOrder('o-1', 2);
    await world.feed(...order);
    await process.settled();
    const appends = process.store.appends;
    for (const message of order) {
      await world.feed(message);
      await process.settled();
    }
    expect(process.kinds().slice(4)).toEqual(['duplicate', 'duplicate', 'duplicate', 'duplicate']);
    expect(process.store.appends).toBe(appends);
    expect(await world.story(ORDER)).toEqual(TAKEN);
    await world.check();
  });

  test('2: the same item twice inside one batch is taken in once; the second is a duplicate of rows of the same append', async () => {
    const world = await World.open(open());
    const item = I('o-1', 0);
    await world.feed(item, item, retried(item));
    const process = await world.start();
    await process.settled();
    expect(process.kinds()).toEqual(['applied', 'duplicate', 'duplicate']);
    expect(process.store.appends).toBe(1);
    expect(await world.story(ORDER)).toEqual(['took ItemAdded']);
    await world.check();
  });

  test.each([
    ['while the state is in memory', {}],
    ['after the state left memory', { hot: 1 }],
  ])('3: an item that its producer sends again under a new id is a duplicate by order and index, %s', async (_, limits) => {
    const world = await World.open(open());
    const process = await world.start({ limits });
    const item = I('o-1', 0);
    await world.feed(item);
    await process.settled();
    await world.feed(I('o-2', 0), I('o-3', 0));
    await process.settled();
    await world.feed(retried(item));
    await process.settled();
    expect(process.kinds()).toEqual(['applied', 'applied', 'applied', 'duplicate']);
    expect(await world.story(ORDER)).toEqual(['took ItemAdded']);
    await world.check();
  });

  test('5: A twice, under the same id and under a new one, before and after the last item, gives one shipment', async () => {
    const world = await World.open(open());
    const process = await world.start();
    const accepted = A('o-1', 1);
    for (const message of [accepted, accepted, retried(accepted), I('o-1', 0), accepted, retried(accepted)]) {
      await world.feed(message);
      await process.settled();
    }
    expect(process.kinds()).toEqual(['applied', 'duplicate', 'duplicate', 'applied', 'duplicate', 'duplicate']);
    expect(await world.story(ORDER)).toEqual(['took OrderAccepted', 'took ItemAdded', 'ShipmentRequested']);
    await world.check();
  });

  test('6: S again after items were taken in, under either id, is a duplicate and the items stay', async () => {
    const world = await World.open(open());
    const process = await world.start();
    const submitted = S('o-1');
    await world.feed(submitted, I('o-1', 0), I('o-1', 1));
    await process.settled();
    await world.feed(submitted, retried(submitted));
    await process.settled();
    expect(process.kinds().slice(3)).toEqual(['duplicate', 'duplicate']);
    await world.feed(A('o-1', 2));
    await process.settled();
    expect((await world.stream(ORDER)).at(-1)?.data).toEqual({ orderId: 'o-1', items: [0, 1] });
    await world.check();
  });

  test('7: a restart whose checkpoint was never saved redelivers everything and appends nothing', async () => {
    const world = await World.open(open());
    await world.feed(...wholeOrder('o-1', 2), ...wholeOrder('o-2', 3));
    const first = await world.start();
    await world.until(() => first.outcomes.length === 9);
    first.kill();
    const second = await world.start();
    await second.settled();
    expect(second.store.appends).toBe(0);
    expect(new Set(second.kinds())).toEqual(new Set(['duplicate']));
    expect(second.outcomes).toHaveLength(9);
    await world.check();
  });

  test('7: a checkpoint that was sent back to the start redelivers everything and appends nothing, whatever came meanwhile', async () => {
    const world = await World.open(open());
    await world.feed(...wholeOrder('o-1', 2), I('o-2', 0));
    const first = await world.start();
    await first.settled();
    await first.stop();
    expect((await world.store.checkpoint(SHIPPING).load()).position).toBe(await world.store.head());
    await world.store.checkpoint(SHIPPING).rewind(0);
    await world.feed(I('o-2', 1));
    const second = await world.start();
    await second.settled();
    expect(second.kinds().filter((kind) => kind !== 'duplicate')).toEqual(['applied']);
    expect(second.store.appends).toBe(1);
    await world.check();
  });

  test('8: a duplicate that comes after the order was shipped and its state has left memory is a duplicate, not a late item', async () => {
    const world = await World.open(open());
    const process = await world.start({ limits: { hot: 2 } });
    const order = wholeOrder('o-1', 2);
    await world.feed(...order);
    await process.settled();
    for (let n = 2; n < 12; n++) await world.feed(...wholeOrder(`o-${n}`, 1));
    await process.settled();
    const before = process.outcomes.length;
    await world.feed(...order.map(retried), ...order);
    await process.settled();
    expect(new Set(process.kinds().slice(before))).toEqual(new Set(['duplicate']));
    await world.check();
  });
});
