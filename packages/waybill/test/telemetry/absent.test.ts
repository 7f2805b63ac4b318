import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const MODULES = join(__dirname, '..', '..', '..', '..', 'node_modules');

/** A program that starts an app, sends it a command, and prints what was loaded. */
const program = (options: string): string => `
  const { Actor, Aggregate, App, Command, Event, Handles, memoryStore } = require('waybill');
  class Ask extends Command('Ask') {}
  class Asked extends Event('Asked') {}
  class Desk extends Actor {
    initial() { return null; }
    key(c) { return c.id; }
    ask({ id }) { return new Asked({ id }); }
  }
  Handles(Ask)(Desk.prototype, 'ask', {});
  Aggregate('desk')(Desk);
  (async () => {
    const store = memoryStore();
    const app = await App.start({ store, use: [Desk]${options} });
    await app.send(Desk, new Ask({ id: 'a' }), { id: '1' });
    await app.settled();
    await app.stop();
    const loaded = Object.keys(require.cache).filter((file) => /opentelemetry|telemetry/.test(file));
    const names = loaded.map((file) => (file.includes('@opentelemetry') ? 'OpenTelemetry' : require('node:path').basename(file)));
    console.log(JSON.stringify([...new Set(names)]));
  })().catch((error) => {
    console.log(JSON.stringify(error.code + ': ' + error.message));
  });`;

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'waybill-absent-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A project that has all of our packages installed, but for those that are left out. */
function project(absent: readonly string[]): void {
  const modules = join(folder, 'node_modules');
  mkdirSync(modules);
  for (const name of readdirSync(MODULES)) {
    if (name.startsWith('.') || absent.includes(name)) continue;
    symlinkSync(join(MODULES, name), join(modules, name), 'junction');
  }
}

async function told(options: string): Promise<unknown> {
  const file = join(folder, 'program.js');
  writeFileSync(file, program(options));
  // Links are taken for what they stand for: else the way up from our own folder would lead to what is left out.
  const { stdout } = await run(process.execPath, ['--preserve-symlinks', '--preserve-symlinks-main', file]);
  return JSON.parse(stdout);
}

test('nothing of OpenTelemetry is loaded when it is not asked for, be it installed or not', async () => {
  project([]);
  expect(await told('')).toEqual([]);
  expect(await told(', telemetry: false')).toEqual([]);
});

test('without @opentelemetry/api an app starts and works', async () => {
  project(['@opentelemetry']);
  expect(await told('')).toEqual([]);
});

test('telemetry that is asked for and not installed is refused at the start, with what to install', async () => {
  project(['@opentelemetry']);
  expect(await told(', telemetry: true')).toMatch(
    /^TELEMETRY_MISSING: .*@opentelemetry\/api cannot be loaded\. Fix: npm install @opentelemetry\/api/,
  );
});

test('telemetry that is asked for is loaded: this test can fail', async () => {
  project([]);
  expect(await told(', telemetry: true')).toEqual(expect.arrayContaining(['telemetry.js', 'OpenTelemetry']));
});
