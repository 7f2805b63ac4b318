import { eventStore } from '@waybill/eventstore-client';
import { startDevServer } from '@waybill/devserver';
import type { DevServer } from '@waybill/devserver';
import { sqlite } from '@waybill/sqlite';
import type { Store } from 'waybill';
import { Child, endAll, feedOf, Folder } from './kit';
import { appendTo, lasting, mustBeHonest, mustBeWhole } from './log';

const ORDERS = 20;
const limits = { batch: 8, page: 16, hot: 4, turns: 2 };

let folder: Folder;
let log: Store;
let store: Store;
let server: DevServer;
beforeEach(async () => {
  folder = new Folder();
  log = sqlite(folder.file());
  server = await startDevServer({ store: log });
  store = await eventStore(server.url);
});
afterEach(async () => {
  await endAll();
  await store.close();
  await server.stop();
  await log.close();
  folder.remove();
});

test('on a server, workers that stand still before their append and while it is on its way: another finishes all; when they come back nothing is doubled or lost', async () => {
  await appendTo(store, feedOf(0, ORDERS, 9));
  const zombies: Child[] = [];
  for (const point of ['decided', 'sent'] as const) {
    const zombie = new Child({ place: server.url, limits, hold: { point, nth: 2 } });
    await zombie.says(({ at }) => at === point);
    await zombie.freeze();
    zombies.push(zombie);
  }
  const other = new Child({ place: server.url });
  expect(await other.ended).toBe(0);
  const rows = await lasting(store);
  for (const zombie of zombies) zombie.signal('SIGCONT');
  for (const zombie of zombies) expect(await zombie.ended).toBe(0);
  expect(await lasting(store)).toEqual(rows);
  await mustBeWhole(store, ORDERS);
  await mustBeHonest(store, [...zombies, other]);
});
