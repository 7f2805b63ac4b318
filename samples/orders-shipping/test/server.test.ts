import { rmSync } from 'node:fs';
import { startDevServer } from '@waybill/devserver';
import type { DevServer } from '@waybill/devserver';
import { sqlite } from '@waybill/sqlite';
import type { Store } from 'waybill';
import { baseOf } from '../dist/demo/store';
import { Folder, makeFeed, start, told } from './kit';

let folder: Folder;
let log: Store;
let server: DevServer;
beforeEach(async () => {
  folder = new Folder();
  log = sqlite(folder.file('log.db'));
  server = await startDevServer({ store: log });
});
afterEach(async () => {
  await server.stop();
  await log.close();
  folder.remove();
  for (const end of ['.views.db', '.views.db-wal', '.views.db-shm', '.mail.jsonl']) rmSync(`${baseOf(server.url)}${end}`, { force: true });
});

test('on a server it comes to what it comes to on a file, and the same feed again appends nothing', async () => {
  const feed = folder.file('feed.jsonl', await makeFeed(60, 7));
  const file = await start(['--json', '--feed', feed, '--shipments', folder.file('file.jsonl')]);
  const served = await start(['--json', '--feed', feed, '--shipments', folder.file('served.jsonl'), '--store', server.url]);
  expect(served).toMatchObject({ code: 0, err: '' });
  expect({ ...told(served), seconds: 0 }).toEqual({ ...told(file), seconds: 0 });
  expect(folder.sorted('served.jsonl')).toEqual(folder.sorted('file.jsonl'));
  const again = await start(['--json', '--feed', feed, '--store', server.url]);
  expect(told(again)).toMatchObject({ appended: 0, received: 0, verdict: 'ok' });
});

test.each([
  ['killed 4 times', ['--crash', '4', '--seed', '3']],
  ['in two processes', ['--two-processes']],
])('on a server, %s, it comes to the same shipments', async (_, args) => {
  const feed = folder.file('feed.jsonl', await makeFeed(60, 8));
  const calm = await start(['--json', '--feed', feed, '--shipments', folder.file('calm.jsonl')]);
  const rough = await start(['--json', '--feed', feed, '--shipments', folder.file('rough.jsonl'), '--store', server.url, ...args]);
  expect(rough).toMatchObject({ code: 0, err: '' });
  expect({ ...told(rough), seconds: 0 }).toEqual({ ...told(calm), seconds: 0 });
  expect(folder.sorted('rough.jsonl')).toEqual(folder.sorted('calm.jsonl'));
});

test('a server that is not there is said in one line with exit code 4, and no password is told', async () => {
  const port = server.port;
  await server.stop();
  const ran = await start(['--store', `esdb://admin:canary@127.0.0.1:${port}?tls=false&defaultDeadline=500`]);
  expect(ran.code).toBe(4);
  expect(ran.err).toMatch(/^STORE_UNAVAILABLE: /);
  expect(ran.err + ran.out).not.toContain('canary');
});

test('--fresh deletes files, not the log of a server', async () => {
  expect(await start(['--store', server.url, '--fresh'])).toMatchObject({ code: 2 });
});
