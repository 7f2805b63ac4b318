// Kills a child at every point that an undisturbed run passes, lets the next process come to rest, and judges the file.
const { spawn } = require('node:child_process');
const { mkdtempSync, readdirSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');

const CHILD = join(__dirname, 'child.cjs');
/** Milliseconds after which a child is taken for one that hangs. */
const PATIENCE = 60_000;
/** Children at once: each has little to compute and waits for the disk. */
const AT_ONCE = 3;

/** A folder with files of runs; what one run leaves is gone when its verdict is there. */
class Bench {
  folder = mkdtempSync(join(tmpdir(), 'waybill-sweep-'));
  files = 0;

  constructor() {
    process.env.WAYBILL_SWEEP_COMPILED = this.folder;
    // Not before the folder is there: what they load is compiled into it.
    Object.assign(this, require('./life.cjs'), require('./judge.cjs'), require('./points.cjs'));
  }

  newFile() {
    return join(this.folder, `${++this.files}.db`);
  }

  drop(file) {
    const name = `${file.slice(this.folder.length + 1)}`;
    for (const one of readdirSync(this.folder))
      if (one === name || one.startsWith(`${name}-`) || one.startsWith(`${name}.`)) rmSync(join(this.folder, one));
  }

  close() {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** An undisturbed run: its points by name, in order, and its story. */
  async truth(thread) {
    const file = this.newFile();
    const { labels } = await this.live(file, { thread });
    const { wrong, story } = await this.judge(file);
    if (wrong.length > 0) throw new Error(`SWEEP_BROKEN: an undisturbed run is wrong: ${wrong.join('; ')}`);
    this.drop(file);
    return { labels, story };
  }

  /** @returns what the child ended with: a signal or an exit code, and what it said */
  child(file, killAt = 0, thread = 'main', wrap = [], side = file) {
    const [command, ...args] = [...wrap, process.execPath, CHILD, file, String(killAt), thread, side];
    const env = { ...process.env, UV_THREADPOOL_SIZE: '1', WAYBILL_SWEEP_COMPILED: this.folder };
    return new Promise((resolve, reject) => {
      const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
      const hangs = setTimeout(() => {
        complained.push(Buffer.from(`it did not end within ${PATIENCE} ms`));
        child.kill('SIGTERM');
      }, PATIENCE);
      const [said, complained] = [[], []];
      child.stdout.on('data', (chunk) => said.push(chunk));
      child.stderr.on('data', (chunk) => complained.push(chunk));
      child.on('error', reject);
      child.on('close', (code, signal) => {
        clearTimeout(hangs);
        resolve({ end: signal ?? code, said: String(Buffer.concat(said)), complained: String(Buffer.concat(complained)) });
      });
    });
  }

  /** To rest in this process, then the verdict. One at a time: the classes know one world. */
  recover(file, truth, thread, side) {
    const turn = (this.turn ?? Promise.resolve()).then(async () => {
      const points = new this.Points();
      await this.live(file, { thread, points, side });
      return { points, ...(await this.judge(file, truth, side)) };
    });
    this.turn = turn.catch(() => undefined);
    return turn;
  }
}

/** Runs `work` on each item, a few at once; what it throws is a verdict too. */
async function each(items, work) {
  const waiting = [...items];
  const one = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
}

/**
 * Children killed one after the other on one file, at the points named in turn (1 is the first), then rest and verdict.
 * @returns whether each died, at which points, and what is wrong at the end
 */
async function killed(bench, kills, { story, thread, names }) {
  const file = bench.newFile();
  const died = [];
  const wrong = [];
  try {
    for (const [i, at] of kills.entries()) {
      const { end, said, complained } = await bench.child(file, at, thread);
      if (end === 'SIGKILL') died.push(said);
      else if (end !== 0) wrong.push(`the child ended with ${end}: ${said} ${complained}`);
      // The first kill strikes what was enumerated; only then the count of points says what was struck.
      if (i === 0 && names && said !== names[at - 1]) wrong.push(`point ${at} is ${names[at - 1]}, but ${said} was struck`);
    }
    wrong.push(...(await bench.recover(file, story, thread)).wrong);
  } catch (error) {
    wrong.push(`did not come to rest: ${error.stack ?? error}`);
  }
  bench.drop(file);
  return { kills, died, wrong };
}

module.exports = { Bench, each, killed };
