// One process of the tests, in plain JavaScript so that it starts at once: `node worker.js <job as JSON>`. It runs the sample's
// classes on a log and prints facts, one JSON value per line, each written before the next thing happens. Where it is told to
// hold, it says so and goes on once it gets SIGCONT. SIGTERM drains it.
const { holding, inThread } = require('./hold.js');
const { say } = require('./say.js');

const job = JSON.parse(process.argv[2]);
const resumed = new Promise((resolve) => process.once('SIGCONT', resolve));
if (job.hold) inThread(job.hold, resumed);

const { sqlite } = require('@waybill/sqlite');
const { App, Container } = require('waybill');
const { classes, Mailer, messages } = require('./sample.js');

async function opened(place) {
  if (!place.startsWith('esdb:')) return sqlite(place, { busyTimeout: job.busyTimeout ?? 5_000 });
  const { eventStore } = require('@waybill/eventstore-client');
  return eventStore(place, { beside: sqlite(':memory:') });
}

const logger = Object.fromEntries(
  ['debug', 'info', 'warn', 'error'].map((level) => [level, (text, facts) => say({ log: [level, text, facts] })]),
);

/** One after the other; what a caller is told of each. Ends when the app stops. */
async function send(app, { type, data, id }) {
  try {
    const { stream, version, events } = await app.send(classes.Orders, new messages[type](data), { id });
    say({ answer: { id, stream, version, events: events.map((event) => ({ type: event.type, ...event })) } });
  } catch (error) {
    say({ answer: { id, error: error.code ?? error.name, text: error.message } });
    return error.code;
  }
}

async function sendAll(app, commands, signal) {
  for (const command of commands)
    for (let code = 'STORE_'; /^STORE_/.test(code) && !signal.aborted;) code = (await send(app, command)) ?? '';
}

async function main() {
  const stopping = new AbortController();
  const signalled = new Promise((resolve) =>
    process.once('SIGTERM', () => {
      stopping.abort();
      resolve();
    }),
  );
  const store = await opened(job.place);
  const container = new Container();
  const send = async ({ key }) => {
    if (job.slowMail) await new Promise((resolve) => setTimeout(resolve, job.slowMail));
    say({ mail: key });
  };
  container.bind(Mailer).toConstantValue({ send });
  const app = await App.start({
    ...{ store: job.hold ? holding(store, job.hold, resumed, say) : store, container, logger },
    use: (job.use ?? Object.keys(classes)).map((name) => classes[name]),
    limits: job.limits ?? {},
    onFailure: (error) => {
      say({ failed: error.code ?? String(error) });
      process.exit(3);
    },
  });
  app.outcomes.subscribe(({ consumer, kind, position, id }) => say({ outcome: [consumer, kind, position || id] }));
  say({ started: app.progress() });
  const sent = sendAll(app, job.commands ?? [], stopping.signal);
  const settled = job.until === 'signal' ? new Promise(() => undefined) : sent.then(() => app.settled());
  await Promise.race([settled, signalled]);
  await app.stop();
  await sent;
  const [late] = await Promise.allSettled([
    app.send(classes.Orders, new messages.SubmitOrder({ orderId: 'late', customerId: 'c' }), { id: 'late' }),
  ]);
  say({ stopped: { counts: app.counts(), progress: app.progress(), late: late.reason?.code } });
  await store.close();
}

main().catch((error) => {
  say({ failed: error.code ?? String(error) });
  process.exit(1);
});
