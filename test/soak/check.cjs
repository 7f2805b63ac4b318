// A child of main.cjs, started with --expose-gc: `node check.cjs <file> <orders> <command orders>`. Asks the log alone what became
// of each order, then audits it twice, and prints what it found and the most memory that each took.
const { sqlite } = require('@waybill/sqlite');
const { audit } = require('waybill');
const { use, containerWith } = require('./classes.cjs');
const { orderOf } = require('./feed.cjs');
const { measure, say } = require('./memory.cjs');

const COMMAND_ITEMS = 2;
/** Open actors that the audit without classes keeps in memory. */
const ACTORS = 20_000;

/** Every complete order has its one shipment with its items, and its one receipt; no other has a shipment. One byte per order. */
async function verdict(store, orders, commands) {
  const counts = { ShipmentRequested: {}, ReceiptIssued: {} };
  for (const of of Object.values(counts)) Object.assign(of, { o: new Uint8Array(orders), c: new Uint8Array(commands) });
  const wrong = [];
  const stop = new AbortController();
  for await (const page of store.subscribe({ types: Object.keys(counts), after: 0, limit: 1_000 }, stop.signal)) {
    for (const { type, data, position } of page.events) {
      const { orderId, items, itemCount } = JSON.parse(data);
      const [kind, n] = [orderId[0], Number(orderId.slice(2))];
      const wanted = kind === 'o' ? orderOf(n).items : COMMAND_ITEMS;
      const right = type === 'ReceiptIssued' ? itemCount === wanted : items.length === wanted && items.every((item, i) => item === i);
      if (!right) wrong.push(`position ${position}: ${type} ${data}`);
      counts[type][kind][n]++;
    }
    if (page.caughtUp) break;
  }
  let complete = commands;
  const hold = (type, kind, n, wanted) => {
    const found = counts[type][kind][n];
    if (found !== wanted) wrong.push(`order ${kind}-${n}: ${found} of ${type}, not ${wanted}`);
  };
  for (let n = 0; n < orders; n++) {
    const whole = orderOf(n).gap < 0 ? 1 : 0;
    complete += whole;
    hold('ShipmentRequested', 'o', n, whole);
    hold('ReceiptIssued', 'o', n, 1);
  }
  for (let n = 0; n < commands; n++) for (const type of Object.keys(counts)) hold(type, 'c', n, 1);
  return { complete, broken: wrong.length, wrong: wrong.slice(0, 10) };
}

/** The store, with the memory measured at every so many pages of the whole log. */
function watched(store, samples, pages = 250) {
  return new Proxy(store, {
    get(target, name) {
      const value = Reflect.get(target, name, target);
      if (name !== 'subscribe') return typeof value === 'function' ? value.bind(target) : value;
      return async function* (query, signal) {
        let count = 0;
        for await (const page of target.subscribe(query, signal)) {
          if (query.everything && ++count % pages === 0) samples.push({ at: page.position, ...measure() });
          yield page;
        }
      };
    },
  });
}

async function audited(store, options) {
  const before = measure().heap;
  const samples = [];
  const start = Date.now();
  const { violations, rows, actors } = await audit(watched(store, samples), options);
  const most = Math.max(0, ...samples.map(({ heap }) => heap - before), measure().heap - before);
  return { seconds: (Date.now() - start) / 1_000, rows, actors, violations, most, samples };
}

async function main([file, orders, commands]) {
  const store = sqlite(file);
  const found = await verdict(store, Number(orders), Number(commands));
  const plain = await audited(store, { actors: ACTORS });
  const classes = await audited(store, { use, container: containerWith(async () => undefined), decisions: true });
  say({ checked: { ...found, audits: { plain, classes } } });
  await store.close();
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exit(1);
});
