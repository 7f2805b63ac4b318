import { spawn, spawnSync } from 'node:child_process';
import { closeSync, copyFileSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';

/**
 * The limit and ourselves, in turn, each run in a process of its own and on a copy of the same file, with fsync on.
 * Ratios are of medians of one run of this program: figures of two machines, or of two days, do not compare.
 */
const PARTS: readonly string[] = ['server', 'embedded', 'sagas'];
const values = options();
const RUNS = Number(values.runs);
const SCALE = values.quick ? 10 : 1;

interface Result {
  readonly cpuPerAppend: number;
  readonly seconds: number;
  readonly deliveries: number;
  readonly peakMB: number;
  readonly p50: number;
  readonly p99: number;
  readonly afterStart: number;
  readonly afterProcess: number;
  readonly whole: number;
  readonly bytes: number;
  readonly packed: number;
  readonly rows: number;
}
interface Row {
  readonly name: string;
  readonly perSecond: number | null;
  readonly limitPerSecond: number | null;
  readonly ratio: number | null;
  readonly p50ms: number | null;
  readonly p99ms: number | null;
  readonly peakMB: number | null;
  readonly spread: string;
  readonly target: string;
}

const SUFFIXES = ['', '-wal', '-shm'];
const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-'));
const path = (name: string): string => join(folder, `${name}.db`);
const progress = (text: string): void => void process.stderr.write(`${text}\n`);

function options() {
  try {
    const flag = { type: 'boolean' } as const;
    const { values } = parseArgs({
      options: { json: flag, only: { type: 'string' }, runs: { type: 'string', default: '3' }, quick: flag },
    });
    if (!/^[1-9]\d{0,2}$/.test(values.runs)) return usage(`--runs is ${JSON.stringify(values.runs)}`);
    if (!PARTS.includes(values.only ?? 'embedded')) return usage(`--only is ${JSON.stringify(values.only)}`);
    return values;
  } catch (error) {
    return usage((error as Error).message.split('. ')[0] ?? '');
  }
}

function usage(what: string): never {
  process.stderr.write(`BENCH_USAGE: ${what}. Fix: npm run bench -- [--runs 1 to 999] [--only ${PARTS.join(' | ')}] [--quick] [--json].\n`);
  process.exit(2);
}

function measure(name: string, args: object): Result {
  const done = spawnSync(process.execPath, [join(__dirname, 'measure.js'), name, JSON.stringify(args)], {
    encoding: 'utf8',
    timeout: 600_000,
  });
  if (done.status !== 0) throw new Error(`${name} ${JSON.stringify(args)} failed:\n${done.stderr}`);
  return JSON.parse(done.stdout.trim().split('\n').at(-1) as string) as Result;
}

/** Each run starts from the same file; `template` is made once. */
function onCopy(name: string, args: object, template?: string): Result {
  const file = path('run');
  for (const suffix of SUFFIXES) rmSync(file + suffix, { force: true });
  if (template) copyFileSync(path(template), file);
  return measure(name, { ...args, file });
}

function repeat(text: string, run: () => Result): Result[] {
  return inTurn({ [text]: run })[text] as Result[];
}

/** Each of them once, then each a second time …: a machine that slows down meanwhile slows all of them. */
function inTurn(measured: Readonly<Record<string, () => Result>>): Record<string, Result[]> {
  const results: Record<string, Result[]> = Object.fromEntries(Object.keys(measured).map((text) => [text, []]));
  for (let i = 1; i <= RUNS; i++) {
    for (const [text, run] of Object.entries(measured)) {
      progress(`${text}: run ${i} of ${RUNS}`);
      results[text]?.push(run());
    }
  }
  return results;
}

const median = (numbers: number[]): number => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] as number;
const spreadOf = (numbers: number[]): string => `${Math.round(Math.min(...numbers))}–${Math.round(Math.max(...numbers))}`;
const rows: Row[] = [];

function add(name: string, target: string, row: Partial<Row>): void {
  rows.push({
    name,
    perSecond: null,
    limitPerSecond: null,
    ratio: null,
    p50ms: null,
    p99ms: null,
    peakMB: null,
    spread: '',
    target,
    ...row,
  });
}

