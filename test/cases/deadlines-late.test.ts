import { setTimeout as delay } from 'node:timers/promises';
import { Actor, after, Applies, cancel, close, Event, Handles, Saga } from 'waybill';
import { audit } from 'waybill';
import { forEachStore } from './stores';
import { World } from './world';

class Placed extends Event('Placed')<{ of: string }> {}
class Paid extends Event('Paid')<{ of: string; ends?: 'cancel' | 'again' | 'close'; bad?: boolean }> {}
class Overdue extends Event('Overdue')<{ of: string }> {}
class Done extends Event('Done')<{ of: string }> {}
class TimedOut extends Event('TimedOut')<{ of: string }> {}

type State = { paid: boolean };

/** Reminds of an order that was not paid in time. */
@Saga('bills', { retry: { attempts: 1 } })
class Bills extends Actor<State, Placed | Paid | Overdue, Done | TimedOut> {
  static broken = false;
  initial(): State {
    return { paid: false };
  }
  key({ of }: Placed | Paid | Overdue) {
    return of;
  }
  @Handles(Placed, { once: true }) onPlaced({ of }: Placed) {
    return after('3 days', new Overdue({ of }));
  }
  @Handles(Paid, { once: true }) onPaid({ of, ends = 'cancel', bad }: Paid) {
    if (bad && Bills.broken) throw new Error('the bank is shut');
    if (ends === 'close') return [new Done({ of }), close()];
    return [new Done({ of }), ends === 'again' ? after('3 days', new Overdue({ of })) : cancel(Overdue)];
  }
  @Handles(Overdue, { deadline: true }) onOverdue({ of }: Overdue, { paid }: State) {
    return paid ? [] : new TimedOut({ of });
  }
  @Applies(Paid) paid(): State {
    return { paid: false };
  }
}

const use = [Bills];
const DAY = 86_400_000;
const by = { by: 'ada', why: 'the bank is open' };
const placed = (of: string) => ({ type: 'Placed', data: { of } });
const paid = (of: string, more: object = {}) => ({ type: 'Paid', data: { of, ...more } });

/** What was emitted, in the order of the log. */
async function emitted(world: World): Promise<string[]> {
  const rows = (await world.rows()).filter(({ type }) => type === 'Done' || type === 'TimedOut');
  return rows.map(({ type, data }) => `${type} ${(JSON.parse(data) as { of: string }).of}`);
}
/** Rows of a time that is past, as an import writes them. */
async function imported(world: World, rows: readonly { readonly type: string; readonly data: object }[], at: number): Promise<void> {
  const [last] = (await world.store.read('archive')).slice(-1);
  const events = rows.map(({ type, data }, i) => ({ id: crypto.randomUUID(), type, data: JSON.stringify(data), meta: '{}', time: at + i }));
  await world.store.append([{ stream: 'archive', expected: last?.version ?? 'none', events }]);
}

forEachStore('deadlines and what came in time', (open) => {
  beforeEach(() => (Bills.broken = false));

  test('paid in time while nothing ran, and started after the deadline: it is not told that its time is up', async () => {
    const world = await World.open(open());
    const first = await world.start({ use });
    await world.feed(placed('a'), placed('b'));
    await first.settled();
    await first.stop();
    world.clock.pass(3 * DAY - 500);
    await world.feed(paid('a'));
    world.clock.pass(2_000);
    const next = await world.start({ use });
    await next.settled();
    expect((await emitted(world)).sort()).toEqual(['Done a', 'TimedOut b']);
    await next.stop();
    expect((await audit(world.store, { use })).violations).toEqual([]);
  });

  test('a saga that is added to the log of a year reminds of nothing that was paid in time', async () => {
    const world = await World.open(open());
    const year = world.clock.time() - 365 * DAY;
    const names = Array.from({ length: 50 }, (_, i) => `o-${i}`);
    for (const name of names) await imported(world, [placed(name)], year);
    await imported(world, [placed('open')], year);
    for (const name of names) await imported(world, [paid(name)], year + DAY);
    const process = await world.start({ use });
    await process.settled();
    expect((await emitted(world)).sort()).toEqual([...names.map((name) => `Done ${name}`), 'TimedOut open'].sort());
    await process.stop();
  });

  test('old events that are imported while the saga runs set deadlines that wait for the end of the import', async () => {
    const world = await World.open(open());
    const year = world.clock.time() - 365 * DAY;
    const process = await world.start({ use });
    const names = Array.from({ length: 20 }, (_, i) => `o-${i}`);
    await imported(world, [placed('open')], year);
    for (const name of names) {
      await imported(world, [placed(name)], year);
      for (let turn = 0; turn < 3; turn++) await delay(1);
    }
    for (const name of names) await imported(world, [paid(name)], year + DAY);
    await process.settled();
    expect((await emitted(world)).sort()).toEqual([...names.map((name) => `Done ${name}`), 'TimedOut open'].sort());
    await process.stop();
  });

  test.each([
    ['cancels it', 'cancel'],
    ['sets it anew', 'again'],
    ['closes the saga', 'close'],
  ] as const)('due while its actor is blocked by a failed message, which then %s: it is late', async (_, ends) => {
    const world = await World.open(open());
    const process = await world.start({ use });
    await world.feed(placed('a'));
    await process.settled();
    Bills.broken = true;
    await world.feed(paid('a', { ends, bad: true }));
    await process.settled();
    world.clock.pass(4 * DAY);
    await process.settled();
    Bills.broken = false;
    const released = await world.drive(process.system.operators.retry('bills-a', undefined, by));
    expect(released).toMatchObject({ left: 0, results: [{ kind: 'applied' }, { kind: 'late' }] });
    await process.stop();
    const again = await world.start({ use });
    await again.settled();
    // Set anew, its new time is over meanwhile.
    expect(await emitted(world)).toEqual(ends === 'again' ? ['Done a', 'TimedOut a'] : ['Done a']);
    await again.stop();
    expect((await audit(world.store, { use })).violations).toEqual([]);
  });

  test.each([5 * 60 * 60_000, -5 * 60 * 60_000])(
    'a clock that was %i ms off for a minute and is corrected: the next deadline comes at its time, and none that was set is lost',
    async (skew) => {
      const world = await World.open(open());
      const first = await world.start({ use });
      await world.feed(placed('before'));
      await first.settled();
      await first.stop();
      const wrong = await world.start({ use, skew });
      await world.feed(placed('while'));
      await wrong.settled();
      world.clock.pass(60_000);
      await wrong.settled();
      await wrong.stop();
      const right = await world.start({ use });
      await world.feed(placed('after'));
      await right.settled();
      world.clock.pass(3 * DAY + 1_000);
      await right.settled();
      expect((await emitted(world)).sort()).toEqual(['TimedOut after', 'TimedOut before', 'TimedOut while']);
      await right.stop();
      expect((await audit(world.store, { use })).violations).toEqual([]);
    },
  );
});
