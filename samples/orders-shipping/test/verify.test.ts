import { memoryStore } from 'waybill';
import type { Audit } from '../dist/demo/verify';
import { verify } from '../dist/demo/verify';
import { A, append, eventOf, I, S, shipment, shipped } from './kit';
import type { Said } from './kit';

interface Row extends Said {
  readonly of?: number;
  readonly kind?: 'took' | 'conflict' | 'late';
}
/** A row of Shipping for the event at a position. */
const took = (of: number, event: Said): Row => ({ ...event, of, kind: 'took' });
const parked = (of: number, event: Said, kind: 'conflict' | 'late'): Row => ({ ...event, of, kind });

/** Writes a log by hand, the actors' rows too: first the feed, whose positions are 1, 2, 3 …, then Shipping's. */
async function check(feed: readonly Said[], rows: readonly Row[]): Promise<Audit> {
  const store = memoryStore();
  if (feed.length > 0) await append(store, 'feed', feed);
  for (const row of rows) {
    const event = eventOf(row);
    const cause = { id: 'm', source: store.id, position: row.of ?? 0 };
    const meta = JSON.stringify(row.kind === 'took' ? { cause } : { cause, park: row.kind, reason: 'so', attempts: 0 });
    const type = row.kind === 'took' ? `took:${row.type}` : row.kind ? `parked:${row.type}` : row.type;
    await append(store, `shipping-${(row.data as { orderId: string }).orderId}`, [{ ...event, type, meta }]);
  }
  return verify(store);
}

const order = [S(), I(0), I(1), A(2)];
const taken = order.map((event, i) => took(i + 1, event));
const tookAll = (feed: readonly Said[]): Row[] => feed.map((event, i) => took(i + 1, event));

test('a log that is as it must be has no violation', async () => {
  const audit = await check(order, [...taken, shipment([0, 1])]);
  expect(audit).toMatchObject({ rows: 9, received: 4, shipments: 1, complete: 1, broken: 0, violations: [], incomplete: { count: 0 } });
  expect(audit.tally.total()).toMatchObject({ received: 4, applied: 4, duplicate: 0 });
});

test.each<[string, readonly Said[], readonly Row[], RegExp]>([
  ['a missing shipment', order, taken, /"o" is complete and has no shipment/],
  ['two shipments', order, [...taken, shipment([0, 1]), shipment([0, 1])], /shipment number 2/],
  ['an item too few', order, [...taken, shipment([0])], /has the items 0, not those from 0 to 1/],
  ['an item too many', order, [...taken, shipment([0, 1, 2])], /has the items 0, 1, 2/],
  ['another item', order, [...taken, shipment([0, 2])], /has the items 0, 2/],
  ['an item twice', order, [...taken, shipment([0, 0])], /has the items 0, 0/],
  ['a shipment of an order that lacks an item', [S(), I(0), A(2)], [...tookAll([S(), I(0), A(2)]), shipment([0, 1])], /lacks item 1/],
  ['a shipment of an order that was never accepted', [I(0)], [...tookAll([I(0)]), shipment([0])], /not accepted; has item 0/],
  ['a shipment without an order', order, [...taken, shipment([0, 1]), shipment([], 'p')], /"p", which is no order/],
  [
    'a shipment that counts as the second acceptance says',
    [A(1), I(0), A(2), I(1)],
    [...tookAll([A(1), I(0), A(2), I(1)]), shipment([0, 1])],
    /not those from 0 to 0/,
  ],
  ['a message that left no trace', order, [...taken.slice(1), shipment([0, 1])], /position 1: OrderSubmitted left no trace/],
  ['a conflict that left no trace', [...order, I(1, 'o', 9)], [...taken, shipment([0, 1])], /position 5: ItemAdded left no trace/],
  [
    'a message that was taken in twice',
    order,
    [...taken, took(2, I(0)), shipment([0, 1])],
    /position 2, which is no event or was taken in before/,
  ],
  ['a row for an event that is not there', order, [...taken, took(99, I(0)), shipment([0, 1])], /position 99, which is no event/],
])('finds %s', async (_, feed, rows, violation) => {
  const audit = await check(feed, rows);
  expect(audit.broken).toBeGreaterThan(0);
  expect(audit.violations.join('\n')).toMatch(violation);
});

test('counts duplicates as events without a row, conflicts and parked ones by their rows', async () => {
  const feed = [...order, { ...I(1), id: 'retry' }, I(1, 'o', 9), I(7), order[0] as Said];
  const audit = await check(feed, [...taken, shipment([0, 1]), parked(6, I(1, 'o', 9), 'conflict'), parked(7, I(7), 'late')]);
  expect(audit).toMatchObject({ broken: 0, received: 8 });
  expect(audit.tally.total()).toMatchObject({ received: 8, applied: 4, duplicate: 2, conflict: 1, parked: 1 });
  expect([...audit.parked.keys()]).toEqual(['ItemAdded: so']);
});

test('says what an incomplete order lacks, without counting to a huge number', async () => {
  const feed = [A(2 ** 53 - 1, 'a'), I(1, 'a'), I(2, 'b'), I(0, 'b'), S('c'), A(3, 'd'), I(1, 'd')];
  const { incomplete, broken } = await check(feed, tookAll(feed));
  const gone = 2 ** 53 - 2 - 20;
  expect(broken).toBe(0);
  expect(incomplete.orders).toEqual([
    { orderId: 'a', lacks: `lacks items 0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20 and ${gone} more` },
    { orderId: 'b', lacks: 'not accepted; has items 0, 2' },
    { orderId: 'c', lacks: 'not accepted; has no items' },
    { orderId: 'd', lacks: 'lacks items 0, 2' },
  ]);
});

test('what is not an order is no order: it counts as received and must leave a row', async () => {
  const wrong = [I(-1), I(0, ''), { id: 'x', type: 'OrderAccepted', data: { itemCount: 1 } }];
  const { audit } = await shipped([...wrong, ...order]);
  expect(audit).toMatchObject({ broken: 0, received: 7, complete: 1, shipments: 1, incomplete: { count: 0 } });
  expect(audit.tally.total()).toMatchObject({ applied: 4, parked: 3 });
});

test('counts as received what stands between two positions', async () => {
  const store = memoryStore();
  await append(store, 'feed', order);
  expect((await verify(store, { after: 1, to: 3 })).received).toBe(2);
});
