import { canonical } from '@waybill/core';
import { define, load } from '@waybill/core/internal';
import type { ActorDefinition, Fold } from '@waybill/core/internal';
import { begun, Jobs, JobsWithSnapshots, stepOf, Warehouse } from './complete-actors';
import { seeded } from './runtime';
import { forEachStore } from './stores';
import { World } from './world';

const withSnapshots = define(JobsWithSnapshots, new JobsWithSnapshots()) as ActorDefinition;
const without = define(Jobs, new Jobs()) as ActorDefinition;

/** What the gates and the state are, however they are kept. */
function tellsOf({ state, version, dedup, closed }: Fold): unknown {
  const { marks, parks, line, pending } = dedup;
  const known = dedup.firsts.map(({ type, single, byKey, packed }) => ({
    ...{ type, single: single?.version },
    keys: [...(byKey ?? []), ...[...(packed?.indexes ?? [])].map((index) => [index, packed?.get(index)] as const)]
      .map(([key, first]) => [String(key), first?.version])
      .sort(),
  }));
  const { items, steps, ...rest } = JSON.parse(JSON.stringify(state)) as Record<string, unknown>;
  return {
    ...{ version, closed: closed?.version, known, items, steps, rest: canonical(rest) },
    ...{ marks: [...marks].map((mark) => ({ ...mark })).sort((a, b) => a.type.localeCompare(b.type)) },
    ...{ parks: [...(parks ?? [])], line: [...(line ?? [])], pending: [...(pending ?? [])] },
  };
}

forEachStore('snapshots', (open) => {
  afterAll(() => (Jobs.broken = false));

  test.each([1, 2, 3, 4])(
    'I9: a snapshot and its tail fold to what the whole stream folds to, at every version (random feed %i)',
    async (seed) => {
      Jobs.broken = true;
      const dice = seeded(seed);
      const world = await World.open(open());
      const process = await world.start({ use: [JobsWithSnapshots, Warehouse], limits: { hot: 1, attempts: 1 } });
      for (let i = 0; i < 12; i++) {
        const n = Math.floor(dice() * 6);
        const more = dice() < 0.2 ? { note: i } : {};
        await world.feed(dice() < 0.15 ? begun('a', 5) : stepOf('a', n, dice() < 0.1 ? { bad: true } : more));
        await process.settled();
        const runtime = world.clock.runtime();
        const [short, whole] = await Promise.all([
          load(world.store, withSnapshots, 'jobs-a', runtime),
          load(world.store, without, 'jobs-a', runtime),
        ]);
        expect(tellsOf(short)).toEqual(tellsOf(whole));
      }
      expect(await world.store.snapshot('jobs-a').load()).toBeDefined();
      await process.stop();
    },
  );

  test('34: a snapshot that is damaged, of another version of the class, or ahead of its stream is not used; the stream is', async () => {
    const world = await World.open(open());
    const process = await world.start({ use: [JobsWithSnapshots, Warehouse] });
    await world.feed(begun('a', 9), ...[0, 1, 2, 3, 4].map((n) => stepOf('a', n)));
    await process.settled();
    await process.stop();
    const good = (await world.store.snapshot('jobs-a').load())!;
    const runtime = world.clock.runtime();
    const whole = tellsOf(await load(world.store, without, 'jobs-a', runtime));
    const altered = [
      { ...good, data: `${good.data.slice(0, -3)}0${good.data.slice(-2)}` },
      { ...good, data: good.data.replace(/"version":\d+/, '"version":999') },
      { ...good, data: '' },
      { ...good, data: 'no snapshot' },
      { version: good.version + 500, data: good.data },
    ];
    for (const at of altered) {
      await world.store.snapshot('jobs-a').save(at);
      expect(tellsOf(await load(world.store, withSnapshots, 'jobs-a', runtime))).toEqual(whole);
    }
  });
});
