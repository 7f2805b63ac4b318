// A disk that is full at every size below what a run needs, then has space again.
const { spawnSync } = require('node:child_process');
const { mkdirSync, mkdtempSync, rmdirSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { endOf } = require('./faults.cjs');

const PAGE = 4_096;
/** Pages that a run never needs. */
const ENOUGH = 2_000;

function mount(folder, options) {
  const { error, status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', `mode=700,${options}`, 'tmpfs', folder]);
  if (error || status !== 0) throw new Error(`mount failed: ${error?.message ?? stderr}`);
}

function unmount(folder) {
  const { status, stderr } = spawnSync('umount', [folder]);
  if (status !== 0) throw new Error(`umount ${folder} failed: ${stderr}`);
}

/** Why no small disk can be made on this machine, or undefined. */
function noDisk() {
  if (process.platform !== 'linux') return 'tmpfs is for Linux';
  const folder = mkdtempSync(join(tmpdir(), 'waybill-disk-'));
  try {
    mount(folder, 'size=64k');
    unmount(folder);
    return undefined;
  } catch {
    return 'needs the right to mount a tmpfs';
  } finally {
    rmdirSync(folder);
  }
}

/** A run on a disk of so many pages, until it stops; then there is space, rest and verdict. */
async function onDisk(bench, pages, { story, thread }) {
  const side = bench.newFile();
  const folder = `${side}-disk`;
  const file = join(folder, 'log.db');
  const wrong = [];
  let ended;
  mkdirSync(folder);
  mount(folder, `size=${pages * PAGE}`);
  const interrupted = () => unmount(folder);
  process.prependOnceListener('exit', interrupted);
  try {
    const { end, said, complained } = await bench.child(file, 0, thread, [], side);
    ended = endOf(end, said);
    if (!/^stopped with (STORE_|APP_STOPPED)|^went on$/.test(ended)) wrong.push(`${ended}: ${end} ${said} ${complained}`);
    mount(folder, 'remount,size=64m');
    wrong.push(...(await bench.recover(file, story, thread, side)).wrong);
  } catch (error) {
    wrong.push(`did not come to rest: ${error.stack ?? error}`);
  } finally {
    process.off('exit', interrupted);
    unmount(folder);
    rmdirSync(folder);
  }
  bench.drop(side);
  return { ended, wrong };
}

/** Disks of every `every`-th size, from the smallest on, up to the first three on which a run goes through. */
async function full(bench, { thread = 'main', every = 1, first = 4 } = {}) {
  const { story } = await bench.truth(thread);
  const all = { kind: `disk full, then space, commits in the ${thread} thread`, points: 0, runs: 0, ok: 0, ends: {}, failures: [] };
  for (let pages = first, through = 0; through < 3 && pages < ENOUGH; pages += every) {
    const { ended, wrong } = await onDisk(bench, pages, { story, thread });
    through = ended === 'went on' ? through + 1 : 0;
    all.points = pages;
    all.runs++;
    all.ends[ended] = (all.ends[ended] ?? 0) + 1;
    if (wrong.length === 0) all.ok++;
    else all.failures.push({ pages, ended, wrong });
  }
  return [all];
}

module.exports = { full, noDisk };
