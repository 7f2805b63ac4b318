import type { ParkedMessage, Store, Views } from '@waybill/core';
import { I } from './messages';
import type { Process } from './process';
import { seeded } from './runtime';
import { forEachStore } from './stores';
import type { OpenLog } from './stores';
import { by, lined, parkedBy, parkedIn, tallies, Tally } from './tallies';
import { World } from './world';

const ROWS = ['a', 'b'];
const KINDS = ['poison', 'venom'];

/** What may be in a row, whoever did what when: every event of it in order, up to some point, but for what was skipped. */
class Model {
  readonly fed: Record<string, number[]> = { a: [], b: [] };
  /** Somebody wanted to skip it. */
  readonly wanted = new Set<number>();
  /** Somebody was told that it is skipped. */
  readonly skipped = new Set<number>();
  private next = 0;

  feed(row: string): number {
    this.fed[row]?.push(this.next);
    return this.next++;
  }

  wrong(row: string, seen: readonly number[], whole: boolean): string[] {
    const all = this.fed[row] ?? [];
    const upTo = whole ? all.length : all.indexOf(seen.at(-1) ?? -1) + 1;
    const due = all.slice(0, upTo);
    const left = due.filter((n) => !seen.includes(n));
    return [
      ...(seen.every((n, i) => due[due.indexOf(seen[i - 1] ?? due[0] ?? n)] !== undefined && due.includes(n))
        ? []
        : [`${row} holds what it was never given: ${seen.join()}`]),
      ...(seen.every((n, i) => i === 0 || n > (seen[i - 1] as number)) ? [] : [`${row} is out of order: ${seen.join()}`]),
      ...left.filter((n) => !this.wanted.has(n)).map((n) => `${row} lacks ${n}: ${seen.join()}`),
      ...seen.filter((n) => this.skipped.has(n)).map((n) => `${row} holds ${n}, which was skipped: ${seen.join()}`),
    ];
  }
}

/** One schedule: two workers of which any may die, operators who come at any time, code that changes its mind. */
class Schedule {
  private readonly model = new Model();
  private readonly workers: (Process | undefined)[] = [undefined, undefined];
  private readonly all: Process[] = [];
  private feeding: Promise<void> = Promise.resolve();

  constructor(
    private readonly world: World,
    private readonly dice: () => number,
  ) {
    Tally.cannot = new Set(['poison']);
  }

  async run(steps: number): Promise<string[]> {
    for (let step = 0; step < steps; step++) {
      const at_once = this.dice() < 0.3 ? 2 : 1;
      await Promise.all(Array.from({ length: at_once }, () => this.step()));
      const problems = await this.problems(false);
      if (problems.length > 0) return problems;
    }
    return this.end();
  }

  private any<T>(from: readonly T[]): T {
    return from[Math.floor(this.dice() * from.length)] as T;
  }

  private async worker(): Promise<Process> {
    const at = this.any([0, 1]);
    const running = this.workers[at];
    if (running && !running.store.dead) return running;
    running?.kill();
    const fresh = await this.world.start({ use: [Tally] });
    this.all.push(fresh);
    fresh.store.pause = () => this.pause();
    return (this.workers[at] = fresh);
  }

  /** Until it has ended, or the process has died. */
  private async with(process: Process, work: () => Promise<unknown>): Promise<boolean> {
    const ended = work().then(
      () => true,
      () => false,
    );
    return this.world.drive(Promise.race([ended, process.store.died.then(() => false)]));
  }

  private async step(): Promise<void> {
    const { model } = this;
    const chance = this.dice();
    const process = await this.worker();
    const { operators } = process.system;
    if (chance < 0.35) {
      this.feeding = this.feeding.then(() => this.feed());
      await this.feeding;
    } else if (chance < 0.55) await this.with(process, () => process.system.settled());
    else if (chance < 0.63) Tally.cannot = new Set(KINDS.filter(() => this.dice() < 0.4));
    else if (chance < 0.78) {
      const parked = await this.parked(process);
      if (!parked) return;
      await this.with(process, () => operators.retry(parked.stream, this.dice() < 0.3 ? parked.version : undefined, by));
    } else if (chance < 0.86) {
      const parked = await this.parked(process);
      if (!parked) return;
      const { index } = JSON.parse(parked.content) as { index: number };
      model.wanted.add(index);
      if (await this.with(process, () => operators.skip(parked.stream, parked.version, by))) model.skipped.add(index);
    } else if (chance < 0.95) process.store.dieAt = process.store.traffic + 1 + Math.floor(this.dice() * 30);
    else if (chance < 0.98) {
      // A rebuild folds everything: what was skipped may be in again.
      model.skipped.clear();
      await this.with(process, () => process.system.rebuild('tally'));
      model.skipped.clear();
    } else await this.rewind();
  }

