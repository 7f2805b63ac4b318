import { AddItem } from '@waybill/sample-orders-shipping/dist/messages';
import { poison, Touchy } from './actors';
import { A, I, retried, S, wholeOrder } from './messages';
import type { Fed } from './messages';
import { forEachStore } from './stores';
import { World } from './world';

const ORDER = 'shipping-o-1';

forEachStore('a conflict', (open) => {
  test.each([
    ['while the first copy is in memory', {}],
    ['when the first copy must be loaded', { hot: 1 }],
  ])('21: the same index with other content is parked with its difference, the first copy stays, %s', async (_, limits) => {
    const world = await World.open(open());
    const process = await world.start({ limits });
    await world.feed(S('o-1'), I('o-1', 0), I('o-2', 0), I('o-3', 0));
    await process.settled();
    await world.feed(I('o-1', 0, { quantity: 2 }));
    await process.settled();
    expect(process.outcomes.at(-1)).toMatchObject({ kind: 'conflict', diff: [{ field: 'quantity', first: '1', second: '2' }] });
    expect(await world.story(ORDER)).toEqual(['took OrderSubmitted', 'took ItemAdded', 'parked ItemAdded']);
    await world.feed(A('o-1', 1));
    await process.settled();
    expect((await world.stream(ORDER)).at(-1)?.data).toEqual({ orderId: 'o-1', items: [0] });
    await world.check();
  });

  test('21: two copies of one index that differ, inside one batch: the first is taken in, the second parked with its difference', async () => {
    const world = await World.open(open());
    await world.feed(I('o-1', 0), I('o-1', 0, { sku: 'other' }));
    const process = await world.start();
    await process.settled();
    expect(process.kinds()).toEqual(['applied', 'conflict']);
    expect(process.outcomes.at(-1)?.diff).toEqual([{ field: 'sku', first: '"sku-0"', second: '"other"' }]);
    expect(process.store.appends).toBe(1);
    await world.check();
  });

  test('21: the store is busy when the difference is looked up behind the append: one outcome all the same, and the order goes on', async () => {
    const world = await World.open(open());
    const process = await world.start();
    await world.feed(S('o-1'), I('o-1', 0));
    await process.settled();
    process.store.readFaults.push('busy');
    await world.feed(I('o-1', 0, { quantity: 2 }));
    await process.settled();
    await world.feed(A('o-1', 1));
    await process.settled();
    expect(process.kinds()).toEqual(['applied', 'applied', 'conflict', 'applied']);
    await world.check();
  });

  test('22: the same message id and business key with other content is a conflict, not a duplicate', async () => {
    const world = await World.open(open());
    const process = await world.start();
    const item = I('o-1', 0);
    await world.feed(item);
    await world.feedAs(item, I('o-1', 0, { quantity: 5 }));
    await process.settled();
    expect(process.kinds()).toEqual(['applied', 'conflict']);
    const [first, second] = process.outcomes;
    expect(second?.id).toBe(first?.id);
    await world.check();
  });

  test.each([
    ['S with another customer', S('o-1'), S('o-1', 'c-8'), 'customerId'],
    ['A with another count', A('o-1', 3), A('o-1', 4), 'itemCount'],
  ])('23: a second %s is parked as a conflict and changes nothing', async (_, first, second, field) => {
    const world = await World.open(open());
    const process = await world.start();
    await world.feed(first, second);
    await process.settled();
    expect(process.kinds()).toEqual(['applied', 'conflict']);
    expect(process.outcomes[1]?.diff?.map((d) => d.field)).toEqual([field]);
    await world.feed(...wholeOrder('o-1', 3).filter(({ type }) => type !== first.type));
    await process.settled();
    expect(await world.story(ORDER)).toHaveLength(7);
    await world.check();
  });
});

forEachStore('input that is no valid message', (open) => {
  const bad: readonly (readonly [string, Fed, string, string])[] = [
    ['index -1', I('o-1', -1), 'index', ORDER],
    ['index 1.5', I('o-1', 1.5), 'index', ORDER],
    ['index NaN, which JSON writes as null', I('o-1', NaN), 'index', ORDER],
    ['index "1"', I('o-1', '1'), 'index', ORDER],
    ['index 2^53', I('o-1', 2 ** 53), 'index', ORDER],
    ['no index', I('o-1', undefined), 'index', ORDER],
    ['an empty orderId', I('', 0), 'orderId', 'shipping:parked'],
    ['no orderId', { type: 'ItemAdded', data: { index: 0, sku: 's', quantity: 1 } }, 'orderId', 'shipping:parked'],
    ['orderId 7', { type: 'OrderAccepted', data: { orderId: 7, itemCount: 1 } }, 'orderId', 'shipping:parked'],
    ['an orderId too long for a name', S('x'.repeat(600)), 'orderId', 'shipping:parked'],
    ['an itemCount of -1', A('o-1', -1), 'itemCount', ORDER],
  ];
  test.each(bad)('24: %s in the log is parked with the field named, and the orders go on', async (_, message, field, stream) => {
    const world = await World.open(open());
    await world.feed(S('o-1'), message, I('o-1', 0), A('o-1', 1), ...wholeOrder('o-2', 1));
    const process = await world.start();
    await process.settled();
    expect(process.system.counts()).toMatchObject({ applied: 6, parked: 1, received: 7 });
    expect(process.outcomes.find(({ kind }) => kind === 'parked')?.reason).toContain(field);
    const parked = (await world.stream(stream)).filter(({ kind }) => kind === 'parked');
    expect(parked.map(({ park, reason }) => [park, reason.includes(field)])).toEqual([['invalid', true]]);
    expect((await world.story(ORDER)).filter((row) => row === 'ShipmentRequested')).toHaveLength(1);
    await world.check();
  });

  test('24: many messages without a key are each parked once, in one stream, and a rewind parks none again', async () => {
    const world = await World.open(open());
    await world.feed(I('', 0), S(''), I('', 0), A('', 1), I('', 1));
    const process = await world.start({ limits: { perActor: 1 } });
    await process.settled();
    expect(await world.story('shipping:parked')).toHaveLength(5);
    await world.check();
  });

  test.each([-1, 1.5, NaN, '1', 2 ** 53])('24: quantity %p is refused where the message is made, with the field named', (quantity) => {
    const make = () => new AddItem({ orderId: 'o-1', sku: 's', quantity: quantity as number });
    expect(make).toThrow(/^MESSAGE_INVALID: AddItem is not valid: quantity: /);
  });

  test.each(['', undefined])('24: orderId %p is refused where the message is made, with the field named', (orderId) => {
    const make = () => new AddItem({ orderId: orderId as string, sku: 's', quantity: 1 });
    expect(make).toThrow(/^MESSAGE_INVALID: AddItem is not valid: orderId: /);
  });

  test('an equal copy of an open park is a duplicate, under a new id too; while its actor is blocked, and after a restart', async () => {
    const world = await World.open(open());
    const item = I('o-1', 0, poison);
    await world.feed(item, retried(item), S('o-1'));
    const first = await world.start({ use: [Touchy], limits: { attempts: 1 } });
    await first.settled();
    expect(first.kinds()).toEqual(['parked', 'duplicate', 'parked']);
    await first.stop();
    await world.feed(retried(item));
    const second = await world.start({ use: [Touchy], limits: { attempts: 1 } });
    await second.settled();
    expect(second.kinds()).toEqual(['duplicate']);
    expect(await world.story(ORDER)).toEqual(['parked ItemAdded', 'parked OrderSubmitted']);
    await world.check({ use: [Touchy] });
  });
});
