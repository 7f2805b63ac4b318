// One run of the jobs on a durable file: `node complete-child.js <file> <poisoned: yes|no>`, from the project's folder. Says
// `started` once it works and `settled` once nothing is left to do; then it ends.
const { App } = require('waybill');
const { sqlite } = require('@waybill/sqlite');
const { jobs } = require('./complete-jobs.js');

async function main([file, poisoned]) {
  const store = sqlite(file);
  const app = await App.start({ store, use: jobs(poisoned === 'yes') });
  process.stdout.write('started\n');
  if (poisoned !== 'yes') await release(app);
  await app.settled();
  await quiet(store);
  if (poisoned !== 'yes') await release(app);
  await app.settled();
  await app.stop();
  await store.close();
  process.stdout.write('settled\n');
}

/** The dependency is back: an operator lets the parked ones go. */
async function release(app) {
  const streams = new Set();
  for await (const { stream, park } of app.operators.parked()) if (park === 'failed' || park === 'behind') streams.add(stream);
  for (const stream of streams) await app.operators.retry(stream, undefined, { by: 'ada', why: 'the dependency is back' });
}

/** Until every deadline has had its time. */
async function quiet(store) {
  for (let head = -1; head !== (await store.head());) {
    head = await store.head();
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
