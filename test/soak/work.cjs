// A child of main.cjs, started with --expose-gc: `node work.cjs <file> <messages> <every>`. Runs the app and its producer on the
// file until all is settled; prints a line of JSON per sample of the memory, and one at the end.
const { randomUUID } = require('node:crypto');
const { sqlite } = require('@waybill/sqlite');
const { sleep } = require('@waybill/core/internal');
const { App, realRuntime } = require('waybill');
const { Orders, use, containerWith } = require('./classes.cjs');
const { Feed } = require('./feed.cjs');
const { measure, say } = require('./memory.cjs');
const { AcceptOrder, AddItem, SubmitOrder } = require('../../samples/orders-shipping/dist/messages');

const BATCH = 256;
/** Rows of the log that the slowest consumer may be behind: what is made waits for what is consumed. */
const AHEAD = 20_000;

/** Outcomes by consumer. */
function countsOf(app) {
  const counts = {};
  app.outcomes.subscribe(({ consumer, kind }) => {
    const of = (counts[consumer] ??= {});
    of[kind] = (of[kind] ?? 0) + 1;
  });
  return counts;
}
const sumOf = (kinds = {}) => Object.values(kinds).reduce((all, n) => all + n, 0);

class Producer {
  /** Orders placed by commands: events that they led to, commands that were sent again. */
  commands = { orders: 0, first: 0, again: 0 };
  #version = 'none';

  constructor(store, app, feed) {
    Object.assign(this, { store, app, feed });
  }

  /** The next messages into the log; false at the end of the feed. */
  async step() {
    const events = [];
    for (let next; events.length < BATCH && (next = this.feed.next());) {
      const { type, data } = next.message;
      events.push({ id: randomUUID(), type, data: JSON.stringify(data), meta: JSON.stringify({ messageId: next.id }), time: Date.now() });
    }
    if (events.length === 0) return false;
    const [written] = await this.store.append([{ stream: 'feed', expected: this.#version, events }]);
    if (!written.ok) throw new Error(`somebody else wrote to the feed: it is at ${written.actual}`);
    this.#version = written.version;
    await this.#order();
    return true;
  }

  /** One order by commands, every second one of them sent twice under its id. */
  async #order() {
    const orderId = `c-${this.commands.orders++}`;
    const item = { orderId, sku: 'bread', quantity: 1 };
    const all = [new SubmitOrder({ orderId, customerId: 'c' }), new AddItem(item), new AddItem(item), new AcceptOrder({ orderId })];
    for (const [i, command] of all.entries()) {
      const id = `${orderId}-request-${i}`;
      const first = await this.app.send(Orders, command, { id });
      this.commands.first++;
      if (i % 2 === 0) continue;
      const again = await this.app.send(Orders, command, { id });
      this.commands.again++;
      if (again.version !== first.version) throw new Error(`the command ${id} has two answers`);
    }
  }
}

async function main([file, messages, every]) {
  const store = sqlite(file);
  let mails = 0;
  const container = containerWith(async () => void mails++);
  const app = await App.start({ store, use, container });
  const counts = countsOf(app);
  const producer = new Producer(store, app, new Feed(Number(messages)));
  const behind = async () => (await store.head()) - Math.min(...app.progress().map(({ position }) => position));
  const start = Date.now();
  let next = Number(every);
  const sample = () => {
    const at = sumOf(counts.shipping);
    if (at < next) return;
    while (next <= at) next += Number(every);
    say({ sample: { at, seconds: (Date.now() - start) / 1_000, ...measure() } });
  };
  while (await producer.step()) {
    while ((await behind()) > AHEAD) await sleep(realRuntime, 2);
    sample();
  }
  await app.settled();
  await app.stop();
  const seconds = (Date.now() - start) / 1_000;
  const { sent, orders } = producer.feed;
  const last = { at: sumOf(counts.shipping), seconds, ...measure() };
  say({
    ended: { seconds, sent, orders, commands: producer.commands, counts, total: app.counts(), mails, rows: await store.head(), last },
  });
  await store.close();
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exit(1);
});
