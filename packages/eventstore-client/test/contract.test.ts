import { memoryStore } from '@waybill/core';
import type { DevServer } from '@waybill/devserver';
import { startDevServer } from '@waybill/devserver';
import { eventStore } from '@waybill/eventstore-client';
import { scoped, storeContract } from '@waybill/testing';
import { skipAloud } from '../../../test/skipped';
import { served, sqliteLog } from './kit';

storeContract('eventStore(memory behind the protocol)', () => served());
storeContract('eventStore(SQLite behind the protocol)', () => served(sqliteLog));
storeContract(`eventStore(…, { path: 'batch' })`, () => served(memoryStore, { path: 'batch' }));

describe('one log that is never emptied', () => {
  const log = memoryStore();
  let server: DevServer;
  beforeAll(async () => {
    server = await startDevServer({ store: log });
  });
  afterAll(async () => {
    await server.stop();
    await log.close();
  });
  storeContract('eventStore(a log that others have used)', () => onServer(server.url));
});

const real = process.env['WAYBILL_ESDB'];
if (real === undefined) {
  skipAloud('eventStore(a real server) keeps the store contract', 'WAYBILL_ESDB names none: set it to an esdb:// connection string');
} else {
  for (const path of ['unary', 'batch'] as const) storeContract(`eventStore(WAYBILL_ESDB, ${path})`, () => onServer(real, path));
}

function onServer(url: string, path: 'unary' | 'batch' = 'unary') {
  const beside = memoryStore();
  return scoped(() => eventStore(url, { beside, path }));
}
