import { App } from 'waybill';
import type { UseClass } from 'waybill';
import {
  accountsOf,
  begun,
  type Begun,
  called,
  callsWith,
  ended,
  List,
  listWithEnds,
  Pay,
  PayAgain,
  tasksWith,
  tasksWithout,
  Transfer,
  unreachable,
} from './change-actors';
import { old, packed, release } from './class-name-actors';
import type { Fed } from './messages';
import { fed, NewClaims, OldClaims } from './name-actors';
import { forEachStore } from './stores';
import { World } from './world';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

async function run(world: World, use: readonly UseClass[], ...messages: readonly Fed[]): Promise<void> {
  const process = await world.start({ use });
  await world.feed(...messages);
  await process.settled();
  await process.stop();
}
const types = async (world: World, type: string) => (await world.rows()).filter((row) => row.type === type);

forEachStore('a renamed message that is rolled back', (open) => {
  test('the former code waits at the actors that took in the new name goes on with the others, and loses nothing', async () => {
    const world = await World.open(open());
    await run(world, [OldClaims], fed('Refund', { of: 'a', n: 1 }));
    await run(world, [NewClaims], fed('Repayment', { of: 'a', n: 2 }));
    const former = await world.start({ use: [OldClaims] });
    await world.feed(fed('Refund', { of: 'a', n: 3 }), fed('Refund', { of: 'b', n: 1 }));
    await former.settled();
    expect(former.failure).toBeUndefined();
    expect(former.system.operators.yielding()).toMatchObject([{ stream: 'claims-a', needs: 'Repayment' }]);
    expect(await world.story('claims-b')).toEqual(['took Refund', 'Paid']);
    await former.stop();
    await run(world, [NewClaims]);
    expect(await world.story('claims-a')).toEqual(['took Refund', 'Paid', 'took Repayment', 'Settled', 'took Repayment', 'Settled']);
  });

  test('a former release that lists the new name as an alias goes on: stored answers under either name, and nothing twice', async () => {
    const world = await World.open(open());
    const [before, now, again] = [accountsOf(Pay), accountsOf(Transfer), accountsOf(PayAgain)];
    const sent = async (use: UseClass, pay: typeof Pay | typeof Transfer | typeof PayAgain, n: number, id: string) => {
      const process = await world.start({ use: [use] });
      const { version } = await process.send('accounts', new pay({ of: 'a', n }), id);
      await process.stop();
      return version;
    };
    const one = await sent(before, Pay, 1, 'c-1');
    const two = await sent(now, Transfer, 2, 'c-2');
    expect(await sent(now, Transfer, 1, 'c-1')).toBe(one);
    expect(await sent(again, PayAgain, 2, 'c-2')).toBe(two);
    expect(await sent(again, PayAgain, 1, 'c-1')).toBe(one);
    await sent(again, PayAgain, 3, 'c-3');
    expect(await types(world, 'Moved')).toHaveLength(3);
    await world.audit([again]);
  });
});

forEachStore('a class that takes the messages of one of another name', (open) => {
  test('starts with an empty list of former names, begins at the start of the log, and leaves the streams of the other as they are', async () => {
    const world = await World.open(open());
    const former = old();
    const app = await App.start({ store: world.store, use: [former.Shipping] });
    await world.feed(packed('a'));
    await app.settled();
    await app.stop();
    const rows = await world.store.read('oldShipping-a');
    const { Shipping } = release({ orders: 'orders', shipping: 'shipping', mails: 'mails', board: 'board' }, { aliases: [] });
    const other = await App.start({ store: world.store, use: [Shipping] });
    await other.settled();
    await other.stop();
    expect(await world.store.read('oldShipping-a')).toEqual(rows);
    expect(await world.story('shipping-a')).toEqual(['took Packed', 'Shipped']);
    const back = await App.start({ store: world.store, use: [former.Shipping] });
    await back.settled();
    await back.stop();
    expect(await types(world, 'Shipped')).toHaveLength(2);
  });
});

