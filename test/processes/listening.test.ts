import { setTimeout as delay } from 'node:timers/promises';
import type * as OpenOrdersModule from '../../samples/orders-shipping/src/open-orders';
import type * as ShippingModule from '../../samples/orders-shipping/src/shipping';
import { App, memoryStore } from 'waybill';
import { feedOf } from './kit';
import { appendTo } from './log';

const { OpenOrders } = jest.requireActual<typeof OpenOrdersModule>('../../samples/orders-shipping/dist/open-orders');
const { Shipping } = jest.requireActual<typeof ShippingModule>('../../samples/orders-shipping/dist/shipping');

test('who subscribes to outcomes once the start resolves misses none, however long the store takes to start the last class', async () => {
  const store = memoryStore();
  await appendTo(store, feedOf(0, 5, 1));
  const { snapshot } = store;
  store.snapshot = (stream) => {
    const own = snapshot.call(store, stream);
    return { load: () => delay(50).then(() => own.load()), save: (at) => own.save(at) };
  };
  const app = await App.start({ store, use: [OpenOrders, Shipping] });
  let heard = 0;
  app.outcomes.subscribe(() => heard++);
  await app.settled();
  await app.stop();
  expect(heard).toBe(app.counts().received);
});
