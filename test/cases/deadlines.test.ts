import { setTimeout as delay } from 'node:timers/promises';
import { Alarms, binned, switchedOff, unwound, wound } from './deadline-actors';
import type { Fault } from './faulty-store';
import type { Fed } from './messages';
import type { Process } from './process';
import { forEachStore } from './stores';
import { World } from './world';

const use = [Alarms];
const by = { by: 'ada', why: 'the bell was mended' };
const MINUTE = 60_000;
/** Long enough that it does not go by while a case waits for its store. */
const LONG = 20 * MINUTE;

/** What rang, as key and number. */
async function rang(world: World, of = 'a'): Promise<string[]> {
  const rows = await world.store.read(`alarms-${of}`);
  return rows.filter(({ type }) => type === 'Rang').map(({ data }) => namesOf(data));
}
function namesOf(data: string): string {
  const { at, n } = JSON.parse(data) as { at: string; n: number };
  return `${at} ${n}`;
}
/** The same rows at each time: what has fired does not fire again, whatever is read anew. */
async function staysAsItIs(world: World): Promise<void> {
  const before = await Promise.all(['a', 'b'].map((of) => world.story(`alarms-${of}`)));
  for (const consumer of ['alarms:deadlines:Alarm', 'alarms:Binned+SwitchedOff+Unwound+Wound'])
    await world.store.checkpoint(consumer).rewind(0);
  const again = await world.start({ use });
  await again.settled();
  await again.stop();
  expect(await Promise.all(['a', 'b'].map((of) => world.story(`alarms-${of}`)))).toEqual(before);
}
/** Feeds, and waits for the outcomes while next to no time passes: a store may tell of another connection's rows when it likes. */
async function feed(world: World, process: Process, ...messages: Fed[]): Promise<void> {
  const enough = process.outcomes.length + messages.length;
  await world.feed(...messages);
  const latest = Date.now() + 20_000;
  for (let turn = 1; process.outcomes.length < enough && Date.now() < latest; turn++) {
    await delay(1);
    if (turn % 20 === 0) world.clock.fire();
  }
  await process.settled();
}
const pass = async (world: World, process: Process, ms: number): Promise<void> => {
  world.clock.pass(ms);
  await process.settled();
};

