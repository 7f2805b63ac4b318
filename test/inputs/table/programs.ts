import { execFile } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { SECRET } from './wrong';
import type { Scene, Wrong } from './wrong';

const ROOT = resolve(__dirname, '../../..');
const TELL = 'const tell = (error) => { console.log(error.message); process.exit(0); };';
const ABSENT = `const Module = require('node:module');
  const load = Module._load;
  const without = (name) => (Module._load = (...args) => { if (args[0] === name) throw new Error('not installed'); return load(...args); });`;
const OPEN = `const { sqlite } = require('@waybill/sqlite');`;
const APPEND = `store.append([{ stream: 's', expected: 'none', events: [{ id: 'e', type: 'Came', data: '{"note":"${SECRET}"}', meta: '{}', time: 0 }] }])`;
/** The thread that commits ends before it could. */
const LOST = `const threads = require('node:worker_threads');
  const { Worker } = threads;
  threads.Worker = class extends Worker { constructor(...args) { super(...args); void this.terminate(); } };
  ${OPEN}
  const store = sqlite(process.argv[1] + '/log.db');`;

/** A program of its own: what it prints is what was told. */
const program =
  (code: string) =>
  ({ folder }: Scene) =>
    new Promise<string>((told, failed) => {
      execFile(process.execPath, ['-e', `${TELL}\n${code}`, folder], { cwd: ROOT, timeout: 100_000 }, (error, stdout, stderr) =>
        error ? failed(new Error(stderr, { cause: error })) : told(stdout.trim()),
      );
    });
/** As a user who owns nothing here. */
const asNobody = (prepare: string) => (scene: Scene) => {
  chmodSync(scene.folder, 0o755);
  chmodSync(dirname(scene.folder), 0o755);
  const code = `${OPEN} const { chmodSync } = require('node:fs');
    sqlite(':memory:').close();
    const file = process.argv[1] + '/log.db';
    sqlite(file).close().then(() => {
      ${prepare}
      if (process.getuid() === 0) process.setuid(65534);
      sqlite(file);
    }).catch(tell);`;
  return program(code)(scene);
};

/** What takes a process of its own to go wrong. */
export const PROGRAMS: readonly Wrong[] = [
  {
    what: 'two copies of core in one process',
    code: 'CORE_LOADED_TWICE',
    names: [join('core', 'dist', 'base', 'single-copy.js'), 'npm dedupe'],
    run: program(
      `require('@waybill/core'); for (const file of Object.keys(require.cache)) delete require.cache[file]; try { require('@waybill/core'); } catch (error) { tell(error); }`,
    ),
  },
  {
    what: 'a SQLite driver that is not installed',
    code: 'STORE_NO_DRIVER',
    names: ['better-sqlite3', 'Node'],
    run: program(
      `${ABSENT} without('better-sqlite3'); ${OPEN} try { sqlite(':memory:', { driver: 'better-sqlite3' }); } catch (error) { tell(error); }`,
    ),
  },
  {
    what: 'telemetry without @opentelemetry/api',
    code: 'TELEMETRY_MISSING',
    names: ['@opentelemetry/api'],
    run: program(
      `${ABSENT} without('@opentelemetry/api'); const { App, memoryStore } = require('waybill'); App.start({ store: memoryStore(), use: [], telemetry: true }).catch(tell);`,
    ),
  },
  {
    what: 'a thread that ends in the middle of a commit',
    code: 'STORE_UNKNOWN_OUTCOME',
    names: ['unknown whether', 'STORE_LOST_WRITER', 'thread'],
    run: program(`${LOST} ${APPEND}.catch(tell);`),
  },
  {
    what: 'a call of a store that is out of service',
    code: 'STORE_FAILED',
    names: ['STORE_LOST_WRITER', 'out of service'],
    run: program(`${LOST} ${APPEND}.catch(() => store.head()).catch(tell);`),
  },
  {
    what: 'a file that this user may not read',
    code: 'STORE_FILE_NO_PERMISSION',
    names: ['log.db', 'read'],
    run: asNobody('chmodSync(file, 0);'),
  },
  {
    what: 'a file that this user may not write',
    code: 'STORE_FILE_READ_ONLY',
    names: ['log.db', 'written'],
    run: asNobody('chmodSync(file, 0o444);'),
  },
];