function compare(name: string, target: string, ours: Result[], count: (r: Result) => number, limit: number): void {
  const rates = ours.map((r) => count(r) / r.seconds);
  const perSecond = median(rates);
  add(name, target, {
    perSecond,
    limitPerSecond: limit,
    ratio: perSecond / limit,
    spread: spreadOf(rates),
    peakMB: median(ours.map((r) => r.peakMB)),
  });
}

function catchUps(): void {
  const orders = 10_000 / SCALE;
  const filled = measure('fill', { file: path('orders'), orders, items: 0 }).deliveries;
  measure('fillLimit', { file: path('limit'), orders });
  const limit = (batch: number): string => `limit: catch-up, batches of ${batch}`;
  const ours = (thread: string): string => `catch-up of ${orders} orders, ${filled} deliveries, thread: ${thread}`;
  const results = inTurn({
    [limit(256)]: () => onCopy('catchUpLimit', { batch: 256 }, 'limit'),
    [limit(1_000)]: () => onCopy('catchUpLimit', { batch: 1_000 }, 'limit'),
    [ours('worker')]: () => onCopy('catchUp', { thread: 'worker' }, 'orders'),
    [ours('main')]: () => onCopy('catchUp', { thread: 'main' }, 'orders'),
  });
  const rates = (name: string): number[] => (results[name] as Result[]).map((r) => filled / r.seconds);
  for (const batch of [256, 1_000])
    add(limit(batch), '', { perSecond: median(rates(limit(batch))), spread: spreadOf(rates(limit(batch))) });
  const best = Math.max(median(rates(limit(256))), median(rates(limit(1_000))));
  for (const thread of ['worker', 'main']) {
    compare(ours(thread), thread === 'worker' ? 'ratio ≥ 0.50' : '', results[ours(thread)] as Result[], (r) => r.deliveries, best);
  }
}

function lives(): void {
  for (const inFlight of [256, 16, 1]) {
    const commands = (inFlight === 256 ? 100_000 : inFlight === 16 ? 30_000 : 5_000) / SCALE;
    const measured = inTurn({
      limit: () => onCopy('liveLimit', { inFlight, commands }),
      worker: () => onCopy('live', { thread: 'worker', inFlight, commands }),
      main: () => onCopy('live', { thread: 'main', inFlight, commands }),
    });
    const limit = measured.limit as Result[];
    const rate = (r: Result): number => commands / r.seconds;
    const limitRate = median(limit.map(rate));
    const limitP50 = median(limit.map((r) => r.p50));
    add(`limit: live, ${inFlight} in flight`, '', {
      perSecond: limitRate,
      spread: spreadOf(limit.map(rate)),
      p50ms: limitP50,
      p99ms: median(limit.map((r) => r.p99)),
    });
    for (const thread of ['worker', 'main']) {
      const ours = measured[thread] as Result[];
      const p50ms = median(ours.map((r) => r.p50));
      const target = thread === 'main' ? '' : inFlight === 256 ? 'ratio ≥ 0.50' : inFlight === 1 ? 'p50 ≤ 2.00 × limit' : '';
      add(`live, ${inFlight} in flight, thread: ${thread}`, target, {
        perSecond: median(ours.map(rate)),
        limitPerSecond: limitRate,
        ratio: median(ours.map(rate)) / limitRate,
        p50ms,
        p99ms: median(ours.map((r) => r.p99)),
        peakMB: median(ours.map((r) => r.peakMB)),
        spread: `${spreadOf(ours.map(rate))}${inFlight === 1 ? `; p50 ${(p50ms / limitP50).toFixed(2)} × limit` : ''}`,
      });
    }
  }
}

/** `run` gets the connection string of a server of its own, which serves a copy of the file durably. */
function onServer(name: string, args: object, template?: string): Result {
  const file = path('run');
  for (const suffix of SUFFIXES) rmSync(file + suffix, { force: true });
  if (template) copyFileSync(path(template), file);
  const said = path('said');
  const cli = join(dirname(require.resolve('@waybill/devserver')), 'cli.js');
  const output = openSync(said, 'w');
  const server = spawn(process.execPath, [cli, '--store', file, '--port', '0'], { stdio: ['ignore', output, 'inherit'] });
  try {
    return measure(name, { ...args, url: urlOf(said) });
  } finally {
    server.kill('SIGKILL');
    closeSync(output);
  }
}

