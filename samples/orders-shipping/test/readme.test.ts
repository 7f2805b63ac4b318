import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqlite } from '@waybill/sqlite';
import { spec } from '@waybill/testing';
import { App, Container, memoryStore } from 'waybill';
import { Mailer, MailOnShipment } from '../dist/mail-on-shipment';
import { ItemAdded, OrderAccepted, ShipmentRequested, SubmitOrder } from '../dist/messages';
import { OpenOrders } from '../dist/open-orders';
import { Orders } from '../dist/orders';
import { Shipping } from '../dist/shipping';

test('the start of an app, as the README shows it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-readme-'));
  const file = join(folder, 'orders.db');
  const container = new Container();
  container.bind<Mailer>(Mailer).toConstantValue({ send: async () => undefined });
  // #region app
  const store = sqlite(file);
  const app = await App.start({ store, use: [Orders, Shipping, MailOnShipment, OpenOrders], container });

  const submit = new SubmitOrder({ orderId: 'o-1', customerId: 'c-7' });
  const answer = await app.send(Orders, submit, { id: 'request-1' });
  const again = await app.send(Orders, submit, { id: 'request-1' }); // the answer was lost: same id, same answer
  // #endregion
  await app.settled();
  expect(again).toEqual(answer);
  expect(await app.view(OpenOrders).get('o-1')).toEqual({ orderId: 'o-1', customerId: 'c-7', shipped: false });
  await app.stop();
  await store.close();
  rmSync(folder, { recursive: true });
});

test('what an operator does, as the README shows it', async () => {
  const store = memoryStore();
  const item = { orderId: 'o-1', sku: 'apple', quantity: 1 };
  const events = [1, 2].map((quantity) => ({
    ...{ id: `m-${quantity}`, type: 'ItemAdded', meta: '{}', time: Date.now() },
    data: JSON.stringify({ ...item, index: 0, quantity }),
  }));
  await store.append([{ stream: 'feed', expected: 'none', events }]);
  const app = await App.start({ store, use: [Shipping] });
  await app.settled();
  const seen: string[] = [];
  // #region operators
  for await (const { stream, version, type, park, reason } of app.operators.parked()) {
    seen.push(`${type} in ${stream}: ${park}, ${reason}`);
    await app.operators.retry(stream, version, { by: 'ada', why: 'the dependency is back' });
    await app.operators.skip(stream, version, { by: 'ada', why: 'the customer was called' });
  }
  // #endregion
  expect(seen).toEqual(['ItemAdded in shipping-o-1: conflict, another ItemAdded with index 0 was taken in before']);
  for await (const parked of app.operators.parked()) throw new Error(`${parked.stream} is still parked`);
  await app.stop();
});

test('a spec, as the README shows it', () => {
  // #region spec
  const item = (index: number) => new ItemAdded({ orderId: 'o-1', index, sku: 'apple', quantity: 2 });

  spec(Shipping)
    .given(new OrderAccepted({ orderId: 'o-1', itemCount: 2 }), item(1))
    .when(item(0))
    .then(new ShipmentRequested({ orderId: 'o-1', items: [0, 1] }));
  // #endregion
});
