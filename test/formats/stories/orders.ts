import { AcceptOrder, AddItem, SubmitOrder } from '@waybill/sample-orders-shipping/dist/messages';
import { MailOnShipment, Mailer } from '@waybill/sample-orders-shipping/dist/mail-on-shipment';
import { OpenOrders } from '@waybill/sample-orders-shipping/dist/open-orders';
import { Orders } from '@waybill/sample-orders-shipping/dist/orders';
import { Shipping } from '@waybill/sample-orders-shipping/dist/shipping';
import { Container } from 'waybill';
import type { Fed, Run } from '../kit';
import type { Pen, Story } from '../story';

export const submitted = (orderId: string, customerId = 'c-7'): Fed => ({ type: 'OrderSubmitted', data: { orderId, customerId } });
export const accepted = (orderId: string, itemCount: number): Fed => ({ type: 'OrderAccepted', data: { orderId, itemCount } });
export const item = (orderId: string, index: number, sku = `sku-${index}`): Fed => ({
  type: 'ItemAdded',
  data: { orderId, index, sku, quantity: 1 },
});

/** A content with it is longer than its digest. */
export const LONG = 'a name that is as long as the schema lets it be, '.repeat(3).slice(0, 128);

/** Keys of the mails that went out. */
export const mails: string[] = [];

function container(): Container {
  const all = new Container();
  all.bind(Mailer).toConstantValue({ send: async ({ key }: { key: string }) => void mails.push(key) });
  return all;
}

/** The sample, by commands of customers and by events of another system. The file ends four days after its begin. */
export const orders: Story = {
  use: [Orders, Shipping, OpenOrders, MailOnShipment],
  commands: { SubmitOrder: [Orders, SubmitOrder], AddItem: [Orders, AddItem], AcceptOrder: [Orders, AcceptOrder] },
  options: { container: container() },
  contradiction: ({ type, data }) => {
    const other = { OrderSubmitted: { customerId: 'c-0' }, OrderAccepted: { itemCount: 77 }, ItemAdded: { quantity: 77 } }[type];
    return { type, data: { ...data, ...other } };
  },
  async write(pen) {
    // Finished before, in time and late; then not touched any more.
    await pen.feed(submitted('shipped', LONG), item('shipped', 1, LONG), item('shipped', 0), accepted('shipped', 2));
    await pen.feed(accepted('reversed', 3), item('reversed', 2, LONG), item('reversed', 0), item('reversed', 1), submitted('reversed'));
    await pen.feed(submitted('overdue'), item('overdue', 1), accepted('overdue', 2));
    await pen.run(async (run) => {
      await run.feed(item('shipped', 5), item('shipped', 1, LONG), item('shipped', 1, `${LONG.slice(1)}!`));
      await byCommands(pen, run);
      await pen.time.pass(4 * 24 * 3_600_000);
    });
    // Open: a gap, no count yet, nothing but an item.
    await pen.feed(submitted('gap', LONG), item('gap', 0), item('gap', 2, LONG), accepted('gap', 3));
    await pen.feed(submitted('uncounted'), item('uncounted', 0), item('uncounted', 7), item('unknown', 3, LONG));
    // Parked: an item past the count.
    await pen.feed(item('gap', 9));
    await pen.run(async (run) => {
      await pen.send(run, 'r-7', 'SubmitOrder', { orderId: 'by command, open', customerId: 'c-8' });
      await pen.send(run, 'r-8', 'AddItem', { orderId: 'by command, open', sku: 'apple', quantity: 2 });
    });
  },
};

async function byCommands(pen: Pen, run: Run): Promise<void> {
  const orderId = 'by command';
  await pen.send(run, 'r-1', 'SubmitOrder', { orderId, customerId: LONG });
  await pen.send(run, 'r-2', 'AddItem', { orderId, sku: 'apple', quantity: 2 });
  await pen.send(run, 'r-3', 'AddItem', { orderId, sku: LONG, quantity: 1 });
  await pen.send(run, 'r-4', 'AcceptOrder', { orderId });
  await pen.send(run, 'r-5', 'AddItem', { orderId, sku: 'pear', quantity: 1 });
  await pen.send(run, 'r-6', 'SubmitOrder', { orderId: 'by command', customerId: 'c-9' });
}
