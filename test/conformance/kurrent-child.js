// The other process of the test: `node kurrent-child.js <url>` does everything once with @kurrent/kurrentdb-client, and prints
// what came of it as JSON. That client may not be loaded beside @eventstore/db-client: both register on one global.
const kurrent = require('@kurrent/kurrentdb-client');

const { BACKWARDS, END, jsonEvent, binaryEvent, NO_STREAM, STREAM_EXISTS, START, eventTypeFilter, streamNameFilter } = kurrent;
const client = kurrent.KurrentDBClient.connectionString(process.argv[2].replace('esdb:', 'kurrentdb:'));
const unary = { credentials: { username: 'any', password: 'any' } };

const id = (n) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const event = (n, type = 'Noted') => jsonEvent({ id: id(n), type, data: { n }, metadata: { of: n } });
const told = ({ event: one }) => ({
  id: one.id,
  type: one.type,
  stream: one.streamId,
  revision: one.revision,
  data: one.isJson ? one.data : Buffer.from(one.data).toString('hex'),
  metadata: one.metadata,
  position: one.position.commit,
});

async function all(source) {
  const items = [];
  for await (const item of source) items.push(told(item));
  return items;
}

async function errorOf(call) {
  try {
    await call;
    return 'no error';
  } catch ({ type, constructor, actualState, actualVersion, streamName }) {
    return { type, name: constructor.name, actual: actualState ?? actualVersion, streamName };
  }
}

/** The first `count` events of a subscription. */
function first(subscription, count) {
  const items = [];
  return new Promise((resolve, reject) => {
    subscription.on('error', reject);
    subscription.on('data', async (item) => {
      items.push(told(item));
      await subscription.ack?.(item);
      if (items.length < count) return;
      await subscription.unsubscribe();
      resolve(items);
    });
  });
}

async function append(way) {
  const stream = way === unary ? 'unary' : 'batch';
  return {
    stored: await client.appendToStream(stream, [event(1), event(2)], { streamState: NO_STREAM, ...way }),
    again: await client.appendToStream(stream, [event(1), event(2)], { streamState: NO_STREAM, ...way }),
    next: await client.appendToStream(stream, event(3), { streamState: 1n, ...way }),
    exists: await client.appendToStream(stream, event(4), { streamState: STREAM_EXISTS, ...way }),
    wrong: await errorOf(client.appendToStream(stream, event(5), { streamState: 1n, ...way })),
    wrongNone: await errorOf(client.appendToStream(stream, event(5), { streamState: NO_STREAM, ...way })),
    wrongExists: await errorOf(client.appendToStream('nowhere', event(5), { streamState: STREAM_EXISTS, ...way })),
  };
}

async function main() {
  const result = { unary: await append(unary), batch: await append({}) };
  await client.appendToStream('bytes', binaryEvent({ id: id(9), type: 'Bytes', data: Buffer.from('00ff10', 'hex') }), unary);
  result.forwards = await all(client.readStream('unary', { fromRevision: 1n, maxCount: 2 }));
  result.backwards = await all(client.readStream('unary', { direction: BACKWARDS, fromRevision: END, maxCount: 2 }));
  result.bytes = await all(client.readStream('bytes'));
  result.all = await all(client.readAll());
  result.allBackwards = await all(client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 1 }));
  result.notFound = await errorOf(all(client.readStream('nowhere')));
  result.subscribed = await first(client.subscribeToAll({ fromPosition: START }), 9);
  const from = { commit: 4n, prepare: 4n };
  result.behind = await first(client.subscribeToAll({ fromPosition: from, filter: eventTypeFilter({ prefixes: ['Noted'] }) }), 4);
  result.byStream = await first(client.subscribeToAll({ filter: streamNameFilter({ regex: '^b' }) }), 5);
  const live = first(client.subscribeToStream('live'), 2);
  await client.appendToStream('live', [event(11), event(12)], unary);
  result.live = await live;
  const settings = kurrent.persistentSubscriptionToStreamSettingsFromDefaults({ startFrom: START });
  await client.createPersistentSubscriptionToStream('batch', 'group', settings);
  result.persistent = await first(client.subscribeToPersistentSubscriptionToStream('batch', 'group'), 4);
  await client.setStreamMetadata('batch', { maxCount: 2 }, unary);
  result.maxCount = await all(client.readStream('batch'));
  await client.deleteStream('batch', { streamState: 3n });
  result.deleted = await errorOf(all(client.readStream('batch')));
  await client.tombstoneStream('unary');
  result.tombstoned = await errorOf(client.appendToStream('unary', event(6), unary));
  await client.dispose();
  const plain = (_, value) => (typeof value === 'bigint' ? Number(value) : value);
  process.stdout.write(`${JSON.stringify(result, plain)}\n`);
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
