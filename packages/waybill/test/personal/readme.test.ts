import { Actor, App, Applies, Event, memoryStore, personalStore, Projection } from 'waybill';
import type { Keys, Store } from 'waybill';

// #region declared
class OrderSubmitted extends Event('OrderSubmitted', {
  personal: ['customerName', 'address'],
  subject: (e: { customerId: string }) => e.customerId,
})<{ orderId: string; customerId: string; customerName: string; address?: { street: string } }> {}
// #endregion

@Projection('orders-by-id')
class OrdersById extends Actor<{ readonly customerId: string } | undefined, OrderSubmitted> {
  initial(): undefined {
    return undefined;
  }
  key(e: OrderSubmitted) {
    return e.orderId;
  }
  @Applies(OrderSubmitted) submitted({ customerId }: OrderSubmitted) {
    return { customerId };
  }
}
const data = { orderId: 'o-1', customerId: 'c-7', customerName: 'Ada' };

test('what the README shows: a person is forgotten, and a producer outside of the app writes encrypted rows', async () => {
  const store: Store = memoryStore();
  const keys: Keys = memoryStore().keys as Keys;
  const use = [OrdersById];
  // #region forget
  const app = await App.start({ store, use }); // keys in the store, or with { keys } elsewhere
  await app.forget('c-7'); // or several: app.forget(['c-7', 'c-8'])
  // #endregion
  await app.stop();

  const event = { id: '9b2e6b62-3f0c-4f6e-9b7e-0d7f4b1c1a11', type: 'OrderSubmitted', data: JSON.stringify(data), meta: '{}', time: 0 };
  // #region producer
  const log = personalStore(store, { keys }); // encrypts what is appended, decrypts what is read
  await log.append([{ stream: 'shop-1', expected: 'none', events: [event] }]);
  // #endregion
  expect((await store.read('shop-1'))[0]?.data).not.toContain('Ada');
  expect((await log.read('shop-1'))[0]?.data).toContain('Ada');
});
