import { describeFixture, opensAsItWas } from './fixture';
import { copyOf, echo } from './look';
import { accepted, item, LONG, mails, orders, submitted } from './stories/orders';

const DAY = 86_400_000;

describeFixture('orders', orders, (open) => {
  opensAsItWas(open);

  test('copies of all that was taken in, under new ids, change nothing; what contradicts it is a conflict that names the fields', async () => {
    const copied = open();
    expect(await echo(await copied.start(), orders, copyOf)).toEqual(copied.expected.copies);
    await copied.atRest();
    const contradicted = open();
    expect(await echo(await contradicted.start(), orders, orders.contradiction!)).toEqual(contradicted.expected.contradictions);
    await contradicted.atRest();
  });

  test('goes on where it stood: an open order ships once when its last item comes, and never again', async () => {
    const opened = open();
    mails.length = 0;
    const run = await opened.start();
    const mailed = mails.length;
    await run.feed(
      item('gap', 1),
      item('gap', 1),
      accepted('unknown', 4),
      item('unknown', 0),
      item('unknown', 1),
      submitted('unknown', LONG),
    );
    await run.feed(item('unknown', 2), accepted('uncounted', 1), item('gap', 1));
    expect(await opened.emitted('ShipmentRequested')).toEqual([
      { orderId: 'unknown', items: [0, 1, 2, 3] },
      { orderId: 'gap', items: [0, 1, 2] },
      { orderId: 'uncounted', items: [0] },
    ]);
    expect(mails.length - mailed).toBe(3);
    await opened.atRest();
    expect(mails.length - mailed).toBe(3);
  });

  test('an item after the shipment is still too late, and one past the count still a conflict', async () => {
    const opened = open();
    const run = await opened.start();
    const items = [item('shipped', 6), item('reversed', 3), item('gap', 3)];
    expect(await run.ends('shipping', items)).toEqual(['applied', 'applied', 'conflict']);
    expect(await opened.emitted('ItemCameTooLate')).toEqual([
      { orderId: 'reversed', index: 3 },
      { orderId: 'shipped', index: 6 },
    ]);
    await opened.atRest();
  });

  test('an order that stays open is reported as incomplete once, three days after it was submitted; one that shipped is not', async () => {
    const opened = open();
    const run = await opened.start();
    await run.feed(item('gap', 1));
    await opened.stop();
    opened.time.skip(3 * DAY - 60_000);
    const early = await opened.start();
    expect(await opened.emitted('OrderIncomplete')).toEqual([]);
    await opened.time.pass(2 * 60_000);
    await early.settled();
    expect(await opened.emitted('OrderIncomplete')).toEqual([
      { orderId: 'by command, open', missing: [] },
      { orderId: 'uncounted', missing: [] },
    ]);
    await opened.stop();
    opened.time.skip(30 * DAY);
    await opened.atRest();
  });

  test('a command under an id that was used for another is refused; a new one is taken on the state of before', async () => {
    const opened = open();
    const run = await opened.start();
    const send = (id: string, type: string, data: object) => run.send(orders.commands!, { id, type, data: { ...data } });
    const orderId = 'by command, open';
    expect(await send('r-8', 'AddItem', { orderId, sku: 'apple', quantity: 3 })).toEqual({ code: 'COMMAND_CONFLICT' });
    expect(await send('r-1', 'SubmitOrder', { orderId: 'by command', customerId: `${LONG.slice(1)}!` })).toEqual({
      code: 'COMMAND_CONFLICT',
    });
    expect(await send('new-1', 'SubmitOrder', { orderId, customerId: 'c-8' })).toEqual({
      refused: `order ${orderId} was submitted before`,
    });
    const added = { stream: `orders-${orderId}`, version: 6, events: [{ type: 'ItemAdded', orderId, index: 1, sku: 'pear', quantity: 1 }] };
    expect(await send('new-2', 'AddItem', { orderId, sku: 'pear', quantity: 1 })).toEqual(added);
    expect(await send('new-2', 'AddItem', { orderId, sku: 'pear', quantity: 1 })).toEqual(added);
    await run.settled();
    await opened.atRest();
  });
});
