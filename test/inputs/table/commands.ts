import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { SECRET } from './wrong';
import type { Scene, Wrong } from './wrong';

const ROOT = resolve(__dirname, '../../..');
const DEMO = 'samples/orders-shipping/dist/main.js';
const SERVER = 'packages/devserver/bin/waybill-devserver.js';
const BENCH = 'bench/dist/main.js';
const SIMULATE = 'test/simulation/main.cjs';
type Arguments = readonly string[] | ((scene: Scene) => readonly string[]);

/** What stands on stderr before the usage, of a command that ends with this exit code and prints nothing on stdout. */
const ended = (exit: number, program: string, args: Arguments) => (scene: Scene) =>
  new Promise<string>((told, failed) => {
    const given = typeof args === 'function' ? args(scene) : args;
    execFile(process.execPath, [join(ROOT, program), ...given], { cwd: scene.folder, timeout: 100_000 }, (error, stdout, stderr) => {
      const code = error ? (error.code ?? error.signal) : 0;
      if (code !== exit || stdout !== '' || /\n +at /.test(stderr)) failed(new Error(`ended with ${String(code)}:\n${stdout}${stderr}`));
      else told((stderr.split('\n\n')[0] ?? '').trim());
    });
  });
const usage = (program: string, ...args: string[]) => ended(2, program, args);
const letter = ({ folder }: Scene): string => {
  const file = join(folder, 'letter.txt');
  writeFileSync(file, `Dear Sir, ${SECRET}`);
  return file;
};

/** Commands with wrong arguments: exit code 2, one coded message, no stack. A store that cannot be used: 4 (3 of the server for development). */
export const COMMANDS: readonly Wrong[] = [
  { what: 'npm start -- --bogus', code: 'DEMO_USAGE', names: ['--bogus'], run: usage(DEMO, '--bogus') },
  { what: 'npm start -- --crash many', code: 'DEMO_USAGE', names: ['--crash', 'whole number'], run: usage(DEMO, '--crash', 'many') },
  {
    what: 'npm start -- --crash 1 --two-processes',
    code: 'DEMO_USAGE',
    names: ['exclude each other'],
    run: usage(DEMO, '--crash', '1', '--two-processes'),
  },
  {
    what: 'npm start -- --explain "" --store my.db',
    code: 'DEMO_USAGE',
    names: ['--explain'],
    run: usage(DEMO, '--explain', '', '--store', 'my.db'),
  },
  {
    what: 'npm start -- --feed nowhere.jsonl',
    code: 'FEED_NOT_FOUND',
    names: ['nowhere.jsonl'],
    run: usage(DEMO, '--feed', 'nowhere.jsonl'),
  },
  {
    what: 'npm start -- --feed a.txt --store a.txt',
    code: 'SAME_FILE_TWICE',
    names: ['feed', 'store'],
    run: ended(2, DEMO, (scene) => ['--feed', letter(scene), '--store', letter(scene)]),
  },
  {
    what: 'npm start -- --store letter.txt',
    code: 'STORE_FILE_NOT_A_DATABASE',
    names: ['letter.txt'],
    run: ended(4, DEMO, (scene) => ['--store', letter(scene)]),
  },
  {
    what: 'npm start -- --store esdb:// with a password that is not percent-encoded',
    code: 'STORE_CONNECTION_STRING',
    names: ['percent-encoded'],
    run: ended(4, DEMO, ['--store', `esdb://admin:${SECRET}@x@127.0.0.1:1`]),
  },
  { what: 'waybill-devserver without --store', code: 'DEVSERVER_USAGE', names: ['--store'], run: usage(SERVER) },
  {
    what: 'waybill-devserver --port 70000',
    code: 'DEVSERVER_USAGE',
    names: ['--port', '"70000"'],
    run: usage(SERVER, '--store', 'x.db', '--port', '70000'),
  },
  {
    what: 'waybill-devserver --host 0.0.0.0',
    code: 'DEVSERVER_HOST',
    names: ['"0.0.0.0"'],
    run: usage(SERVER, '--store', ':memory:', '--host', '0.0.0.0'),
  },
  {
    what: 'waybill-devserver --store letter.txt',
    code: 'STORE_FILE_NOT_A_DATABASE',
    names: ['letter.txt'],
    run: ended(3, SERVER, (scene) => ['--store', letter(scene)]),
  },
  { what: 'npm run bench -- --bogus', code: 'BENCH_USAGE', names: ['--bogus'], run: usage(BENCH, '--bogus') },
  { what: 'npm run bench -- --runs 0', code: 'BENCH_USAGE', names: ['--runs is "0"'], run: usage(BENCH, '--runs', '0') },
  { what: 'npm run bench -- --only nothing', code: 'BENCH_USAGE', names: ['--only is "nothing"'], run: usage(BENCH, '--only', 'nothing') },
  { what: 'npm run simulate -- --bogus', code: 'SIMULATE_USAGE', names: ['--bogus'], run: usage(SIMULATE, '--bogus') },
  { what: 'npm run simulate -- nothing', code: 'SIMULATE_USAGE', names: ['"nothing"'], run: usage(SIMULATE, 'nothing') },
  { what: 'npm run simulate -- --seeds many', code: 'SIMULATE_USAGE', names: ['--seeds is many'], run: usage(SIMULATE, '--seeds', 'many') },
  {
    what: 'npm run simulate -- orders --replay of nothing that was printed',
    code: 'TAPE_UNREADABLE',
    names: ['tape'],
    run: usage(SIMULATE, 'orders', '--replay', 'nonsense'),
  },
  { what: 'npm run of a script that is none', code: 'UNKNOWN_SCRIPT', names: ['frobnicate'], run: usage('scripts/run.mjs', 'frobnicate') },
];
