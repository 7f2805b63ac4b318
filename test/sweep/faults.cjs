// Faults of the disk at every system call of a short run on the store's files, by `strace -e inject`.
const { spawnSync } = require('node:child_process');
const { readFileSync, realpathSync } = require('node:fs');
const { dirname, basename, join } = require('node:path');
const { each } = require('./sweep.cjs');

/** What is done to which calls. ENOSPC comes of what can ask for space. */
const FAULTS = [
  ['pwrite64', 'error=EIO'],
  ['pwrite64', 'error=ENOSPC'],
  ['pwrite64', 'signal=KILL'],
  ['fsync', 'error=EIO'],
  ['fsync', 'error=ENOSPC'],
  ['fsync', 'signal=KILL'],
  ['fdatasync', 'error=EIO'],
  ['fdatasync', 'error=ENOSPC'],
  ['fdatasync', 'signal=KILL'],
  ['ftruncate', 'error=EIO'],
  ['ftruncate', 'signal=KILL'],
  ['pread64', 'error=EIO'],
];
const CALLS = [...new Set(FAULTS.map(([call]) => call))];

/** Why faults cannot be injected on this machine, or undefined. */
function noFaults() {
  if (process.platform !== 'linux') return 'strace is for Linux';
  const tried = spawnSync('strace', [
    '-f',
    '--seccomp-bpf',
    '-o',
    '/dev/null',
    '-e',
    'inject=fsync:error=EIO:when=1',
    process.execPath,
    '-e',
    '0',
  ]);
  if (tried.error) return 'no strace here';
  return tried.status === 0 ? undefined : 'strace may not trace here';
}

function straced(file, more) {
  const real = join(realpathSync(dirname(file)), basename(file));
  const paths = ['', '-wal', '-shm', '-journal'].flatMap((suffix) => ['-P', `${real}${suffix}`]);
  return ['strace', '-f', '-qq', ...paths, ...more];
}

/** How often an undisturbed run makes each call: counted in the thread that makes most, as strace counts for each by itself. */
async function countsOf(bench, thread) {
  const file = bench.newFile();
  const { end, complained } = await bench.child(file, 0, thread, straced(file, ['-o', `${file}.calls`, '-e', `trace=${CALLS.join(',')}`]));
  if (end !== 0) throw new Error(`SWEEP_BROKEN: a run under strace ended with ${end}: ${complained}`);
  const counts = {};
  for (const line of readFileSync(`${file}.calls`, 'utf8').split('\n')) {
    const [, task, call] = /^(\d+) +(\w+)\(/.exec(line) ?? [];
    if (call !== undefined) (counts[call] ??= {})[task] = (counts[call][task] ?? 0) + 1;
  }
  bench.drop(file);
  return Object.fromEntries(Object.entries(counts).map(([call, of]) => [call, Math.max(...Object.values(of))]));
}

/** One run with one fault: killed, stopped with a code, or gone on; then rest and verdict. @returns how it ended, and what is wrong */
async function faulted(bench, call, fault, n, { story, thread }) {
  const file = bench.newFile();
  const wrong = [];
  let ended;
  try {
    const { end, said, complained } = await bench.child(
      file,
      0,
      thread,
      // The filter makes a run several times faster, and signals are not injected through it.
      straced(file, [
        ...(fault.startsWith('signal') ? [] : ['--seccomp-bpf']),
        '-o',
        '/dev/null',
        '-e',
        `trace=${call}`,
        '-e',
        `inject=${call}:${fault}:when=${n}`,
      ]),
    );
    ended = endOf(end, said);
    // A command that meets an app that has stopped is told so; why, the app has told.
    const allowed = ['went on', 'stopped with APP_STOPPED', ...(fault === 'signal=KILL' ? ['killed'] : [])];
    if (!ended.startsWith('stopped with STORE_') && !allowed.includes(ended)) wrong.push(`${ended}: ${end} ${said} ${complained}`);
    wrong.push(...(await bench.recover(file, story, thread)).wrong);
  } catch (error) {
    wrong.push(`did not come to rest: ${error.stack ?? error}`);
  }
  bench.drop(file);
  return { ended, wrong };
}

function endOf(end, said) {
  if (end === 'SIGKILL' || end === 137) return 'killed';
  if (end === 0) return 'went on';
  try {
    return `stopped with ${JSON.parse(said).code}`;
  } catch {
    return 'crashed';
  }
}

/** Every `every`-th call of each kind, from the `first`; one report for each kind of fault. */
async function faults(bench, { thread = 'main', every = 1, first = 1, only = FAULTS } = {}) {
  const { story } = await bench.truth(thread);
  const counts = await countsOf(bench, thread);
  const reports = [];
  for (const [call, fault] of only) {
    const calls = counts[call] ?? 0;
    if (calls === 0) continue;
    const one = { kind: `${call} ${fault}, commits in the ${thread} thread`, points: calls, runs: 0, ok: 0, ends: {}, failures: [] };
    const turns = Array.from({ length: calls }, (_, i) => i + 1).filter((n) => n >= first && (n - first) % every === 0);
    await each(turns, async (n) => {
      const { ended, wrong } = await faulted(bench, call, fault, n, { story, thread });
      one.runs++;
      one.ends[ended] = (one.ends[ended] ?? 0) + 1;
      if (wrong.length === 0) one.ok++;
      else one.failures.push({ n, ended, wrong });
    });
    reports.push(one);
  }
  return reports;
}

module.exports = { faults, noFaults, endOf };
