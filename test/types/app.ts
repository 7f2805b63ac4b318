// Refused where the app is started and used.
import { App } from 'waybill';
import type { Store } from 'waybill';
import { ItemAdded, Mail, OpenOrders, Orders, OrderSubmitted, Shipping, SubmitOrder, CancelOrder } from './house';
import type { OpenOrder } from './house';

declare const store: Store;
declare const app: App;
const submit = new SubmitOrder({ orderId: 'o-1', customerId: 'c-1' });

export const wrong = [
  // @ts-expect-error there is no app without a store
  () => App.start({ use: [Orders] }),
  // @ts-expect-error instances are made by the container
  () => App.start({ store, use: [new Orders()] }),
  // @ts-expect-error names are no classes
  () => App.start({ store, use: ['orders'] }),
  // @ts-expect-error an option that does not exist
  () => App.start({ store, use: [Orders], retries: 3 }),
  // @ts-expect-error a limit that does not exist
  () => App.start({ store, use: [Orders], limits: { forever: 1 } }),
  // @ts-expect-error an app is started, not constructed
  () => new App(store, [Orders]),

  // @ts-expect-error a saga takes no commands
  () => app.send(Shipping, submit, { id: 'r-1' }),
  // @ts-expect-error an event cannot be sent
  () => app.send(Shipping, new ItemAdded({ orderId: 'o-1', index: 0, sku: 'pen' }), { id: 'r-1' }),
  // @ts-expect-error an event is no command of the aggregate
  () => app.send(Orders, new OrderSubmitted({ orderId: 'o-1', customerId: 'c-1' }), { id: 'r-1' }),
  // @ts-expect-error a command of another aggregate
  () => app.send(Orders, new CancelOrder({ orderId: 'o-1' }), { id: 'r-1' }),
  // @ts-expect-error a plain object is no command
  () => app.send(Orders, { orderId: 'o-1', customerId: 'c-1' }, { id: 'r-1' }),
  // @ts-expect-error without an id a retry would be another command
  () => app.send(Orders, submit),
  // @ts-expect-error the id is a text
  () => app.send(Orders, submit, { id: 7 }),
  // @ts-expect-error a handler takes no commands
  () => app.send(Mail, submit, { id: 'r-1' }),
  // @ts-expect-error an aggregate is named by its class
  () => app.send('orders', submit, { id: 'r-1' }),
  async () => {
    const { events } = await app.send(Orders, submit, { id: 'r-1' });
    // @ts-expect-error the answer holds the aggregate's events, not any event
    events.find((event) => event.type === 'ItemAdded');
  },

  // @ts-expect-error a handler has no rows
  () => app.view(Mail),
  // @ts-expect-error a key is a text
  () => app.view(OpenOrders).get(7),
  async () => {
    // @ts-expect-error a row may be missing
    const row: OpenOrder = await app.view(OpenOrders).get('o-1');
    // @ts-expect-error a field that the row does not have
    return row.customerId;
  },
  async () => {
    // @ts-expect-error rows are read, not written
    (await app.view(OpenOrders).all())[0] = { orderId: 'o-1', shipped: true };
  },
  // @ts-expect-error outcomes are watched, not steered
  () => app.outcomes.next(),
];

export const right = [
  async (): Promise<readonly OrderSubmitted[]> => (await app.send(Orders, submit, { id: 'r-1' })).events,
  async (): Promise<OpenOrder | undefined> => app.view(OpenOrders).get('o-1'),
  async (): Promise<readonly OpenOrder[]> => app.view(OpenOrders).all(),
  () => App.start({ store, use: [Orders, Shipping, Mail, OpenOrders], limits: { attempts: 3 } }),
];
