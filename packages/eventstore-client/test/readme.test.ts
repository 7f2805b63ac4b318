import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryStore } from '@waybill/core';
import { startDevServer } from '@waybill/devserver';
import { eventStore } from '@waybill/eventstore-client';
import { sqlite } from '@waybill/sqlite';
import { one } from './kit';

test('the store of the README opens, appends and closes', async () => {
  const server = await startDevServer({ store: memoryStore() });
  const folder = mkdtempSync(join(tmpdir(), 'waybill-readme-'));
  const connectionString = server.url;
  const file = join(folder, 'views.db');
  // #region open
  const beside = sqlite(file); // rows of projections, keys of personal data
  const store = await eventStore(connectionString, { beside });
  // #endregion
  expect(await store.append(one('s', 'none'))).toMatchObject([{ ok: true }]);
  expect(await store.views?.all('orders')).toEqual([]);
  await store.close();
  await beside.close();
  await server.stop();
  rmSync(folder, { recursive: true });
});
