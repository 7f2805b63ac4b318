import { randomUUID } from 'node:crypto';
import { EventStoreDBClient, eventTypeFilter, jsonEvent, NO_STREAM, START } from '@eventstore/db-client';
import type { AllStreamResolvedEvent, AllStreamSubscription, AppendResult } from '@eventstore/db-client';

/**
 * The limit of a server: a bare loop with the client that the adapter uses, on the same path of it (credentials of a call
 * choose the unary append), with the same rows and state in memory, without anything that survives a lost answer.
 */
const UNARY = { credentials: { username: 'unused', password: 'unused' } };

interface Shipment {
  revision: bigint | typeof NO_STREAM;
  readonly seen: Map<string, string>;
  count: number;
  expected: number | undefined;
  requested: boolean;
}

/** Each of `inFlight` callers has an order of its own and one append under way: a request and its event. */
export async function serverLiveLimit(url: string, inFlight: number, commands: number): Promise<{ seconds: number; each: number[] }> {
  const client = EventStoreDBClient.connectionString(url);
  const each: number[] = [];
  let sent = 0;
  const caller = async (_: unknown, i: number): Promise<void> => {
    const orderId = `order-${i}`;
    const ids = new Map<string, string>();
    let revision: bigint | typeof NO_STREAM = NO_STREAM;
    for (let items = 0; sent < commands; items++) {
      const id = `request-${sent++}`;
      const data = { orderId, sku: `sku-${i}`, quantity: 1 };
      ids.set(id, JSON.stringify(data));
      const metadata = { cause: { id } };
      const start = performance.now();
      const result: AppendResult = await client.appendToStream(
        `orders-${orderId}`,
        [
          jsonEvent({ id: randomUUID(), type: 'took:AddItem', data, metadata }),
          jsonEvent({ id: randomUUID(), type: 'ItemAdded', data: { ...data, index: items }, metadata }),
        ],
        { expectedRevision: revision, ...UNARY },
      );
      revision = result.nextExpectedRevision;
      each.push(performance.now() - start);
    }
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: inFlight }, caller));
  const seconds = (performance.now() - start) / 1_000;
  await client.dispose();
  return { seconds, each };
}

/** Subscribes to the whole log, decides in batches, and appends what each order got as one append, side by side. */
export async function serverCatchUpLimit(url: string, batch: number): Promise<{ seconds: number; deliveries: number }> {
  const client = EventStoreDBClient.connectionString(url);
  const orders = new Map<string, Shipment>();
  const last = await headOf(client);
  const start = performance.now();
  const subscription = client.subscribeToAll({
    fromPosition: START,
    filter: eventTypeFilter({ regex: '^(?:OrderSubmitted|ItemAdded|OrderAccepted)$', checkpointInterval: 1_000 }),
  });
  let deliveries = 0;
  let open: { orderId: string; event: ReturnType<typeof jsonEvent> }[] = [];
  let read = 0;
  // Not a `for await`: leaving one waits for ever for the end of a subscription that the client has cancelled.
  const events = (subscription as AllStreamSubscription)[Symbol.asyncIterator]();
  for (let done = false; !done;) {
    const { event } = ((await events.next()) as { value: AllStreamResolvedEvent }).value;
    if (!event) continue;
    deliveries++;
    read++;
    open.push(...shipping(orders, event.type, event.id, event.data as unknown as Item, Number(event.position.commit)));
    done = event.position.commit >= last;
    if (read < batch && !done) continue;
    await appendAll(client, orders, open);
    open = [];
    read = 0;
  }
  const seconds = (performance.now() - start) / 1_000;
  return { seconds, deliveries };
}

async function headOf(client: EventStoreDBClient): Promise<bigint> {
  for await (const { event } of client.readAll({ direction: 'backwards', fromPosition: 'end', maxCount: 1 }))
    return event?.position?.commit ?? 0n;
  return 0n;
}

interface Item {
  readonly orderId: string;
  readonly index?: number;
  readonly itemCount?: number;
}

function shipping(orders: Map<string, Shipment>, type: string, id: string, e: Item, position: number) {
  let s = orders.get(e.orderId);
  if (!s) orders.set(e.orderId, (s = { revision: NO_STREAM, seen: new Map(), count: 0, expected: undefined, requested: false }));
  const key = type + (e.index ?? '');
  if (s.seen.has(key)) return [];
  s.seen.set(key, JSON.stringify(e));
  const metadata = { cause: { id, position } };
  const rows = [
    {
      orderId: e.orderId,
      event: jsonEvent({ id: randomUUID(), type: `took:${type}`, data: e as object as Record<string, unknown>, metadata }),
    },
  ];
  if (type === 'ItemAdded') s.count++;
  if (type === 'OrderAccepted') s.expected = e.itemCount;
  if (s.requested || s.count !== s.expected) return rows;
  s.requested = true;
  const items = Array.from({ length: s.count }, (_, i) => i);
  rows.push({
    orderId: e.orderId,
    event: jsonEvent({ id: randomUUID(), type: 'ShipmentRequested', data: { orderId: e.orderId, items }, metadata }),
  });
  return rows;
}

async function appendAll(
  client: EventStoreDBClient,
  orders: Map<string, Shipment>,
  rows: readonly { orderId: string; event: ReturnType<typeof jsonEvent> }[],
): Promise<void> {
  const byOrder = new Map<string, ReturnType<typeof jsonEvent>[]>();
  for (const { orderId, event } of rows) byOrder.set(orderId, [...(byOrder.get(orderId) ?? []), event]);
  await Promise.all(
    [...byOrder].map(async ([orderId, events]) => {
      const order = orders.get(orderId) as Shipment;
      const result = await client.appendToStream(`shipping-${orderId}`, events, { expectedRevision: order.revision, ...UNARY });
      order.revision = result.nextExpectedRevision;
    }),
  );
}
