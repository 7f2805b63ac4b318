import { Actor, after, at, cancelAll, Event, Handles, Saga } from 'waybill';
import { audit } from 'waybill';
import { forEachStore } from './stores';
import { World } from './world';

class Set1 extends Event('Set1')<{ of: string; keys: string[]; ms: number }> {}
class SetAt extends Event('SetAt')<{ of: string; keys: string[]; time: number }> {}
class ClearedAll extends Event('ClearedAll')<{ of: string; more?: string }> {}
class Ring extends Event('Ring')<{ of: string; key: string }> {}
class Quick extends Event('Quick')<{ of: string }> {}
class Rung extends Event('Rung')<{ of: string; key: string; time: number }> {}

type In = Set1 | SetAt | ClearedAll | Ring;

@Saga('bells')
class Bells extends Actor<object, In | Quick, Rung> {
  initial() {
    return {};
  }
  key({ of }: In | Quick) {
    return of;
  }
  @Handles(Set1) onSet({ of, keys, ms }: Set1) {
    return keys.map((key) => after(ms, new Ring({ of, key }), { key }));
  }
  @Handles(SetAt) onSetAt({ of, keys, time }: SetAt) {
    return keys.map((key) => at(time, new Ring({ of, key }), { key }));
  }
  @Handles(ClearedAll) onCleared({ of, more }: ClearedAll) {
    return more === undefined ? cancelAll(Ring) : [cancelAll(Ring), after('1 hour', new Ring({ of, key: more }), { key: more })];
  }
  @Handles(Ring, { deadline: true }) onRing({ of, key }: Ring, _: object, { time }: { time: number }) {
    return new Rung({ of, key, time });
  }
}
/** The same saga, released with one more type of deadline. */
@Saga('bells')
class NewBells extends Actor<object, In | Quick, Rung> {
  initial() {
    return {};
  }
  key({ of }: In | Quick) {
    return of;
  }
  @Handles(Set1) onSet({ of }: Set1) {
    return after('1 minute', new Quick({ of }));
  }
  @Handles(SetAt) onSetAt() {
    return [];
  }
  @Handles(ClearedAll) onCleared() {
    return [];
  }
  @Handles(Ring, { deadline: true }) onRing({ of, key }: Ring, _: object, { time }: { time: number }) {
    return new Rung({ of, key, time });
  }
  @Handles(Quick, { deadline: true }) onQuick({ of }: Quick, _: object, { time }: { time: number }) {
    return new Rung({ of, key: 'quick', time });
  }
}

const use = [Bells];
const HOUR = 3_600_000;
const set = (of: string, ms: number, ...keys: string[]) => ({ type: 'Set1', data: { of, keys, ms } });
const setAt = (of: string, time: number, ...keys: string[]) => ({ type: 'SetAt', data: { of, keys, time } });
const cleared = (of: string, more?: string) => ({ type: 'ClearedAll', data: { of, ...(more !== undefined && { more }) } });
const TWELVE = Array.from({ length: 12 }, (_, i) => `k${i}`);

async function rung(world: World): Promise<string[]> {
  return (await world.rows()).filter(({ type }) => type === 'Rung').map(({ data }) => (JSON.parse(data) as { key: string }).key);
}

forEachStore('deadlines: keys, times, lists', (open) => {
  test('twelve deadlines of one decision at one moment fire in the order in which they were set', async () => {
    const world = await World.open(open());
    const process = await world.start({ use });
    await world.feed(set('a', HOUR, ...TWELVE));
    await process.settled();
    world.clock.pass(2 * HOUR);
    await process.settled();
    expect(await rung(world)).toEqual(TWELVE);
    await process.stop();
  });

  test('a time that is past fires at once, set by `at` or by a negative duration, and so does a duration of nothing', async () => {
    const world = await World.open(open());
    const process = await world.start({ use });
    await world.feed(setAt('a', 7, 'long ago'), set('b', -HOUR, 'an hour ago'), set('c', 0, 'now'), setAt('d', -1e15, 'before 1970'));
    await process.settled();
    expect((await rung(world)).sort()).toEqual(['an hour ago', 'before 1970', 'long ago', 'now']);
    await process.stop();
    expect((await audit(world.store, { use })).violations).toEqual([]);
  });

  test('a deadline that is set for a time fires at that time', async () => {
    const world = await World.open(open());
    const process = await world.start({ use });
    await world.feed(setAt('a', world.clock.time() + 5 * HOUR, 'x'));
    await process.settled();
    world.clock.pass(4 * HOUR);
    await process.settled();
    expect(await rung(world)).toEqual([]);
    world.clock.pass(2 * HOUR);
    await process.settled();
    expect(await rung(world)).toEqual(['x']);
    await process.stop();
  });

  test('cancelAll takes back every key of its type, and not what the same decision sets after it', async () => {
    const world = await World.open(open());
    const process = await world.start({ use });
    await world.feed(set('a', HOUR, ...TWELVE, ''), cleared('a', 'after all'), set('b', HOUR, 'of another'), cleared('c'));
    await process.settled();
    world.clock.pass(2 * HOUR);
    await process.settled();
    expect((await rung(world)).sort()).toEqual(['after all', 'of another']);
    await process.stop();
    expect((await audit(world.store, { use, decisions: true })).violations).toEqual([]);
  });

  test('operators.deadlines() lists what is pending, the soonest first, and nothing that fired or was cancelled', async () => {
    const world = await World.open(open());
    const process = await world.start({ use });
    const now = world.clock.time();
    await world.feed(
      setAt('a', now + 900 * HOUR, 'late'),
      setAt('b', now + HOUR, 'soon', 'soon too'),
      setAt('c', now + HOUR, 'x'),
      cleared('c'),
    );
    await process.settled();
    const list = async () => {
      const found: string[] = [];
      for await (const { saga, stream, type, key, due } of process.system.operators.deadlines())
        found.push(`${saga} ${stream} ${type} ${key} ${(due - now) / HOUR}`);
      return found;
    };
    expect(await world.drive(list())).toEqual([
      'bells bells-b Ring soon 1',
      'bells bells-b Ring soon too 1',
      'bells bells-a Ring late 900',
    ]);
    world.clock.pass(2 * HOUR);
    await process.settled();
    expect(await world.drive(list())).toEqual(['bells bells-a Ring late 900']);
    await process.stop();
  });

  test('new code sets a deadline of a new type and dies; old code runs; new code again: it fires', async () => {
    const world = await World.open(open());
    const first = await world.start({ use: [NewBells], faults: ['ok', 'die before'] });
    await world.feed(set('a', HOUR, 'x'));
    await first.died();
    expect(await world.story('bells-a')).toEqual(['took Set1', 'timer Quick']);
    const old = await world.start({ use });
    await old.settled();
    await old.stop();
    world.clock.pass(2 * HOUR);
    const oldAgain = await world.start({ use });
    await oldAgain.settled();
    await oldAgain.stop();
    const next = await world.start({ use: [NewBells] });
    await next.settled();
    expect(await rung(world)).toEqual(['quick']);
    await next.stop();
  });
});

test.each([NaN, Infinity, 9e15, '2026-01-01', new Date(NaN), null, undefined])('%j is not the time of a deadline', (time) => {
  expect(() => at(time as number, new Ring({ of: 'a', key: '' }))).toThrow('DEADLINE_TIME');
});