forEachStore('deadlines', (open) => {
  beforeEach(() => (Alarms.broken = false));

  test('51: two deadlines of one actor, the slow one set first, the fast one due first: both fire, each once, each at its time', async () => {
    const world = await World.open(open());
    const process = await world.start({ use });
    await feed(world, process, wound('a', 'slow', 10 * LONG), wound('a', 'fast', 2 * LONG));
    expect(await rang(world)).toEqual([]);
    await pass(world, process, 3 * LONG);
    expect(await rang(world)).toEqual(['fast 1']);
    await pass(world, process, 8 * LONG);
    expect(await rang(world)).toEqual(['fast 1', 'slow 1']);
    await process.stop();
    await staysAsItIs(world);
  });

  test('51: set anew under its key: the old one is late, the new one fires', async () => {
    const world = await World.open(open());
    const process = await world.start({ use });
    await feed(world, process, wound('a', 'x', 2 * LONG, 1), wound('a', 'x', 6 * LONG, 2));
    await pass(world, process, 3 * LONG);
    expect([await rang(world), process.kinds().at(-1)]).toEqual([[], 'late']);
    await pass(world, process, 4 * LONG);
    expect(await rang(world)).toEqual(['x 2']);
    await process.stop();
    await staysAsItIs(world);
  });

  test('51: set anew for an earlier time: it fires then, and the first setting is late', async () => {
    const world = await World.open(open());
    const process = await world.start({ use });
    await feed(world, process, wound('a', 'x', 6 * LONG, 1), wound('a', 'x', LONG, 2));
    await pass(world, process, 2 * LONG);
    expect(await rang(world)).toEqual(['x 2']);
    await pass(world, process, 6 * LONG);
    expect([await rang(world), process.kinds().at(-1)]).toEqual([['x 2'], 'late']);
    await process.stop();
  });

  test('40: due after the work was complete, or after it was cancelled: late, and no method runs', async () => {
    const world = await World.open(open());
    const process = await world.start({ use });
    await feed(
      world,
      process,
      wound('a', 'x', 2 * LONG),
      switchedOff('a'),
      wound('b', 'x', 2 * LONG),
      unwound('b', 'x'),
      unwound('b', 'no such'),
    );
    await pass(world, process, 3 * LONG);
    expect(process.kinds().filter((kind) => kind !== 'applied')).toEqual(['late', 'late']);
    expect([await rang(world, 'a'), await rang(world, 'b')]).toEqual([[], []]);
    expect((await world.story('alarms-b')).slice(2)).toEqual(['took Unwound', 'timer Alarm', 'took Unwound']);
    await process.stop();
    await staysAsItIs(world);
  });

  test('40: due while nothing runs: it fires once at the next start, and never again', async () => {
    const world = await World.open(open());
    const process = await world.start({ use });
    await feed(world, process, wound('a', 'x', 2 * LONG), wound('b', 'y', 9 * LONG));
    await process.stop();
    world.clock.pass(8 * LONG);
    const next = await world.start({ use });
    await next.settled();
    expect([await rang(world), await rang(world, 'b')]).toEqual([['x 1'], []]);
    await next.stop();
    await staysAsItIs(world);
  });

  test.each<Fault & string>(['die before', 'die after', 'lose answer', 'lose request', 'busy'])(
    '40: fired, and its append is cut (%s): one effect',
    async (fault) => {
      const world = await World.open(open());
      const first = await world.start({ use });
      await world.feed(wound('a', 'x', 2 * LONG), wound('b', 'x', 2 * LONG, 1, LONG));
      await first.settled();
      await first.stop();
      world.clock.pass(3 * LONG);
      const cut = await world.start({ use, faults: [fault] });
      if (fault.startsWith('die')) await cut.died();
      else {
        await cut.settled();
        await cut.stop();
      }
      const next = await world.start({ use });
      await next.settled();
      expect([await rang(world), (await rang(world, 'b'))[0]]).toEqual([['x 1'], 'x 1']);
      await next.stop();
      await staysAsItIs(world);
    },
  );

  test.each([
    ['before it is in its bucket', 'die before'],
    ['after it is in its bucket, before the checkpoint', 'die after'],
  ] as const)('40: set, and killed %s: it fires once', async (_, fault) => {
    const world = await World.open(open());
    const cut = await world.start({ use, faults: ['ok', fault] });
    await world.feed(wound('a', 'x', 2 * LONG));
    await cut.died();
    expect(await world.story('alarms-a')).toEqual(['took Wound', 'timer Alarm']);
    const next = await world.start({ use });
    await next.settled();
    expect(await rang(world)).toEqual([]);
    await pass(world, next, 3 * LONG);
    expect(await rang(world)).toEqual(['x 1']);
    await next.stop();
    await staysAsItIs(world);
  });

  test('a parked deadline is released at a worker that has not heard of the park: it rings, once, and blocks nobody any more', async () => {
    const world = await World.open(open());
    const slow = await world.start({ use, skew: -40 * LONG });
    const fast = await world.start({ use });
    await feed(world, fast, wound('a', 'x', 20 * LONG));
    await slow.settled();
    expect(await rang(world)).toEqual([]);
    Alarms.broken = true;
    await pass(world, fast, 21 * LONG);
    expect(fast.kinds().at(-1)).toBe('parked');
    Alarms.broken = false;
    const released = await world.drive(slow.system.operators.retry('alarms-a', undefined, by));
    expect(released).toMatchObject({ left: 0, results: [{ kind: 'applied' }] });
    expect(await rang(world)).toEqual(['x 1']);
    await slow.stop();
    await fast.stop();
    await staysAsItIs(world);
  });

  test.each([0, 5_000, MINUTE])('two workers whose clocks are %i ms apart: each deadline has one effect', async (skew) => {
    const world = await World.open(open());
    const [one, two] = [await world.start({ use }), await world.start({ use, skew })];
    const alarms = Array.from({ length: 12 }, (_, i) => wound(i % 2 ? 'a' : 'b', `k${i}`, 20_000 * i + 1));
    await world.feed(...alarms);
    await one.settled();
    await two.settled();
    for (let i = 0; i < 6; i++) {
      await pass(world, one, MINUTE);
      await two.settled();
    }
    const all = [...(await rang(world)), ...(await rang(world, 'b'))];
    expect(all.sort()).toEqual(Array.from({ length: 12 }, (_, i) => `k${i} 1`).sort());
    await one.stop();
    await two.stop();
    await staysAsItIs(world);
  });

  test('its method throws: it is parked, what comes behind it stands in line, and a retry fires it once', async () => {
    const world = await World.open(open());
    const process = await world.start({ use });
    await feed(world, process, wound('a', 'x', 2 * LONG), wound('a', 'y', 4 * LONG), wound('b', 'z', 9 * LONG));
    Alarms.broken = true;
    await pass(world, process, 3 * LONG);
    await feed(world, process, wound('a', 'w', 3 * LONG));
    await pass(world, process, 2 * LONG);
    const parked = (await world.stream('alarms-a')).filter(({ park }) => park === 'failed' || park === 'behind');
    expect(parked.map(({ type, park }) => `${type} ${park}`)).toEqual(['Alarm failed', 'Wound behind', 'Alarm behind']);
    Alarms.broken = false;
    const released = await world.drive(process.system.operators.retry('alarms-a', undefined, by));
    expect(released).toMatchObject({ left: 0, results: [{ kind: 'applied' }, { kind: 'applied' }, { kind: 'applied' }] });
    expect(await rang(world)).toEqual(['x 1', 'y 1']);
    await pass(world, process, 9 * LONG);
    expect([await rang(world), await rang(world, 'b')]).toEqual([['x 1', 'y 1', 'w 1'], ['z 1']]);
    await process.stop();
    await staysAsItIs(world);
  });

  test('a deadline that is parked is not set aside by a copy of itself from another worker or a rewind', async () => {
    const world = await World.open(open());
    const process = await world.start({ use });
    await feed(world, process, wound('a', 'x', 2 * LONG));
    Alarms.broken = true;
    await pass(world, process, 3 * LONG);
    await process.stop();
    Alarms.broken = false;
    await staysAsItIs(world);
    const next = await world.start({ use });
    await world.drive(next.system.operators.skip('alarms-a', 2, by));
    await next.stop();
    await staysAsItIs(world);
    expect(await rang(world)).toEqual([]);
  });

  test('a deadline sets the next: each fires once, at its time, also those of a downtime, one after the other', async () => {
    const world = await World.open(open());
    const process = await world.start({ use });
    await feed(world, process, wound('a', 'x', 2 * LONG, 1, 5 * LONG));
    await pass(world, process, 3 * LONG);
    expect(await rang(world)).toEqual(['x 1']);
    await process.stop();
    world.clock.pass(30 * LONG);
    const next = await world.start({ use });
    await next.settled();
    await world.until(() => next.kinds().length >= 3);
    await next.settled();
    expect(await rang(world)).toEqual(['x 1', 'x 2', 'x 3', 'x 4']);
    await next.stop();
    await staysAsItIs(world);
  });

  test('an actor that is closed: its pending deadlines are void, and its stream stays as short as it was', async () => {
    const world = await World.open(open());
    const process = await world.start({ use });
    await feed(world, process, wound('a', 'x', 2 * LONG), wound('a', 'y', 4 * LONG), binned('a'));
    await pass(world, process, 5 * LONG);
    // The rows that set them may be gone before the clock has read them: then nothing is due at all.
    expect(
      process
        .kinds()
        .slice(3)
        .filter((kind) => kind !== 'late'),
    ).toEqual([]);
    expect((await world.store.read('alarms-a')).map(({ type }) => type)).toEqual(['took:~closed']);
    await process.stop();
    await staysAsItIs(world);
  });

  test('settled waits for a deadline whose minute is being read', async () => {
    const world = await World.open(open());
    const process = await world.start({ use });
    await feed(world, process, wound('a', 'x', 2 * LONG));
    process.store.pause = () => delay(3);
    await pass(world, process, 3 * LONG);
    expect(await rang(world)).toEqual(['x 1']);
    process.store.pause = undefined;
    await process.stop();
  });

  test('minutes that have passed are let go: their deadlines stand in the log no more', async () => {
    const world = await World.open(open());
    const process = await world.start({ use });
    const bucketOf = (ms: number) => `alarms:due-${Math.floor((world.clock.time() + ms) / MINUTE)}`;
    const buckets = [20, 21, 300].map((minutes) => bucketOf(minutes * MINUTE));
    await feed(world, process, ...[20, 21, 300].flatMap((m) => [wound('a', `${m}`, m * MINUTE), wound('b', `${m}`, m * MINUTE)]));
    const kept = async () => (await Promise.all(buckets.map((stream) => world.store.read(stream)))).map((rows) => rows.length);
    expect(await kept()).toEqual([2, 2, 2]);
    await pass(world, process, 26 * MINUTE);
    await process.stop();
    expect(await kept()).toEqual([1, 1, 2]);
    expect(await rang(world)).toEqual(['20 1', '21 1']);
    await staysAsItIs(world);
  });
});