function urlOf(said: string): string {
  for (let waited = 0; waited < 30_000; waited += 20) {
    const url = /^esdb:.*$/m.exec(readFileSync(said, 'utf8'))?.[0];
    if (url) return url;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
  }
  throw new Error('the server did not start');
}

/** Adapter → dev server → SQLite in a process of its own, against a bare loop with the same client on the same server. */
function servers(): void {
  const orders = 5_000 / SCALE;
  const commands = 20_000 / SCALE;
  const filled = measure('fill', { file: path('served'), orders, items: 0 }).deliveries;
  const { bare, ours } = inTurn({
    bare: () => onServer('serverLiveLimit', { inFlight: 256, commands }),
    ours: () => onServer('serverLive', { inFlight: 256, commands }),
  }) as { bare: Result[]; ours: Result[] };
  const rate = (r: Result): number => commands / r.seconds;
  const limit = median(bare.map(rate));
  const cpu = (results: Result[]): string => `${median(results.map((r) => r.cpuPerAppend)).toFixed(2)} ms CPU per append`;
  add('server: bare loop with the client, live, 256 in flight', '', {
    perSecond: limit,
    p50ms: median(bare.map((r) => r.p50)),
    p99ms: median(bare.map((r) => r.p99)),
    spread: `${spreadOf(bare.map(rate))}; ${cpu(bare)}`,
  });
  add('server: live, 256 in flight', 'ratio ≥ 0.60', {
    ...{ perSecond: median(ours.map(rate)), limitPerSecond: limit, ratio: median(ours.map(rate)) / limit },
    ...{ p50ms: median(ours.map((r) => r.p50)), p99ms: median(ours.map((r) => r.p99)), peakMB: median(ours.map((r) => r.peakMB)) },
    spread: `${spreadOf(ours.map(rate))}; ${cpu(ours)}`,
  });
  const caught = inTurn({
    bare: () => onServer('serverCatchUpLimit', { batch: 256 }, 'served'),
    ours: () => onServer('serverCatchUp', {}, 'served'),
  }) as { bare: Result[]; ours: Result[] };
  const best = median(caught.bare.map((r) => filled / r.seconds));
  add('server: bare loop with the client, catch-up, batches of 256', '', {
    perSecond: best,
    spread: spreadOf(caught.bare.map((r) => filled / r.seconds)),
  });
  compare(`server: catch-up of ${orders} orders, ${filled} deliveries`, 'ratio ≥ 0.60', caught.ours, (r) => r.deliveries, best);
}

/** Cost per delivery of `large` against `small`: what grows with the log, or with one actor, shows here. */
function growth(name: string, target: string, unit: string, small: object, large: object): void {
  for (const [size, args] of Object.entries({ small, large })) {
    for (const suffix of SUFFIXES) rmSync(path(size) + suffix, { force: true });
    measure('fill', { file: path(size), ...args });
  }
  const cost = (r: Result): number => (r.seconds / r.deliveries) * 1e6;
  const [a, b] = ['small', 'large'].map((size) => repeat(`${name}, ${size}`, () => onCopy('catchUp', { thread: 'worker' }, size))) as [
    Result[],
    Result[],
  ];
  const [smallCost, largeCost] = [median(a.map(cost)), median(b.map(cost))];
  add(name, target, {
    perSecond: 1e6 / largeCost,
    ratio: largeCost / smallCost,
    peakMB: median(b.map((r) => r.peakMB)),
    spread: `µs per ${unit}: ${smallCost.toFixed(1)} → ${largeCost.toFixed(1)}; peak MB ${median(a.map((r) => r.peakMB)).toFixed(0)} → ${median(b.map((r) => r.peakMB)).toFixed(0)}`,
  });
}

