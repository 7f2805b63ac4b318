import { eventStore } from '@waybill/eventstore-client';
import { startDevServer } from '@waybill/devserver';
import type { DevServer } from '@waybill/devserver';
import { sqlite } from '@waybill/sqlite';
import type { Store } from 'waybill';
import { Child, endAll, feedOf, Folder } from './kit';
import type { Point } from './kit';
import { appendTo, lasting, mustBeHonest, mustBeWhole } from './log';

jest.setTimeout(180_000);

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

test.each<[Point, string]>([
  ['decided', 'when it has decided, before its append is sent'],
  ['sent', 'while its append is on the way to the server'],
])(
  'on a server, a worker that stands still (%s) %s: another finishes all; when it comes back nothing is doubled or lost',
  async (point) => {
    await appendTo(store, feedOf(0, ORDERS, 9));
    const zombie = new Child({ place: server.url, limits, hold: { point, nth: 4 } });
    await zombie.says(({ at }) => at === point);
    await zombie.freeze();
    const other = new Child({ place: server.url });
    expect(await other.ended).toBe(0);
    const rows = await lasting(store);
    zombie.signal('SIGCONT');
    expect(await zombie.ended).toBe(0);
    expect(await lasting(store)).toEqual(rows);
    await mustBeWhole(store, ORDERS);
    await mustBeHonest(store, [zombie, other]);
  },
);
