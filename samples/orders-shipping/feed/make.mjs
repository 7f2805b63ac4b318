// Writes a feed to stdout: node feed/make.mjs [orders] [seed] > feed/orders.jsonl
// The same numbers give the same bytes. Without numbers: 2,000 orders of seed 1, which is the feed that is checked in.
const [orders, seed] = [Number(process.argv[2] ?? 2_000), Number(process.argv[3] ?? 1)];
if (!Number.isSafeInteger(orders) || orders < 0 || !Number.isSafeInteger(seed)) {
  process.stderr.write('usage: node feed/make.mjs [orders] [seed]\n');
  process.exit(2);
}

/** Share of the messages that are sent again; every second copy has a new message id, as from a producer that lost the first. */
const COPIED = 0.2;
/** Share of the messages that somebody contradicts later: same key, other content. */
const CONTRADICTED = 0.01;
/** Share of the messages that come long after their place. */
const LATE = 0.02;
/** Share of the orders that lack an item for ever, that are never accepted, whose OrderSubmitted never comes. */
const GAP = 0.008;
const NEVER_ACCEPTED = 0.004;
const NEVER_SUBMITTED = 0.01;
/** Ticks: between two orders, between two messages of one order, how far a message may jump, how late is late. */
const PACE = { order: 10, message: 4, jump: 40, late: 3_000, copy: 400 };

/** mulberry32. */
let state = seed >>> 0;
function random() {
  state = (state + 0x6d2b79f5) >>> 0;
  let t = Math.imul(state ^ (state >>> 15), state | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
}
const below = (n) => Math.floor(random() * n);
const chance = (share) => random() < share;

let ids = 0;
const newId = () => `m-${String(++ids).padStart(6, '0')}`;

const SKUS = ['apple', 'bread', 'coffee', 'date', 'egg', 'fig', 'grape', 'honey'];

function messagesOf(orderId) {
  const items = 1 + below(8);
  const gap = chance(GAP) ? below(items) : -1;
  const messages = [];
  if (!chance(NEVER_SUBMITTED)) messages.push({ type: 'OrderSubmitted', data: { orderId, customerId: `c-${below(500)}` } });
  for (let index = 0; index < items; index++) {
    if (index === gap) continue;
    messages.push({ type: 'ItemAdded', data: { orderId, index, sku: SKUS[below(SKUS.length)], quantity: 1 + below(5) } });
  }
  if (!chance(NEVER_ACCEPTED)) messages.push({ type: 'OrderAccepted', data: { orderId, itemCount: items } });
  return messages;
}

/** The same business key, other content; of items also an index that the order does not have. */
function contradict({ type, data }) {
  if (type === 'OrderSubmitted') return { type, data: { ...data, customerId: `${data.customerId}-other` } };
  if (type === 'OrderAccepted') return { type, data: { ...data, itemCount: data.itemCount + 1 } };
  return { type, data: chance(0.3) ? { ...data, index: data.index + 20 } : { ...data, quantity: data.quantity + 10 } };
}

const lines = [];
const send = (at, id, message) => lines.push({ at, id, ...message });
for (let n = 0; n < orders; n++) {
  let clock = n * PACE.order;
  for (const message of messagesOf(`o-${String(n + 1).padStart(5, '0')}`)) {
    clock += below(2 * PACE.message);
    const id = newId();
    let last = clock + below(PACE.jump) + (chance(LATE) ? below(PACE.late) : 0);
    send(last, id, message);
    if (chance(COPIED)) {
      last += 1 + below(PACE.copy);
      send(last, chance(0.5) ? newId() : id, message);
    }
    if (chance(CONTRADICTED)) send(last + 1 + below(PACE.copy), chance(0.5) ? newId() : id, contradict(message));
  }
}
lines.sort((a, b) => a.at - b.at);
process.stdout.write(lines.map(({ id, type, data }) => `${JSON.stringify({ id, type, data })}\n`).join(''));
