import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStoreDBClient, NO_STREAM } from '@eventstore/db-client';
import { sqlite } from '@waybill/sqlite';
import { event, eventually, revisions, UNARY } from './kit';

const bin = join(__dirname, '..', 'bin', 'waybill-devserver.js');

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'waybill-devserver-'))));
afterEach(() => rmSync(folder, { recursive: true }));

/** The command as it ends. */
function ended(...args: string[]): Promise<{ code: number | string; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [bin, ...args], { timeout: 30_000 }, (error, stdout, stderr) =>
      resolve({ code: error ? (error.code ?? error.signal ?? 'unknown') : 0, stdout, stderr }),
    );
  });
}

/** The command while it serves. */
async function serving(file: string, ...args: string[]) {
  const child = spawn(process.execPath, [bin, '--store', file, '--port', '0', ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  const exit = new Promise<number | string>((resolve) => child.on('exit', (code, signal) => resolve(code ?? signal ?? 'unknown')));
  let stdout = '';
  child.stdout.on('data', (text) => (stdout += String(text)));
  await eventually('a connection string', () => stdout.endsWith('\n'));
  return { child, exit, line: stdout.trimEnd() };
}

test('--help tells what it is for and exits with 0', async () => {
  const { code, stdout } = await ended('--help');
  expect(code).toBe(0);
  expect(stdout).toMatch(/For development, not for production/);
});

test.each([
  ['no store', [], 'DEVSERVER_USAGE: --store is missing'],
  ['a port that is none', ['--store', 'x.db', '--port', '70000'], 'DEVSERVER_USAGE: --port is "70000"'],
  ['an option that is none', ['--bogus'], 'DEVSERVER_USAGE: '],
  ['a host that is not this machine', ['--store', ':memory:', '--host', '0.0.0.0'], 'DEVSERVER_HOST: '],
])('%s is a wrong usage: exits with 2 and says what to do', async (_, args, message) => {
  const { code, stdout, stderr } = await ended(...args);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr.startsWith(message)).toBe(true);
  expect(stderr).toContain('Fix: ');
});

test('a port that is taken is told, with 2, and the file is closed', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => other.once('listening', resolve));
  const { port } = other.address() as { port: number };
  const { code, stderr } = await ended('--store', join(folder, 'log.db'), '--port', String(port));
  other.close();
  expect([code, stderr.startsWith('DEVSERVER_LISTEN: ')]).toEqual([2, true]);
});

test('a file that is not ours exits with 3, before it is touched', async () => {
  const file = join(folder, 'notes.txt');
  writeFileSync(file, 'not a database, and long enough to be read as the header of one: '.repeat(10));
  const { code, stderr } = await ended('--store', file);
  expect([code, stderr.startsWith('STORE_FILE_')]).toEqual([3, true]);
});

test('serves a file until SIGTERM or SIGINT: answers what is under way, closes the file, exits with 0, though clients are connected', async () => {
  for (const [n, signal] of (['SIGTERM', 'SIGINT'] as const).entries()) {
    const file = join(folder, 'log.db');
    const { child, exit, line } = await serving(file, '--json');
    const { url, port, id, store } = JSON.parse(line) as { url: string; port: number; id: string; store: string };
    expect([url, store]).toEqual([`esdb://127.0.0.1:${port}?tls=false`, file]);
    const client = EventStoreDBClient.connectionString(url);
    await client.appendToStream(`s-${n}`, event(), { expectedRevision: NO_STREAM, ...UNARY });
    const subscription = client.subscribeToAll();
    await new Promise((resolve) => subscription.once('caughtUp', resolve));
    subscription.on('error', () => undefined);
    const last = client.appendToStream(`t-${n}`, event(), { expectedRevision: NO_STREAM, ...UNARY }).catch(() => undefined);
    child.kill(signal);
    expect(await exit).toBe(0);
    const stored = await last;
    await client.dispose();
    const log = sqlite(file);
    expect(log.id).toBe(id);
    expect(await log.read(`s-${n}`)).toHaveLength(1);
    if (stored) expect(await log.read(`t-${n}`)).toHaveLength(1);
    await log.close();
  }
});

test('keeps every append that was acknowledged when the process is killed with SIGKILL in the middle of many, each once', async () => {
  const file = join(folder, 'log.db');
  const acknowledged = new Map<string, bigint>();
  const attempts = new Map<string, ReturnType<typeof event>>();
  for (let round = 0; round < 3; round++) {
    const { child, exit, line } = await serving(file);
    const client = EventStoreDBClient.connectionString(line);
    const before = acknowledged.size;
    let killed = false;
    const writers = Array.from({ length: 32 }, async () => {
      while (!killed) {
        const stream = `s-${randomUUID()}`;
        const row = event();
        attempts.set(stream, row);
        await client.appendToStream(stream, row, { expectedRevision: NO_STREAM, ...UNARY }).then(
          ({ nextExpectedRevision }) => acknowledged.set(stream, nextExpectedRevision),
          () => (killed = true),
        );
      }
    });
    await eventually('some acknowledged appends', () => acknowledged.size >= before + 100);
    child.kill('SIGKILL');
    expect(await exit).toBe('SIGKILL');
    await Promise.all(writers);
    await client.dispose();
  }
  const { child, exit, line } = await serving(file);
  const client = EventStoreDBClient.connectionString(line);
  for (const [stream, row] of attempts) {
    if (!acknowledged.has(stream)) await client.appendToStream(stream, row, { expectedRevision: NO_STREAM, ...UNARY });
  }
  for (const stream of attempts.keys()) expect([stream, await revisions(client.readStream(stream))]).toEqual([stream, [0]]);
  await client.dispose();
  child.kill('SIGTERM');
  expect(await exit).toBe(0);
});

test('a process that has stopped its server ends by itself: no timer, no connection is left', async () => {
  const script = `
    const { memoryStore } = require('@waybill/core');
    const { startDevServer } = require('@waybill/devserver');
    const db = require('@eventstore/db-client');
    (async () => {
      const server = await startDevServer({ store: memoryStore() });
      const client = db.EventStoreDBClient.connectionString(server.url);
      const unary = { credentials: { username: 'a', password: 'b' } };
      await client.appendToStream('s', db.jsonEvent({ type: 'T', data: {} }), unary);
      const settings = db.persistentSubscriptionToStreamSettingsFromDefaults({ startFrom: db.START });
      await client.createPersistentSubscriptionToStream('s', 'g', settings);
      const group = client.subscribeToPersistentSubscriptionToStream('s', 'g').on('error', () => undefined);
      await new Promise((resolve) => group.once('data', resolve));
      const live = client.subscribeToAll().on('error', () => undefined);
      await new Promise((resolve) => live.once('caughtUp', resolve));
      server.faults.next('append', 'hang');
      client.appendToStream('s', db.jsonEvent({ type: 'T', data: {} }), unary).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 100));
      await server.stop();
      await client.dispose();
      console.log('stopped');
    })();`;
  const { code, stdout } = await new Promise<{ code: unknown; stdout: string }>((resolve) =>
    execFile(process.execPath, ['-e', script], { cwd: __dirname, timeout: 20_000 }, (error, out) =>
      resolve({ code: error?.signal ?? 0, stdout: out }),
    ),
  );
  expect([code, stdout]).toEqual([0, 'stopped\n']);
});
