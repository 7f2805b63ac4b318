import { begun, Clear, Jobs, lifecycle, Step, stepOf, Warehouse } from './complete-actors';
import { Handler, On, Saga } from 'waybill';
import { forEachStore } from './stores';
import { World } from './world';

/** A step that takes the whole process with it, as a native crash or a full memory would. */
@Saga('jobs', { lifecycle, sends: [Clear] })
class Deadly extends Jobs {
  static kill: (() => void) | undefined;
  override onStep(...args: Parameters<Jobs['onStep']>) {
    if (args[0].bad) Deadly.kill?.();
    return super.onStep(...args);
  }
}

@Handler('caller', { delivery: 'at-least-once' })
class Caller {
  static readonly called: number[] = [];
  @On(Step) step({ n, bad }: Step) {
    if (bad) Deadly.kill?.();
    Caller.called.push(n);
  }
}

forEachStore('a message that kills its process', (open) => {
  /** Starts processes until one lives; how many died. */
  async function deaths(world: World, use: Parameters<World['start']>[0]): Promise<number> {
    for (let died = 0; died < 20; died++) {
      let killed = false;
      Deadly.kill = () => ((killed = true), world.newest.kill());
      const process = await world.start(use);
      let settled = false;
      if (!killed) void process.system.settled().then(() => (settled = true));
      await world.until(() => killed || settled);
      if (!killed) {
        await process.stop();
        return died;
      }
    }
    throw new Error('it goes on dying');
  }

  test('is parked after some deaths, and everything else is taken in: nothing is lost', async () => {
    const world = await World.open(open());
    await world.feed(begun('a', 3), stepOf('a', 0), stepOf('b', 0), stepOf('a', 1, { bad: true }), stepOf('b', 1), stepOf('a', 2));
    expect(await deaths(world, { use: [Deadly, Warehouse] })).toBeLessThanOrEqual(12);
    expect((await world.stream('jobs-a')).filter(({ kind }) => kind === 'parked').map(({ park }) => park)).toEqual(['failed', 'behind']);
    expect(await world.story('jobs-b')).toEqual(['took Step', 'took Step']);
    Deadly.kill = undefined;
    const after = await world.start({ use: [Deadly, Warehouse] });
    await world.drive(after.system.operators.retry('jobs-a', undefined, { by: 'ada', why: 'the memory was full' }));
    await after.settled();
    expect((await world.story('jobs-a')).at(-1)).toBe('Clear');
    await after.stop();
  });

  test('is parked by a handler, too', async () => {
    const world = await World.open(open());
    await world.feed(stepOf('a', 0), stepOf('a', 1, { bad: true }), stepOf('a', 2), stepOf('b', 3), stepOf('b', 4), stepOf('b', 5));
    expect(await deaths(world, { use: [Caller] })).toBeLessThanOrEqual(12);
    expect(new Set(Caller.called.filter((n) => n !== 1))).toEqual(new Set([0, 2, 3, 4, 5]));
    expect(await world.story('caller:parked-2')).toEqual(['parked Step']);
  });

  test('deaths that are nobody’s fault slow nothing down once the log goes on, and park nothing', async () => {
    const world = await World.open(open());
    await world.feed(begun('a', 2), stepOf('a', 0));
    for (let i = 0; i < 4; i++) (await world.start({ use: [Jobs, Warehouse] })).kill();
    const process = await world.start({ use: [Jobs, Warehouse] });
    await world.feed(stepOf('a', 1));
    await process.settled();
    expect((await world.story('jobs-a')).filter((row) => row === 'Finished')).toHaveLength(1);
    expect(process.kinds()).not.toContain('parked');
    await process.stop();
  });
});
