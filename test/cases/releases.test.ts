import { begun, Jobs, stepOf, Warehouse } from './complete-actors';
import { forEachStore } from './stores';
import { World } from './world';

const by = { by: 'ada', why: 'a test' };
const use = [Jobs, Warehouse];
const bad = { bad: true };

forEachStore('releases', (open) => {
  beforeEach(() => (Jobs.broken = true));
  afterAll(() => (Jobs.broken = false));

  async function withLine(world: World): Promise<void> {
    const process = await world.start({ use });
    await world.feed(begun('a', 4), stepOf('a', 0, bad), stepOf('a', 1), stepOf('a', 2));
    await process.settled();
    await process.stop();
    Jobs.broken = false;
  }
  const taken = async (world: World) => (await world.story('jobs-a')).filter((row) => row === 'took Step').length;

  test.each(['die before', 'die after', 'lose answer', 'lose request'] as const)(
    '46: a release whose append is cut (%s), released again: each message once, in order',
    async (fault) => {
      const world = await World.open(open());
      await withLine(world);
      const cut = await world.start({ use, faults: [fault] });
      const released = cut.system.operators.retry('jobs-a', undefined, by);
      released.catch(() => undefined);
      if (fault.startsWith('die')) await cut.died();
      else {
        await world.drive(released);
        await cut.stop();
      }
      const next = await world.start({ use });
      const again = await world.drive(next.system.operators.retry('jobs-a', undefined, by));
      expect(again.left).toBe(0);
      expect(await taken(world)).toBe(3);
      await world.feed(stepOf('a', 3), stepOf('a', 0, bad), stepOf('a', 1));
      await next.settled();
      expect((await world.story('jobs-a')).filter((row) => row === 'Finished')).toHaveLength(1);
      await next.stop();
    },
  );

  test('46: two operators release the same line at once: each message once', async () => {
    const world = await World.open(open());
    await withLine(world);
    const [one, two] = [await world.start({ use }), await world.start({ use })];
    await world.drive(Promise.all([one, two].map(({ system }) => system.operators.retry('jobs-a', undefined, by))));
    expect(await taken(world)).toBe(3);
    await one.stop();
    await two.stop();
  });

  test('46: a message fails at one worker while another takes it in: one of the two, never both', async () => {
    const world = await World.open(open());
    await world.feed(begun('a', 4), stepOf('a', 0, bad));
    Jobs.broken = true;
    const fails = await world.start({ use });
    Jobs.broken = false;
    const works = await world.start({ use });
    await works.settled();
    await fails.settled();
    const rows = (await world.stream('jobs-a')).filter(({ type }) => type === 'Step');
    expect(rows).toHaveLength(1);
    await fails.stop();
    await works.stop();
  });

  test('46: skipped, then the consumer is sent back to the start: it stays skipped, the gap stays visible, those behind it go on by a retry', async () => {
    const world = await World.open(open());
    await withLine(world);
    const process = await world.start({ use });
    await world.drive(process.system.operators.skip('jobs-a', 2, by));
    const rest = await world.drive(process.system.operators.retry('jobs-a', undefined, by));
    expect(rest).toMatchObject({ left: 0, results: [{ kind: 'applied' }, { kind: 'applied' }] });
    await process.stop();
    const rows = (await world.store.read('jobs-a')).length;
    for (const name of ['jobs:Begun+Ended+Step', 'jobs:deadlines:Overdue']) await world.store.checkpoint(name).rewind(0);
    const again = await world.start({ use });
    await again.settled();
    expect((await world.store.read('jobs-a')).length).toBe(rows);
    const [skipped] = (await world.store.read('jobs-a')).filter(({ meta }) => meta.includes('"park":"skipped"'));
    expect(JSON.parse(skipped!.meta)).toMatchObject({ of: 2, by: 'ada', why: 'a test' });
    await expect(world.drive(again.system.operators.skip('jobs-a', 2, by))).rejects.toThrow('NOT_PARKED');
    await expect(world.drive(again.system.operators.skip('jobs-a', 2, { by: '', why: '' }))).rejects.toThrow('SIGNATURE_MISSING');
    await again.stop();
  });

  test('46: a copy of a skipped message, under a new id, has no effect: before a restart, after it, after a rewind; other content has', async () => {
    const world = await World.open(open());
    await withLine(world);
    const process = await world.start({ use });
    await world.drive(process.system.operators.skip('jobs-a', 2, by));
    await world.drive(process.system.operators.retry('jobs-a', undefined, by));
    await world.feed(stepOf('a', 0, bad));
    await process.settled();
    await process.stop();
    const next = await world.start({ use });
    await world.feed(stepOf('a', 0, bad));
    await next.settled();
    expect(next.outcomes.slice(-1)).toMatchObject([{ type: 'Step', kind: 'duplicate' }]);
    await next.stop();
    for (const name of ['jobs:Begun+Ended+Step', 'jobs:deadlines:Overdue']) await world.store.checkpoint(name).rewind(0);
    const again = await world.start({ use });
    await again.settled();
    expect(await taken(world)).toBe(2);
    await world.feed(stepOf('a', 0));
    await again.settled();
    expect(await taken(world)).toBe(3);
    await again.stop();
  });

  test('a conflict parks alone and blocks nobody; its retry is held against the same gate and leaves a row', async () => {
    const world = await World.open(open());
    const process = await world.start({ use });
    await world.feed(begun('a', 4), stepOf('a', 0), stepOf('a', 0, { other: 1 }), stepOf('a', 1));
    await process.settled();
    expect(await taken(world)).toBe(2);
    const retried = await world.drive(process.system.operators.retry('jobs-a', 3, by));
    expect(retried).toMatchObject({ left: 1, results: [{ kind: 'parked' }] });
    expect((await world.store.read('jobs-a')).at(-1)?.meta).toContain('"park":"retried"');
    expect(await taken(world)).toBe(2);
    await process.stop();
  });

  test('a message that fails and will run again is told with its attempts and its next try', async () => {
    const world = await World.open(open());
    const process = await world.start({ use });
    await world.feed(stepOf('a', 0, bad));
    await world.until(() => process.system.operators.retrying().length > 0);
    expect(process.system.operators.retrying()[0]).toMatchObject({ stream: 'jobs-a', attempts: 1, reason: 'step 0 cannot be done' });
    await process.settled();
    expect(process.system.operators.retrying()).toEqual([]);
    await process.stop();
  });
});
