import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { audit } from 'waybill';
import type { Store, UseClass } from 'waybill';
import { sqlite } from '@waybill/sqlite';
import { world } from './classes/world';
import { callsAgain, statesOf } from './inside';
import { Run, rowsOf } from './kit';
import { seen } from './look';
import type { Expectation } from './look';
import type { Story } from './story';
import { Time } from './time';

const folder = join(__dirname, 'fixtures');
/** Streams of a saga's clock: their rows say only where a deadline is looked for. */
const BUCKET = /^[\w.]+:due-\d+$/;

/** A copy of a file that an older build has written, opened by this one. */
export class Opened {
  private readonly runs: Run[] = [];

  constructor(
    readonly story: Story,
    readonly expected: Expectation,
    readonly store: Store,
    readonly time: Time,
  ) {}

  async start(store = this.store, use: readonly UseClass[] = this.story.use): Promise<Run> {
    const run = await Run.start(store, this.time, use, this.story.options);
    this.runs.push(run);
    await run.settled();
    return run;
  }

  /** Each row of the log by its place and its id. */
  async rows(): Promise<string[]> {
    return (await rowsOf(this.store)).map(({ position, stream, version, id }) => `${position} ${stream} ${version} ${id}`);
  }

  /** The same, without the buckets of deadlines. */
  async actorRows(): Promise<string[]> {
    return (await this.rows()).filter((row) => !BUCKET.test(row.split(' ')[1] ?? ''));
  }

  /** Events of this type that this build has emitted, sorted: actors go on side by side. */
  async emitted(type: string): Promise<unknown[]> {
    const rows = (await rowsOf(this.store)).filter((row) => row.type === type && row.position > this.expected.head);
    return rows
      .map(({ data }) => data)
      .sort()
      .map((data) => JSON.parse(data) as unknown);
  }

  /** Of every actor, from its snapshot and its rows. */
  async states(store = this.store): Promise<Record<string, unknown>> {
    const streams = (await rowsOf(store)).map(({ stream }) => stream);
    return statesOf(store, this.time, this.story.use, streams);
  }

  async stop(): Promise<void> {
    for (const run of this.runs.splice(0)) await run.stop();
  }

  /** The end of each case, on old rows and new ones: a new process finds nothing to do, and the audit no violation. */
  async atRest(): Promise<void> {
    await this.stop();
    const before = await this.actorRows();
    const run = await this.start();
    expect({ outcomes: inTime(run), rows: await this.actorRows() }).toEqual({ outcomes: [], rows: before });
    await this.stop();
    await this.audited();
  }

  async audited(): Promise<void> {
    const { store, time: runtime } = this;
    const { use, options } = this.story;
    const classes = { use, ...(options?.container && { container: options.container }) };
    for (const more of [{}, classes]) expect((await audit(store, { runtime, ...more })).violations).toEqual([]);
  }
}

/** Outcomes since the last time, without those of deadlines of the last minutes that were delivered again and came late. */
export function inTime(run: Run): string[] {
  return run.take().filter((outcome) => !outcome.endsWith(' late'));
}

/** Runs the cases on each file of this name, each case on a copy of its own. */
export function describeFixture(name: string, story: Story, cases: (open: () => Opened) => void): void {
  describe.each(readdirSync(folder))(`${name}.db of %s`, (version) => {
    const ends: (() => Promise<void>)[] = [];
    beforeEach(() => {
      Object.assign(world, { nowhere: '', strict: true, kill: () => undefined });
      world.down.clear();
      world.calls.length = 0;
    });
    afterEach(async () => {
      for (const end of ends.splice(0)) await end();
    });
    cases(() => {
      const expected = JSON.parse(readFileSync(join(folder, version, `${name}.json`), 'utf8')) as Expectation;
      const copy = mkdtempSync(join(tmpdir(), 'waybill-formats-'));
      copyFileSync(join(folder, version, `${name}.db`), join(copy, 'log.db'));
      const store = sqlite(join(copy, 'log.db'), { durability: 'relaxed', thread: 'main' });
      const opened = new Opened(story, expected, store, new Time(expected.now, 'today'));
      ends.push(async () => {
        await opened.stop();
        await store.close();
        rmSync(copy, { recursive: true });
      });
      return opened;
    });
  });
}

/** What holds of every file whose last process stopped in good order. */
export function opensAsItWas(open: () => Opened): void {
  test('opens with all that it held; nothing is delivered again, no actor gets a row, each command has its answer', async () => {
    const opened = open();
    const { expected, store, story } = opened;
    const before = await opened.actorRows();
    expect({ store: store.id, rows: (await opened.rows()).length, head: await store.head() }).toEqual({
      store: expected.store,
      rows: expected.rows,
      head: expected.head,
    });
    await opened.audited();
    const run = await opened.start();
    expect(inTime(run)).toEqual([]);
    expect(await seen(run, story.use)).toEqual({ states: expected.states, parked: expected.parked, views: expected.views });
    for (const { answer, ...command } of expected.commands) expect(await run.send(story.commands ?? {}, command)).toEqual(answer);
    expect(await opened.actorRows()).toEqual(before);
    await opened.atRest();
  });

  test('is read from its start again, and nothing is taken in, parked or fired a second time', async () => {
    const opened = open();
    const { expected, store, story } = opened;
    const before = await opened.actorRows();
    for (const name of Object.keys(expected.checkpoints)) {
      expect((await store.checkpoint(name).load()).position).toBe(expected.checkpoints[name]);
      await store.checkpoint(name).rewind(0);
    }
    const run = await opened.start();
    const again = callsAgain(story.use);
    const kinds = inTime(run)
      .filter((outcome) => !again.includes(outcome.split(' ')[0] ?? ''))
      .map((outcome) => outcome.split(' ')[2]);
    expect([...new Set(kinds)]).toEqual(['duplicate']);
    expect(await opened.actorRows()).toEqual(before);
    expect(await seen(run, story.use)).toEqual({ states: expected.states, parked: expected.parked, views: expected.views });
    await opened.atRest();
  });
}
