import { tmpdir } from 'node:os';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { sqlite } from '@waybill/sqlite';

test('the readme: a store in one file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-readme-'));
  const file = join(folder, 'orders.db');
  // #region open
  const store = sqlite(file); // hand it to App.start({ store, … }), and close it after app.stop()
  // #endregion
  expect(await store.head()).toBe(0);
  await store.close();
  await rm(folder, { recursive: true });
});
