// A short life of orders and jobs: what comes twice, late, too late, with other content, what is parked and released, timed, sent and closed.
require('./loaded.cjs');
const { appendFileSync } = require('node:fs');
const { canonical, Container } = require('waybill');
const { AcceptOrder, AddItem, SubmitOrder } = require('@waybill/sample-orders-shipping/dist/messages');
const { MailOnShipment, Mailer } = require('@waybill/sample-orders-shipping/dist/mail-on-shipment');
const { OpenOrders } = require('@waybill/sample-orders-shipping/dist/open-orders');
const { Orders } = require('@waybill/sample-orders-shipping/dist/orders');
const { Shipping } = require('@waybill/sample-orders-shipping/dist/shipping');
const { Jobs, JobsWithSnapshots, Warehouse, begun, ended, stepOf } = require('../cases/complete-actors.ts');
const { A, I, S } = require('../cases/messages.ts');

const START = 1_700_000_000_000;
const MINUTE = 60_000;
/** What came then is due within the first minute of the run. */
const LONG_AGO = START - 3 * 1_440 * MINUTE + 45_000;

const use = [Orders, OpenOrders, MailOnShipment, Shipping, JobsWithSnapshots, Warehouse];

/** Where the mails go: a file that outlives the process. */
function containerOf(file) {
  const container = new Container();
  container.bind(Mailer).toConstantValue({ send: async ({ key }) => appendFileSync(`${file}.mails`, `${key}\n`) });
  return container;
}

const old = (message) => ({ ...message, time: LONG_AGO });
const item = I('o-2', 0);
/** Rows of the producer's stream, by the stage that appends them; an id is the row's place, so a restart appends what is missing. */
const FED = {
  orders: [
    ...[A('o-2', 2), I('o-2', 1), item, item, I('o-2', 0, { quantity: 9 }), S('o-2'), I('o-2', 5)],
    ...[old(S('o-3')), old(I('o-3', 1)), old(A('o-3', 2))],
    ...[begun('j-1', 2), stepOf('j-1', 1), begun('j-2', 2), stepOf('j-2', 0, { bad: true }), stepOf('j-2', 1), stepOf('j-1', 0)],
    ...[stepOf('j-1', 0), old(begun('j-3', 2)), old(stepOf('j-3', 0)), S('o-2')],
  ],
  late: [I('o-2', 7), S('o-2'), stepOf('j-1', 4), ended('j-1'), ended('j-1'), I('o-3', 0)],
  closed: [stepOf('j-1', 1), stepOf('j-1', 9), stepOf('j-3', 1)],
};

const COMMANDS = [
  ['c-1', new SubmitOrder({ orderId: 'o-1', customerId: 'c-7' })],
  ['c-2', new AddItem({ orderId: 'o-1', sku: 'apple', quantity: 2 })],
  ['c-2', new AddItem({ orderId: 'o-1', sku: 'apple', quantity: 2 })],
  ['c-3', new AddItem({ orderId: 'o-1', sku: 'pear', quantity: 1 })],
  ['c-4', new AcceptOrder({ orderId: 'o-1' })],
  ['c-5', new AddItem({ orderId: 'o-1', sku: 'too late', quantity: 1 })],
  ['c-1', new SubmitOrder({ orderId: 'o-1', customerId: 'c-7' })],
];

async function feed(store, stage) {
  const there = (await store.read('feed')).length;
  const all = FED.orders.concat(stage === 'orders' ? [] : FED.late, stage === 'closed' ? FED.closed : []);
  const events = all.slice(there).map(({ type, data, time = START }, i) => ({
    id: `fed00000-0000-4000-8000-${String(there + i).padStart(12, '0')}`,
    type,
    data: JSON.stringify(data),
    meta: '{}',
    time,
  }));
  // In two calls, so that a process dies between them too.
  for (const part of [events.slice(0, 7), events.slice(7)]) {
    if (part.length === 0) continue;
    const at = all.length - events.length + events.indexOf(part[0]);
    await store.append([{ stream: 'feed', expected: at === 0 ? 'none' : at - 1, events: part }]);
  }
}

/** The same id gives the same answer; `answered` is told of each. */
async function send(app, answered) {
  for (const [id, command] of COMMANDS) {
    const words = (answer) => canonical(answer.events.map((event) => [event.constructor.name, { ...event }]));
    const told = await app.send(Orders, command, { id }).then(words, (error) => {
      if (error.code === 'REJECTED') return error.message;
      throw error;
    });
    answered(id, told);
  }
}

/** The dependency is back: an operator lets the parked ones go. */
async function release(app) {
  const streams = new Set();
  for await (const { stream, park } of app.operators.parked()) if (park === 'failed' || park === 'behind') streams.add(stream);
  for (const stream of streams) await app.operators.retry(stream, undefined, { by: 'ada', why: 'the dependency is back' });
}

/** In turn; each may be cut off anywhere and run again. `at`: milliseconds from the start. */
const STAGES = [
  { name: 'orders', at: 0, broken: true, run: async ({ app, store, answered }) => (await feed(store, 'orders'), send(app, answered)) },
  { name: 'release', at: 0, broken: false, run: ({ app }) => release(app) },
  { name: 'overdue', at: 2 * MINUTE, broken: false, run: async () => undefined },
  { name: 'late', at: 2 * MINUTE, broken: false, run: ({ store }) => feed(store, 'late') },
  { name: 'closed', at: 2 * MINUTE, broken: false, run: ({ store }) => feed(store, 'closed') },
];

module.exports = { use, containerOf, STAGES, START, Jobs };