forEachStore('a release with other deadlines', (open) => {
  test.each([
    ['a shorter', DAY, HOUR, ['tasks-b', 'tasks-a']],
    ['a longer', HOUR, DAY, ['tasks-a', 'tasks-b']],
  ])('%s time: those that are set keep theirs, after a rollback too', async (_, before, now, order) => {
    const world = await World.open(open());
    await run(world, [tasksWith(before)], begun('a'));
    await run(world, [tasksWith(now)], begun('b'));
    const warned = async () => (await types(world, 'Warned')).map(({ stream }) => stream);
    const process = await world.start({ use: [tasksWith(before)] });
    world.clock.pass(2 * HOUR);
    await process.settled();
    expect(await warned()).toEqual(order.slice(0, 1));
    world.clock.pass(2 * DAY);
    await process.settled();
    expect(await warned()).toEqual(order);
    await process.stop();
    await world.audit([tasksWith(now)]);
  });

  test('without one of its types: its actors wait, and nothing fires; listed as retired, they go on, and what is pending is void', async () => {
    const world = await World.open(open());
    await run(world, [tasksWith(DAY)], begun('a'), begun('b'));
    const bare = await world.start({ use: [tasksWithout({})] });
    await world.feed(ended('a'), begun('c'), ended('c'));
    await bare.settled();
    expect(bare.failure).toBeUndefined();
    expect(bare.system.operators.yielding()).toMatchObject([{ stream: 'tasks-a', needs: 'Due' }]);
    expect(await world.story('tasks-c')).toEqual(['took Begun', 'took Ended']);
    await bare.stop();
    const process = await world.start({ use: [tasksWithout({ retired: ['Due'] })] });
    await process.settled();
    world.clock.pass(2 * DAY);
    await process.settled();
    await process.stop();
    expect(await world.story('tasks-a')).toEqual(['took Begun', 'timer Due', 'took Ended']);
    expect(await types(world, 'Warned')).toEqual([]);
  });

  test('a rollback to the code that knows the type, before it is due: it fires once', async () => {
    const world = await World.open(open());
    await run(world, [tasksWith(DAY)], begun('a'));
    await run(world, [tasksWithout({ retired: ['Due'] })]);
    const process = await world.start({ use: [tasksWith(DAY)] });
    world.clock.pass(2 * DAY);
    await process.settled();
    await process.stop();
    expect(await types(world, 'Warned')).toHaveLength(1);
  });
});

forEachStore('a handler that is released with other options', (open, name) => {
  beforeEach(() => {
    called.splice(0);
    unreachable.clear();
  });

  test.each([
    ['at most once instead of at least once', callsWith({ delivery: 'at-least-once' }), callsWith({ delivery: 'at-most-once' })],
    ['at least once instead of at most once', callsWith({ delivery: 'at-most-once' }), callsWith({ delivery: 'at-least-once' })],
    ['another key', callsWith({ delivery: 'at-least-once' }), callsWith({ delivery: 'at-least-once', key: ({ of }) => of })],
    [
      'another retry, time limit and concurrency',
      callsWith({ delivery: 'at-least-once' }),
      callsWith({ delivery: 'at-least-once', retry: { attempts: 2 }, timeout: '1 minute', concurrency: 1 }),
    ],
  ])('%s, after an orderly stop: no call is made again, and none is left out, and so it is after a rollback', async (_, before, now) => {
    const world = await World.open(open());
    await run(world, [before], begun('a'), begun('b'));
    await run(world, [now], begun('c'));
    await run(world, [before], begun('d'));
    await run(world, [now], begun('e'));
    expect(called).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  // A server's clock stands while anything is on the wire.
  const onThisMachine = name === 'eventstore' ? test.skip : test;
  onThisMachine('another retry while messages are set aside: each is called for once', async () => {
    const world = await World.open(open());
    for (let n = 0; n < 20; n++) unreachable.add(`x${n}`);
    const [key, retry] = [({ of }: Begun) => of, { attempts: 50, base: '1 hour', cap: '1 hour' }] as const;
    const process = await world.start({ use: [callsWith({ delivery: 'at-least-once', key, retry })], limits: { window: 16, page: 8 } });
    await world.feed(...[...unreachable, 'a'].map(begun));
    await world.until(() => called.length === 1);
    await process.stop();
    const all = [...unreachable, 'a'].sort();
    unreachable.clear();
    await run(world, [callsWith({ delivery: 'at-least-once', key, retry: { attempts: 2 }, timeout: '1 minute', concurrency: 2 })]);
    expect(called.sort()).toEqual(all);
  });
});

forEachStore('a projection that takes one type more', (open) => {
  test('with a higher version it folds the whole log anew, those of before included', async () => {
    const world = await World.open(open());
    const read = async (use: typeof List) => {
      const app = await App.start({ store: world.store, use: [use] });
      await app.settled();
      const row = await app.view(use).get('a');
      await app.stop();
      return row;
    };
    await world.feed(begun('a'), ended('a'));
    expect(await read(List)).toEqual({ state: 'begun' });
    expect(await read(listWithEnds(2) as unknown as typeof List)).toEqual({ state: 'ended' });
  });
});
