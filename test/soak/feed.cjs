// The feed of the soak: made while it is consumed, the same for the same number of messages. What each order must come to can
// be asked for at any time, so nobody has to remember it.

/** Of the messages are sent again, a quarter: a fifth of all are copies. Every second copy has a new message id. */
const COPIED = 0.25;
/** Of the copies come long after the states of their time have left the memory. */
const VERY_LATE = 0.02;
/** Of the messages are contradicted later: same key, other content. */
const CONTRADICTED = 0.002;
/** Of the orders lack an item for ever. */
const GAP = 0.005;
/** In messages: between two orders, how far a message may jump, how late copies come. */
const PACE = { order: 6, jump: 60, copy: 2_000, late: 100_000 };

/** mulberry32. */
function randomOf(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** How many items the n-th order has, which one never comes (-1: all come), and the random numbers for the rest of it. */
function orderOf(n) {
  const random = randomOf(Math.imul(n + 1, 2_654_435_761));
  const items = 1 + Math.floor(random() * 5);
  const gap = random() < GAP ? Math.floor(random() * items) : -1;
  return { orderId: `o-${n}`, items, gap, random };
}

function firstsOf({ orderId, items, gap }) {
  const firsts = [{ type: 'OrderSubmitted', data: { orderId, customerId: `c-${items}` } }];
  for (let index = 0; index < items; index++)
    if (index !== gap) firsts.push({ type: 'ItemAdded', data: { orderId, index, sku: 'apple', quantity: 1 + index } });
  return [...firsts, { type: 'OrderAccepted', data: { orderId, itemCount: items } }];
}

function contradict({ type, data }) {
  if (type === 'OrderSubmitted') return { type, data: { ...data, customerId: 'another' } };
  if (type === 'OrderAccepted') return { type, data: { ...data, itemCount: data.itemCount + 1 } };
  return { type, data: { ...data, quantity: data.quantity + 10 } };
}

/** Messages in the order of their time; a heap of those that are still to come is all that it keeps. */
class Feed {
  /** Orders that were begun, and what was sent so far. */
  orders = 0;
  sent = { first: 0, copy: 0, contradiction: 0 };
  #heap = [];
  #planned = 0;
  #messages;

  constructor(messages) {
    this.#messages = messages;
  }

  /** Undefined at the end: every order that was begun is told whole by then. */
  next() {
    while (this.#planned < this.#messages && (this.#heap[0]?.at ?? Infinity) >= this.orders * PACE.order) this.#begin();
    const next = this.#pop();
    if (next) this.sent[next.kind]++;
    return next;
  }

  #begin() {
    const order = orderOf(this.orders);
    const { random } = order;
    const start = this.orders++ * PACE.order;
    for (const message of firstsOf(order)) {
      const id = `m-${this.#planned}`;
      let at = start + random() * PACE.jump;
      this.#push(at, 'first', id, message);
      if (random() < COPIED) {
        at += random() * (random() < VERY_LATE ? PACE.late : PACE.copy);
        this.#push(at, 'copy', random() < 0.5 ? id : `${id}-again`, message);
      }
      if (random() < CONTRADICTED) this.#push(at + random() * PACE.copy, 'contradiction', `${id}-other`, contradict(message));
    }
  }

  #push(at, kind, id, message) {
    this.#planned++;
    const heap = this.#heap;
    let i = heap.push(undefined) - 1;
    for (let up = (i - 1) >> 1; i > 0 && heap[up].at > at; i = up, up = (i - 1) >> 1) heap[i] = heap[up];
    heap[i] = { at, kind, id, message };
  }

  #pop() {
    const heap = this.#heap;
    const [top] = heap;
    const last = heap.pop();
    if (heap.length === 0) return top;
    let i = 0;
    for (let child = 1; child < heap.length; child = 2 * i + 1) {
      if (child + 1 < heap.length && heap[child + 1].at < heap[child].at) child++;
      if (heap[child].at >= last.at) break;
      heap[i] = heap[child];
      i = child;
    }
    heap[i] = last;
    return top;
  }
}

module.exports = { Feed, orderOf, randomOf };
