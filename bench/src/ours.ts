import { Orders } from '@waybill/sample-orders-shipping/dist/orders';
import { AddItem, SubmitOrder } from '@waybill/sample-orders-shipping/dist/messages';
import { Shipping } from './shipping';
import { sqlite } from '@waybill/sqlite';
import { App } from 'waybill';
import type { Expected, NewEvent, Store } from 'waybill';

export type Thread = 'worker' | 'main';

/** Appends events as another service would: not measured. Answers how many. */
export async function fill(file: string, events: Iterable<NewEvent>): Promise<number> {
  const store = sqlite(file);
  let count = 0;
  let expected: Expected = 'none';
  let batch: NewEvent[] = [];
  const flush = async (): Promise<void> => {
    if (batch.length === 0) return;
    const [written] = await store.append([{ stream: 'feed', expected, events: batch }]);
    if (!written?.ok) throw new Error('the feed has another writer');
    expected = written.version;
    count += batch.length;
    batch = [];
  };
  for (const event of events) {
    batch.push(event);
    if (batch.length === 1_000) await flush();
  }
  await flush();
  await store.close();
  return count;
}

/** Runs the sample's Shipping over all that was filled in. Seconds, and how many deliveries that was. */
export async function catchUp(store: Store): Promise<{ seconds: number; deliveries: number }> {
  const start = performance.now();
  const app = await App.start({ store, use: [Shipping] });
  await app.settled();
  const seconds = (performance.now() - start) / 1_000;
  const { received, waiting, ...outcomes } = app.counts();
  if (waiting !== 0 || received !== Object.values(outcomes).reduce((a, b) => a + b, 0)) throw new Error('the outcomes do not add up');
  await end(app, store);
  return { seconds, deliveries: received };
}

/** `inFlight` callers, each with an order of its own and one command at a time, until `commands` are answered. Milliseconds per command. */
export async function live(store: Store, inFlight: number, commands: number): Promise<{ seconds: number; each: number[] }> {
  const app = await App.start({ store, use: [Orders] });
  const orders = Array.from({ length: inFlight }, (_, i) => `order-${i}`);
  await Promise.all(orders.map((orderId) => app.send(Orders, new SubmitOrder({ orderId, customerId: 'c' }), { id: 'submit' })));
  const each: number[] = [];
  let sent = 0;
  const caller = async (orderId: string, i: number): Promise<void> => {
    while (sent < commands) {
      const id = `request-${sent++}`;
      const start = performance.now();
      await app.send(Orders, new AddItem({ orderId, sku: `sku-${i}`, quantity: 1 }), { id });
      each.push(performance.now() - start);
    }
  };
  const start = performance.now();
  await Promise.all(orders.map(caller));
  const seconds = (performance.now() - start) / 1_000;
  await end(app, store);
  return { seconds, each };
}

/** On a log that was worked off before: milliseconds from the start to the outcome of the first new message. */
export async function restart(file: string): Promise<{ afterStart: number; afterProcess: number }> {
  const start = performance.now();
  const store = sqlite(file);
  const app = await App.start({ store, use: [Shipping] });
  const first = new Promise<void>((resolve) => app.outcomes.subscribe(() => resolve()));
  const data = JSON.stringify({ orderId: `new-${start}`, customerId: 'c' });
  const event = { id: `first-${start}`, type: 'OrderSubmitted', data, meta: '{}', time: 0 };
  await store.append([{ stream: `restart-${start}`, expected: 'none', events: [event] }]);
  await first;
  const now = performance.now();
  await end(app, store);
  return { afterStart: now - start, afterProcess: now };
}

async function end(app: App, store: Store): Promise<void> {
  await app.stop();
  await store.close();
}
