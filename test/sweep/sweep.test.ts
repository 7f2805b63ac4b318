import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { skipAloud } from '../skipped';

interface Report {
  readonly kind: string;
  readonly points: number;
  readonly runs: number;
  readonly kills?: number;
  readonly ok: number;
  readonly ends?: Readonly<Record<string, number>>;
  readonly failures: readonly unknown[];
}

const main = join(__dirname, 'main.cjs');
const { noFaults } = jest.requireActual<{ noFaults: () => string | undefined }>('./faults.cjs');
const { noDisk } = jest.requireActual<{ noDisk: () => string | undefined }>('./full.cjs');

function sweep(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' });
}

function reports(...args: string[]): Report[] {
  const { stdout, stderr } = sweep(...args, '--json');
  expect(stderr).toBe('');
  return JSON.parse(stdout) as Report[];
}

/** Every run came to rest with the right verdict, and there were some. */
function right(all: readonly Report[]): void {
  for (const { kind, runs, ok, failures } of all) expect({ kind, ok, failures }).toEqual({ kind, ok: runs, failures: [] });
  expect(all.reduce((sum, { runs }) => sum + runs, 0)).toBeGreaterThan(0);
}

test('killed at an await point of the flow, whichever: the next process comes to rest, the log is that of an undisturbed run, nothing told is lost', () => {
  const [main, ...others] = reports('points', '--thread', 'main', '--every', '61') as [Report];
  expect(others).toEqual([]);
  right([main]);
  // Each run was killed, and at the very point that was enumerated: the sweep names both.
  expect(main.points).toBeGreaterThan(500);
  expect(main.runs).toBe(Math.ceil(main.points / 61));
  expect(main.kills).toBe(main.runs);
});

test('killed at any await point while another thread commits, and in the process that comes after: so it is again', () => {
  const [worker] = reports('points', '--thread', 'worker', '--every', '220') as [Report];
  const [pairs] = reports('pairs', '--pairs', '3', '--seed', '7') as [Report];
  right([worker, pairs]);
  expect(worker.points).toBeGreaterThan(500);
  expect(pairs.kills).toBeGreaterThan(pairs.runs);
});

const injected =
  'EIO, ENOSPC or SIGKILL at a write or sync of the file: the app goes on or stops with a code of the store, and nothing told is lost';
const noStrace = noFaults();
if (noStrace !== undefined) skipAloud(injected, noStrace);
else {
  test(injected, () => {
    const all = reports('faults', '--every', '160');
    right(all);
    const ends = new Set(all.flatMap(({ ends = {} }) => Object.keys(ends)));
    expect([...ends].filter((end) => !/^(went on|killed|stopped with (STORE_[A-Z_]+|APP_STOPPED))$/.test(end))).toEqual([]);
    expect([...ends]).toEqual(expect.arrayContaining(['killed', expect.stringMatching(/^stopped with STORE_/)]));
  });
}

const fullDisk = 'a disk that is full somewhere in the run: the app stops with a code, and goes on without a loss when there is space';
const noTmpfs = noDisk();
if (noTmpfs !== undefined) skipAloud(fullDisk, noTmpfs);
else {
  test(fullDisk, () => {
    const [full] = reports('full', '--every', '60') as [Report];
    right([full]);
    expect(Object.keys(full.ends ?? {})).toEqual(expect.arrayContaining(['stopped with STORE_DISK_FULL', 'went on']));
  });
}

let flips: readonly Report[] | undefined;
const flipped = (): readonly Report[] => (flips ??= reports('flips', '--every', '499'));

test('a bit flipped in a page: whatever is refused has a code of the store; in the -wal file, the log is a beginning of what was written', () => {
  const [file, wal] = flipped() as [Report, Report];
  right([wal]);
  expect(Object.keys(file.ends ?? {})).toEqual(expect.arrayContaining(['right', 'refused with STORE_FILE_DAMAGED']));
  expect(Object.keys(file.ends ?? {})).not.toContain('thrown without a code');
});

// All but a letter in the text of a table's definition, of which SQLite itself asks nothing.
test('a bit flipped in a page is refused, or changes nothing of what is read: never wrong data in silence', () => {
  const { runs, ok } = flipped()[0] as Report;
  expect(runs - ok).toBeLessThanOrEqual(1);
});

test('wrong usage of the sweep ends with 2 and says why', () => {
  for (const [args, what] of [
    [['holes'], /there is no part "holes"/],
    [['--every', '0'], /--every is 0/],
    [['--thread', 'third'], /--thread is third/],
    [['--colour'], /SWEEP_USAGE: Unknown option/],
  ] as const) {
    const { status, stderr } = sweep(...args);
    expect(status).toBe(2);
    expect(stderr).toMatch(what);
  }
  expect(sweep('--help').stdout).toMatch(/npm run sweep/);
});