  /** Calls overtake each other. */
  private async pause(): Promise<void> {
    for (let turns = Math.floor(this.dice() * 4); turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve));
  }

  private feed(): Promise<void> {
    const row = this.any(ROWS);
    const kind = this.dice() < 0.25 ? { sku: this.any(KINDS) } : {};
    return this.world.feed(
      ...Array.from({ length: 1 + Math.floor(this.dice() * 4) }, (_, i) => I(row, this.model.feed(row), i === 0 ? kind : {})),
    );
  }

  private async parked(process: Process): Promise<ParkedMessage | undefined> {
    let found: ParkedMessage[] = [];
    await this.with(process, async () => (found = await parkedBy(process)));
    return this.any(found);
  }

  /** Whoever starts next begins with the first event again. */
  private async rewind(): Promise<void> {
    const { store } = this.world;
    const [stored] = await (store.views as Views).load('tally~', ['generation']);
    const { current } = JSON.parse(stored?.row ?? '{"current":1}') as { current: number };
    await checkpoint(store, current).rewind(0);
  }

  /** Each event is parked once in its stream. */
  private async doubles(): Promise<string[]> {
    const seen = new Set<string>();
    return (await this.world.rows()).flatMap(({ stream, meta }) => {
      const { park = '', cause } = JSON.parse(meta) as { park?: string; cause?: { position: number } };
      const place = `${stream} ${cause?.position}`;
      if (!['failed', 'behind', 'invalid'].includes(park) || seen.size < seen.add(place).size) return [];
      return [`${place} is parked twice`];
    });
  }

  private async problems(whole: boolean): Promise<string[]> {
    const rows = await tallies(this.world);
    return ROWS.flatMap((row) => this.model.wrong(row, rows[row] ?? [], whole));
  }

  /** Faults are over, the code can fold everything, and operators release all that is parked. */
  private async end(): Promise<string[]> {
    const { world } = this;
    for (const process of this.all) process.kill();
    Tally.cannot.clear();
    const processes = [await world.start({ use: [Tally] }), await world.start({ use: [Tally] })];
    for (const process of processes) await process.settled();
    const [process] = processes as [Process];
    for (const stream of new Set((await parkedIn(world, process)).map((one) => one.stream))) {
      const { left } = await world.drive(process.system.operators.retry(stream, undefined, by));
      expect(left).toBe(0);
    }
    expect(await lined(world, process)).toEqual([]);
    const problems = await this.problems(true);
    for (const one of processes) {
      const { received, waiting, ...ended } = one.system.counts();
      expect([waiting, received]).toEqual([0, Object.values(ended).reduce((sum, n) => sum + n)]);
      await one.stop();
    }
    problems.push(...(await this.doubles()));
    const before = await tallies(world);
    await this.rewind();
    const again = await world.start({ use: [Tally] });
    await again.settled();
    expect(new Set(again.kinds())).toEqual(new Set(before.a || before.b ? ['duplicate'] : []));
    expect(await tallies(world)).toEqual(before);
    await again.stop();
    return problems;
  }
}

function checkpoint(store: Store, generation: number) {
  return store.checkpoint(generation === 1 ? 'tally' : `tally~${generation}`);
}

async function schedule(open: () => OpenLog, seed: number, steps: number): Promise<void> {
  const world = await World.open(open());
  const problems = await new Schedule(world, seeded(seed)).run(steps);
  if (problems.length > 0) throw new Error(`seed ${seed}: ${problems.join('; ')}`);
}

forEachStore('any schedule of two workers that die, of parks, retries, skips and rebuilds', (open, name) => {
  const [schedules, steps] = name === 'memory' ? [60, 40] : name === 'sqlite' ? [12, 40] : [3, 25];

  test('folds every event into its row in order, once, but for what was skipped', async () => {
    for (let seed = 1; seed <= schedules; seed++) await schedule(open, seed * 7_919, steps);
  });
});
