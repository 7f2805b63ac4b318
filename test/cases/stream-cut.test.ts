import { EventStoreDBClient } from '@eventstore/db-client';
import { Shipping } from '@waybill/bench/dist/shipping';
import { memoryStore } from '@waybill/core';
import type { ParkedMessage } from '@waybill/core';
import { startDevServer } from '@waybill/devserver';
import { eventStore } from '@waybill/eventstore-client';
import { A, I, S } from './messages';
import type { Process } from './process';
import { forEachStore } from './stores';
import { World } from './world';

async function parked(process: Process): Promise<ParkedMessage[]> {
  const all: ParkedMessage[] = [];
  for await (const one of process.system.operators.parked()) all.push(one);
  return all;
}

/** Two orders, one of them complete but for one item. */
async function begun(world: World): Promise<void> {
  const process = await world.start({ use: [Shipping] });
  await world.feed(S('a'), I('a', 0), I('a', 1), S('b'), I('b', 0));
  await process.settled();
  await process.stop();
}

async function goesOnAlone(world: World, shown = ['ItemAdded', 'OrderAccepted']): Promise<void> {
  const next = await world.start({ use: [Shipping] });
  // The item that the stream has lost comes again under a new id: it must not be taken in a second time.
  await world.feed(I('b', 1), A('b', 2), I('a', 0), A('a', 2));
  await next.settled();
  const left = await parked(next);
  expect(left.map(({ stream, type }) => [stream, type])).toEqual(shown.map((type) => ['shipping-a', type]));
  if (shown.length === 2) expect(left[0]?.reason).toContain('STORE_STREAM_CUT');
  expect((await world.store.read('shipping-b')).map(({ type }) => type)).toContain('ShipmentRequested');
  expect((await world.store.read('shipping-a')).map(({ type }) => type)).not.toContain('ShipmentRequested');
  await next.stop();
}

forEachStore('a stream that others have truncated', (open) => {
  test('stops its actor with STORE_STREAM_CUT, takes nothing in again, and others go on', async () => {
    const world = await World.open(open());
    await begun(world);
    await world.store.truncate('shipping-a', 2);
    await goesOnAlone(world);
  });
});

test('a limit on the length of a stream of the server stops its actor, and once it is taken off the messages are taken in', async () => {
  const server = await startDevServer({ store: memoryStore({ id: 'served' }) });
  const store = await eventStore(server.url);
  const client = EventStoreDBClient.connectionString(server.url);
  const world = await World.open({ quiet: 4, connect: async () => store, close: async () => undefined });
  try {
    await begun(world);
    await client.setStreamMetadata('shipping-a', { maxCount: 1 });
    // The limit hides all but the newest of what is parked, too.
    await goesOnAlone(world, ['OrderAccepted']);
    await client.setStreamMetadata('shipping-a', {});
    const process = await world.start({ use: [Shipping] });
    await world.drive(process.system.operators.retry('shipping-a', undefined, { by: 'op', why: 'the limit is off' }));
    await process.settled();
    expect((await store.read('shipping-a')).filter(({ type }) => type === 'ShipmentRequested')).toHaveLength(1);
    expect(await parked(process)).toEqual([]);
    await process.stop();
  } finally {
    await client.dispose();
    await store.close();
    await server.stop();
  }
});
