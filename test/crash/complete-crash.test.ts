import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { sqlite } from '@waybill/sqlite';
import { audit } from 'waybill';
import type { NewEvent, Recorded, Store, UseClass } from 'waybill';
import { seeded } from '../cases/runtime';

const { jobs } = jest.requireActual<{ jobs: (poisoned: boolean) => UseClass[] }>('./complete-jobs.js');
const JOBS = 60;
const KILLS = 12;
const SEED = 20_261;
const isBad = (i: number): boolean => i % 6 === 0;
const isClosed = (i: number): boolean => i % 4 === 1;

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'waybill-crash-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Messages of all jobs, in turn; the times go on into the next seconds, so that deadlines come due while processes die. */
function messages(): NewEvent[] {
  const of = (i: number): object => ({ of: `${i}` });
  const all = Array.from({ length: JOBS }, (_, i) => i);
  const phases: ((i: number) => readonly [string, object][])[] = [
    (i) => [['Begun', of(i)]],
    (i) => [['Step', { ...of(i), n: 0, bad: isBad(i) }]],
    (i) => [['Step', { ...of(i), n: 1 }]],
    (i) => [['Step', { ...of(i), n: 2 }]],
    (i) => (isClosed(i) ? [['Ended', of(i)]] : []),
    (i) => [['Step', isClosed(i) ? { ...of(i), n: 99 } : { ...of(i), n: 1 }]],
  ];
  const rows = phases.flatMap((phase) => all.flatMap(phase));
  const start = Date.now();
  return rows.map(([type, data], i) => ({
    id: randomUUID(),
    type,
    data: JSON.stringify(data),
    meta: '{}',
    time: start + Math.floor((i % JOBS) * 80),
  }));
}

/** A run that is killed so many milliseconds after it has started, or comes to its end. */
async function run(file: string, poisoned: boolean, killAfter?: number): Promise<number | NodeJS.Signals | null> {
  const child = spawn(process.execPath, [join(__dirname, 'complete-child.js'), file, poisoned ? 'yes' : 'no'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => child.on('close', (code, signal) => resolve(signal ?? code)));
  const started = new Promise<void>((resolve) => child.stdout.once('data', () => resolve()));
  if (killAfter !== undefined) {
    await Promise.race([started, ended]);
    await Promise.race([delay(killAfter), ended]);
    child.kill('SIGKILL');
  }
  return ended;
}

async function rowsOf(store: Store, i: number): Promise<readonly Recorded[]> {
  return store.read(`jobs-${i}`);
}

/** All rows of some types that anybody can subscribe to: what a truncated stream emitted stays in the log. */
async function emitted(store: Store, types: string[]): Promise<Recorded[]> {
  const stop = new AbortController();
  const all: Recorded[] = [];
  for await (const page of store.subscribe({ types, after: 0 }, stop.signal)) {
    all.push(...page.events);
    if (page.caughtUp) stop.abort();
  }
  return all;
}

test('killed at any moment, jobs that are parked, retried, timed and closed come out right: each once, none lost', async () => {
  const file = join(folder, 'log.db');
  const feed = sqlite(file);
  await feed.append([{ stream: 'feed', expected: 'none', events: messages() }]);
  await feed.close();
  const random = seeded(SEED);
  const ends: (number | NodeJS.Signals | null)[] = [];
  // From the half on the dependency is back: releases are cut too.
  for (let i = 0; i < KILLS; i++) {
    // However slow the machine: by then, all that the dependency fails is parked.
    if (i === KILLS / 2) expect(await run(file, true)).toBe(0);
    ends.push(await run(file, i < KILLS / 2, random() * 250));
  }
  expect(ends.filter((end) => end !== 'SIGKILL' && end !== 0)).toEqual([]);
  expect(ends.filter((end) => end === 'SIGKILL').length).toBeGreaterThan(KILLS / 2);
  expect(await run(file, false)).toBe(0);

  const store = sqlite(file);
  const count = new Map<string, number>();
  for (const { type, data } of await emitted(store, ['Finished', 'Reminded'])) {
    const { of, n = 0 } = JSON.parse(data) as { of: string; n?: number };
    const name = `${type} ${of} ${n}`;
    count.set(name, (count.get(name) ?? 0) + 1);
  }
  expect([...count].filter(([, times]) => times !== 1)).toEqual([]);
  let parked = 0;
  for (let i = 0; i < JOBS; i++) {
    expect([i, count.get(`Finished ${i} 0`)]).toEqual([i, 1]);
    const rows = await rowsOf(store, i);
    const closings = rows.filter(({ type }) => type === 'took:~closed');
    if (isClosed(i)) {
      expect([i, rows[0]?.type, closings.length, rows.slice(1).map(({ type }) => type)]).toEqual([i, 'took:~closed', 1, ['parked:Step']]);
      expect(JSON.parse(rows[1]!.meta)).toMatchObject({ park: 'late' });
    } else {
      expect([i, closings.length, [1, 2, 3].map((n) => count.get(`Reminded ${i} ${n}`))]).toEqual([i, 0, [1, 1, 1]]);
      const steps = rows.filter(({ type }) => type === 'took:Step').map(({ data }) => (JSON.parse(data) as { n: number }).n);
      expect([i, steps]).toEqual([i, [0, 1, 2]]);
      const failed = rows.filter(({ meta }) => meta.includes('"park":"failed"'));
      // Others may be parked for the deaths that came while they were taken in; whatever failed was let go, once.
      if (isBad(i)) parked += failed.length;
    }
  }
  expect(parked).toBeGreaterThan(0);
  for (const options of [{}, { use: jobs(false) }]) expect((await audit(store, options)).violations).toEqual([]);
  await store.close();
});
