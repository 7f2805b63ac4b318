import { App, memoryStore } from 'waybill';
import { AcceptOrder, AddItem, SubmitOrder } from '../dist/messages';
import { Orders } from '../dist/orders';
import { Shipping } from '../dist/shipping';
import { verify } from '../dist/demo/verify';
import { A, I, S, shipped } from './kit';
import type { Said } from './kit';

const kinds = ({ outcomes }: Awaited<ReturnType<typeof shipped>>): string[] => outcomes.map(({ kind }) => kind).sort();
const again = (message: Said, id = `${message.id}-again`): Said => ({ ...message, id });

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, i) => permutations([...items.slice(0, i), ...items.slice(i + 1)]).map((rest) => [item, ...rest]));
}

test.each(['once', 'twice', 'twice with new ids'])('ships once in every order of S, I0, I1, I2, A, each given %s', async (times) => {
  const orders = permutations([0, 1, 2, 3, 4]).map((places, n) => {
    const name = `o-${n}`;
    const messages = [S(name), I(0, name), I(1, name), I(2, name), A(3, name)];
    const copied = (message: Said): Said[] => (times === 'once' ? [message] : [message, times === 'twice' ? message : again(message)]);
    return places.flatMap((place) => copied(messages[place] as Said));
  });
  const { audit, shipments, mails } = await shipped(orders.flat());
  expect(audit).toMatchObject({ broken: 0, violations: [], complete: 120 });
  expect(shipments).toHaveLength(120);
  expect(new Set(shipments.map(([, items]) => items.join()))).toEqual(new Set(['0,1,2']));
  expect(mails).toHaveLength(120);
  expect(audit.tally.total()).toMatchObject({ applied: 600, duplicate: times === 'once' ? 0 : 600 });
});

test('the first content of an index stays, another one is a conflict', async () => {
  const result = await shipped([I(0), I(0, 'o', 2), I(0, 'o', 2), A(1)]);
  expect(kinds(result)).toEqual(['applied', 'applied', 'conflict', 'duplicate']);
  expect(result.shipments).toEqual([['o', [0]]]);
  expect(result.audit.broken).toBe(0);
});

test('the first acceptance and the first submission count, others are conflicts', async () => {
  const result = await shipped([S(), S('o', 'other'), A(2), A(1), I(0), I(1)]);
  expect(kinds(result)).toEqual(['applied', 'applied', 'applied', 'applied', 'conflict', 'conflict']);
  expect(result.shipments).toEqual([['o', [0, 1]]]);
  expect(result.audit.broken).toBe(0);
});

test('an item past the count never ships: a conflict behind the acceptance, left out when it came before, told to be too late after the shipment', async () => {
  const result = await shipped([I(5, 'p'), A(1, 'p'), I(0, 'p'), A(2), I(2), I(0), I(1), I(3)]);
  expect(kinds(result)).toEqual(['applied', 'applied', 'applied', 'applied', 'applied', 'applied', 'applied', 'conflict']);
  expect(result.audit).toMatchObject({ tooLate: 1 });
  expect(result.shipments).toEqual([
    ['p', [0]],
    ['o', [0, 1]],
  ]);
  expect(result.audit.broken).toBe(0);
});

test('an order without items is complete when it is accepted, and ships empty', async () => {
  const result = await shipped([S(), A(0), I(0), A(0, 'p'), I(1, 'q'), A(0, 'q')]);
  expect(result.shipments).toEqual([
    ['o', []],
    ['p', []],
    ['q', []],
  ]);
  expect(result.audit).toMatchObject({ broken: 0, complete: 3, tooLate: 1 });
});

test('a submission that comes after the shipment, or never, changes nothing', async () => {
  const result = await shipped([I(0), A(1), S(), I(0, 'p'), A(1, 'p')]);
  expect(result.shipments).toHaveLength(2);
  expect(kinds(result)).toEqual(['applied', 'applied', 'applied', 'applied', 'applied']);
});

test.each([
  'a-b',
  'shipping-1',
  '-',
  ':parked',
  '__proto__',
  'constructor',
  'o:1',
  '日本-🚚',
  'é\u0301',
  ' ',
  '"\\',
  '\u001b[31m',
  '../../etc',
  "';DROP TABLE events;--",
  '🚚'.repeat(64),
])('the order %j ships once', async (orderId) => {
  const result = await shipped([S(orderId), I(0, orderId), again(I(0, orderId)), I(1, orderId), A(2, orderId)]);
  expect(result.shipments).toEqual([[orderId, [0, 1]]]);
  expect(result.audit).toMatchObject({ broken: 0, complete: 1, received: 5 });
});

test('one order with 3,000 items, backwards, ships once', async () => {
  const items = Array.from({ length: 3_000 }, (_, i) => I(2_999 - i));
  const { audit, shipments } = await shipped([A(3_000), ...items]);
  expect(shipments.map(([, all]) => all.length)).toEqual([3_000]);
  expect(audit.broken).toBe(0);
});

test('orders that were taken by commands ship as those of a feed do', async () => {
  const store = memoryStore();
  const app = await App.start({ store, use: [Orders, Shipping] });
  const orderId = 'o-1';
  for (let times = 0; times < 2; times++) {
    await app.send(Orders, new SubmitOrder({ orderId, customerId: 'c' }), { id: 'r-1' });
    await app.send(Orders, new AddItem({ orderId, sku: 'apple', quantity: 1 }), { id: 'r-2' });
    await app.send(Orders, new AddItem({ orderId, sku: 'apple', quantity: 1 }), { id: 'r-3' });
    await app.send(Orders, new AcceptOrder({ orderId }), { id: 'r-4' });
  }
  await app.settled();
  await app.stop();
  expect(await verify(store)).toMatchObject({ broken: 0, received: 4, complete: 1, shipments: 1 });
});
