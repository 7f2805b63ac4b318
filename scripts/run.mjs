// npm start | test | verify | bench | simulate | sweep | soak | real | build | lint: installs when the lockfile asks for it, builds, then runs the named thing.
// Everything that is not the named thing's own output goes to stderr, so that `npm start -- --json` can be piped.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const entries = {
  start: 'samples/orders-shipping/dist/main.js',
  bench: 'bench/dist/main.js',
  simulate: 'test/simulation/main.cjs',
  sweep: 'test/sweep/main.cjs',
  soak: 'test/soak/main.cjs',
  real: 'packages/devserver/test/real/main.cjs',
};
/** Node 22.13 and newer: no native driver is needed, see packages/sqlite/native. */
const HAS_SQLITE = isBuiltin('node:sqlite');
const say = (line) => process.stderr.write(`${line}\n`);

function stop(code, line) {
  say(line);
  process.exit(code);
}

function demandNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  stop(2, `NODE_TOO_OLD: Node ${process.versions.node} is too old for Waybill. Fix: use Node 20.19 or newer (https://nodejs.org).`);
}

/** Why `npm ci` must run, or undefined. npm writes node_modules/.package-lock.json last, so a broken-off install counts as missing. */
function installReason() {
  const lock = join(root, 'package-lock.json');
  const installed = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installed)) return 'node_modules is missing or incomplete';
  if (statSync(installed).mtimeMs < statSync(lock).mtimeMs) return 'package-lock.json is newer than node_modules';
  const native = join(root, 'node_modules', 'better-sqlite3', 'build', 'Release', 'better_sqlite3.node');
  if (!HAS_SQLITE && !existsSync(native)) return 'this Node needs the native SQLite driver, which is missing';
  return undefined;
}

function install() {
  const reason = installReason();
  if (reason === undefined) return;
  say(`${reason}: running npm ci`);
  // --include: the build needs dev dependencies, and optional ones (the compiler), also where NODE_ENV or npm's `omit` leaves them out.
  const args = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund'];
  // The only install script that anything here needs is that of the native driver. npm 10 would run them all.
  if (HAS_SQLITE) args.push('--ignore-scripts');
  const stdio = ['ignore', 2, 2];
  const cli = process.env.npm_execpath ?? '';
  const done = /npm-cli\.c?js$/.test(cli)
    ? spawnSync(process.execPath, [cli, ...args], { cwd: root, stdio })
    : spawnSync(`npm ${args.join(' ')}`, { cwd: root, stdio, shell: true }); // a shell finds npm.cmd on Windows
  if (done.status !== 0)
    stop(done.status ?? 1, 'INSTALL_FAILED: npm ci failed (see above). Fix: correct the cause, then run the same command again.');
}

async function build(args = []) {
  const tsc = join(root, 'node_modules', 'typescript7', 'bin', 'tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-b', ...args], { cwd: root, stdio: ['ignore', 2, 2] });
  if (status === 0 && args.length === 0) await (await import('./worker-program.mjs')).make(root);
  return status ?? 1;
}

/** Runs a program of the repository in its place: same stdin, stdout and stderr, its exit code is ours. */
function runEntry(name, args) {
  const main = join(root, entries[name]);
  if (!existsSync(main)) stop(2, `NO_ENTRY: nothing to run (${entries[name]} was not built). Fix: npm run build, and read what it says.`);
  const child = spawn(process.execPath, [main, ...args], { stdio: 'inherit' });
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  // A terminal sends Ctrl-C to the whole group: the child has it already. Elsewhere it must be handed on.
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
  // npm hands SIGTERM to a shell, which dies of it and tells nobody: then we have a new parent.
  const parent = process.ppid;
  if (process.env.npm_lifecycle_event !== undefined) setInterval(() => process.ppid === parent || child.kill('SIGTERM'), 200).unref();
  child.on('error', (error) => stop(1, `START_FAILED: ${error.message}`));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

demandNode();
const [name, ...args] = process.argv.slice(2);
const NAMES = [...Object.keys(entries), 'build', 'lint', 'test', 'verify'];
if (!NAMES.includes(name)) {
  stop(2, `UNKNOWN_SCRIPT: ${name ?? 'nothing'} is not known here. Fix: one of ${NAMES.join(', ')}.`);
}
install();
const built = await build(name === 'build' ? args : []);
if (name === 'build') process.exit(built);
if (name in entries) {
  if (built !== 0) stop(built, 'BUILD_FAILED: the TypeScript build failed (see above). Fix: correct what it names.');
  runEntry(name, args);
} else {
  const { lint, test } = await import('./checks.mjs');
  process.exitCode = await (name === 'lint' ? lint(args) : test(built, args));
}
