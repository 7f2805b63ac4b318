import { LooseMeters, read, StockingV1, Stocking, stocked, StrictMeters } from './versions';
import { forEachStore } from './stores';
import { World } from './world';

forEachStore('content that is written in another way', (open) => {
  const first = stocked(2, { orderId: 'o-1', index: 0, quantity: 1 });
  const same = [
    ['other key order', stocked(2, { quantity: 1, index: 0, orderId: 'o-1' })],
    ['an undefined field in place of an absent one', stocked(2, { orderId: 'o-1', index: 0, quantity: 1, note: undefined })],
    ['an older schema version', stocked(1, { orderId: 'o-1', index: 0 })],
  ] as const;
  test.each(same)('4: %s is the same content: a duplicate, in either order, in memory and loaded', async (_, other) => {
    for (const messages of [
      [first, other],
      [other, first],
    ]) {
      const world = await World.open(open());
      const process = await world.start({ use: [Stocking], limits: { hot: 1 } });
      await world.feed(messages[0]!);
      await process.settled();
      await world.feed(messages[1]!);
      await process.settled();
      await world.feed(...['p', 'q', 'r'].map((orderId) => stocked(2, { orderId, index: 0, quantity: 1 })));
      await process.settled();
      await world.feed(messages[1]!, messages[0]!);
      await process.settled();
      expect(process.kinds()).toEqual(['applied', 'duplicate', 'applied', 'applied', 'applied', 'duplicate', 'duplicate']);
      await world.check({ use: [Stocking] });
    }
  });

  test('4: a first copy that yesterday’s code took in equals one of today’s schema version; one with another quantity conflicts', async () => {
    const world = await World.open(open());
    await world.feed(stocked(1, { orderId: 'o-1', index: 0 }), stocked(1, { orderId: 'o-1', index: 1 }));
    const old = await world.start({ use: [StockingV1] });
    await old.settled();
    await old.stop();
    const now = await world.start({ use: [Stocking] });
    await world.feed(first, stocked(2, { orderId: 'o-1', index: 1, quantity: 2 }));
    await now.settled();
    expect(now.kinds()).toEqual(['duplicate', 'conflict']);
    await world.check({ use: [Stocking], before: [StockingV1] });
  });
});

forEachStore('a stricter schema', (open) => {
  test('53: what was taken in stays taken in after a rewind, and loads; only what comes first now is held against it', async () => {
    const world = await World.open(open());
    await world.feed(read('m-1', 0), read('m-1', 5), read('m-2', -1));
    const loose = await world.start({ use: [LooseMeters] });
    await loose.settled();
    await loose.stop();
    await world.store.checkpoint('meters:Read').rewind(0);
    const strict = await world.start({ use: [StrictMeters] });
    await strict.settled();
    expect(strict.kinds()).toEqual(['duplicate', 'duplicate', 'duplicate']);
    expect(strict.store.appends).toBe(0);
    await world.feed(read('m-1', -3), read('m-1', 6));
    await strict.settled();
    expect(strict.kinds().slice(3)).toEqual(['parked', 'applied']);
    expect(await world.story('meters-m-1')).toEqual(['took Read', 'Noted', 'took Read', 'Noted', 'parked Read', 'took Read', 'Noted']);
    await world.check({ use: [StrictMeters], before: [LooseMeters] });
  });
});
