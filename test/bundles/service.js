// A service in one file: a command and its event on SQLite. `node bundle.js FILE`
const { App } = require('waybill');
const { sqlite } = require('@waybill/sqlite');
const { Orders } = require('../../samples/orders-shipping/dist/orders');
const { Shipping } = require('../../samples/orders-shipping/dist/shipping');
const { SubmitOrder } = require('../../samples/orders-shipping/dist/messages');

async function main(file) {
  const store = sqlite(file);
  const app = await App.start({ store, use: [Orders, Shipping] });
  const { version, events } = await app.send(Orders, new SubmitOrder({ orderId: 'o-1', customerId: 'c-7' }), { id: 'r-1' });
  await app.settled();
  await app.stop();
  console.log(JSON.stringify({ version, events, shipping: (await store.read('shipping-o-1')).map(({ type }) => type) }));
  await store.close();
}

main(process.argv[2]).catch(({ code, message }) => {
  console.log(JSON.stringify({ code, message }));
  process.exitCode = 1;
});
