import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { memoryStore } from '@waybill/core';
import { startDevServer } from '@waybill/devserver';
import { failure, reachable, revisions, rowsOf, UNARY } from './kit';

test('the server of the README serves a client', async () => {
  // #region serve
  const store = memoryStore(); // or sqlite(file): any Waybill store
  const server = await startDevServer({ store });

  const client = EventStoreDBClient.connectionString(server.url);
  await client.appendToStream('orders-1', jsonEvent({ type: 'OrderPlaced', data: { total: 12 } }));
  // #endregion
  expect(await revisions(client.readStream('orders-1'))).toEqual([0]);
  expect(await rowsOf(store, 'orders-1')).toHaveLength(1);

  const rows = [jsonEvent({ type: 'OrderPaid', data: {} })];
  const expected = { expectedRevision: 0n, ...UNARY };
  // #region fault
  server.faults.next('append', 'loseAnswer'); // the next append is stored, and its connection cut
  await failure(client.appendToStream('orders-1', rows, expected));
  await reachable(client);
  await client.appendToStream('orders-1', rows, expected); // the same ids and revision: the first result again
  // #endregion
  expect(await rowsOf(store, 'orders-1')).toHaveLength(2);
  expect(server.faults.left).toBe(0);
  await client.dispose();
  await server.stop();
});