function restarts(): void {
  const runs = repeat('restart', () => measure('restart', { file: path('run') }));
  add('restart on the log of the row above: first new message handled', 'p50 ≤ 300 ms', {
    p50ms: median(runs.map((r) => r.afterStart)),
    spread: `${spreadOf(runs.map((r) => r.afterStart))} ms; ${median(runs.map((r) => r.afterProcess)).toFixed(0)} ms with the start of Node`,
    peakMB: median(runs.map((r) => r.peakMB)),
  });
}

/** What snapshots, closing and deadlines are for. */
function sagas(): void {
  const size = 100_000 / SCALE;
  const loads = repeat('snapshots', () => onCopy('snapshotLoad', { rows: size }));
  const whole = median(loads.map((r) => r.whole));
  add(`load of an actor with ${size} rows, from a snapshot at its tip`, 'p50 ≤ 5 ms', {
    ...{ p50ms: median(loads.map((r) => r.p50)), p99ms: median(loads.map((r) => r.p99)) },
    spread: `whole stream: ${whole.toFixed(0)} ms; snapshot: ${figureOf(median(loads.map((r) => r.bytes)))} characters`,
  });
  const orders = 10_000 / SCALE;
  for (const closes of [false, true]) {
    const left = onCopy('leftBehind', { orders, closes });
    const spread = `per order: ${left.bytes.toFixed(0)} bytes, ${left.packed.toFixed(0)} packed, ${left.rows.toFixed(2)} rows`;
    add(`what ${orders} orders of four messages leave, ${closes ? 'closed' : 'not closed'}`, '', { spread });
  }
  const due = 20_000 / SCALE;
  const fired = repeat('deadlines', () => onCopy('fire', { deadlines: due }));
  add(`${due} deadlines due in one minute of a downtime`, 'thousands per s', {
    perSecond: median(fired.map((r) => due / r.seconds)),
    spread: spreadOf(fired.map((r) => due / r.seconds)),
    peakMB: median(fired.map((r) => r.peakMB)),
  });
  for (const deadlines of [100_000 / SCALE, 1_000_000 / SCALE]) {
    progress(`${deadlines} deadlines far away`);
    const far = onCopy('farAway', { deadlines });
    add(`${deadlines} deadlines set, 30 days away`, '', { perSecond: deadlines / far.seconds, peakMB: far.peakMB });
  }
}

const figureOf = (value: number): string => Math.round(value).toLocaleString('en');

function print(): void {
  const number = (value: number | null, digits = 0): string => (value === null ? '' : value.toFixed(digits));
  console.log(
    `Node ${process.version}, ${process.platform}, ${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}; medians of ${RUNS}, fsync on${values.quick ? '; --quick: a tenth of the work, most of it warm-up' : ''}`,
  );
  console.table(
    rows.map((r) => ({
      figure: r.name,
      'per s': number(r.perSecond),
      'limit per s': number(r.limitPerSecond),
      ratio: number(r.ratio, 2),
      'p50 ms': number(r.p50ms, 3),
      'p99 ms': number(r.p99ms, 3),
      'peak MB': number(r.peakMB),
      target: r.target,
      spread: r.spread,
    })),
  );
  if (values.json) console.log(JSON.stringify({ rows: rows.map(({ spread: _, target: __, ...row }) => row) }));
}

try {
  if (values.only === undefined || values.only === 'server') servers();
  if (values.only === undefined || values.only === 'embedded') embedded();
  if (values.only === undefined || values.only === 'sagas') sagas();
  print();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function embedded(): void {
  catchUps();
  lives();
  growth(
    'one order with 10,000 items against 1,000 orders with 10',
    'ratio ≤ 1.20',
    'item',
    { orders: 1_000 / SCALE, items: 10 },
    { orders: 1, items: 10_000 / SCALE },
  );
  growth('100,000 orders against 10,000', '', 'delivery', { orders: 10_000 / SCALE, items: 0 }, { orders: 100_000 / SCALE, items: 0 });
  growth(
    '100,000 orders against 1,000',
    'ratio ≤ 1.15, ≤ 200 MB',
    'delivery',
    { orders: 1_000 / SCALE, items: 0 },
    { orders: 100_000 / SCALE, items: 0 },
  );
  restarts();
}
