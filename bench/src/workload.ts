import type { NewEvent } from 'waybill';

/** The same numbers in every run and process. */
export function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

interface FeedEvent extends NewEvent {
  readonly type: 'OrderSubmitted' | 'ItemAdded' | 'OrderAccepted';
}

/**
 * Events of `orders` orders as a retrying producer leaves them: 1 to 9 items each, a fifth of all deliveries is a double (with new
 * ids), neighbours up to 200 places apart swapped. A generator, so that its memory does not count.
 */
export function* feed(orders: number, seed = 7): Generator<FeedEvent> {
  const below = randomOf(seed);
  const window: FeedEvent[] = [];
  for (let o = 0; o < orders; o++) {
    for (const event of order(`order-${o}`, 1 + below(9), below)) {
      window.push(event);
      if (below(4) === 0) window.push({ ...event, id: uuid(below) });
    }
    while (window.length > 200) yield takeOne(window, below);
  }
  while (window.length > 0) yield takeOne(window, below);
}

/** One order with very many items, each event doubled now and then. */
export function* bigOrder(orderId: string, items: number, seed = 7): Generator<FeedEvent> {
  const below = randomOf(seed);
  for (const event of order(orderId, items, below)) {
    yield event;
    if (below(4) === 0) yield { ...event, id: uuid(below) };
  }
}

function* order(orderId: string, items: number, below: (n: number) => number): Generator<FeedEvent> {
  yield event('OrderSubmitted', { orderId, customerId: `customer-${below(1_000)}` }, below);
  for (let index = 0; index < items; index++) {
    yield event('ItemAdded', { orderId, index, sku: `sku-${below(1_000)}`, quantity: 1 + below(5) }, below);
  }
  yield event('OrderAccepted', { orderId, itemCount: items }, below);
}

function event(type: FeedEvent['type'], data: object, below: (n: number) => number): FeedEvent {
  return { id: uuid(below), type, data: JSON.stringify(data), meta: '{}', time: 0 };
}

function takeOne(window: FeedEvent[], below: (n: number) => number): FeedEvent {
  const at = below(Math.min(200, window.length));
  const [taken] = window.splice(at, 1);
  return taken as FeedEvent;
}

function uuid(below: (n: number) => number): string {
  const hex = (n: number): string => Array.from({ length: n }, () => below(16).toString(16)).join('');
  return `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`;
}
