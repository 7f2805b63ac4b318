import { sqlite } from '@waybill/sqlite';
import type { Store } from 'waybill';
import { Child, endAll, feedOf, Folder } from './kit';
import type { CommandLine, Point } from './kit';
import { appendTo, checkpoints, lasting, mustBeHonest, mustBeWhole } from './log';

jest.setTimeout(180_000);

const ORDERS = 40;
/** Small, so that the midst of the work has many places. */
const limits = { batch: 16, page: 32, hot: 8, turns: 2 };

let folder: Folder;
let place: string;
let store: Store;
beforeEach(() => {
  folder = new Folder();
  place = folder.file();
  store = sqlite(place);
});
afterEach(async () => {
  await endAll();
  await store.close();
  folder.remove();
});

/** A run from the start of the log, with every checkpoint lost, adds nothing. */
async function mustReplayToNothing(): Promise<void> {
  for (const consumer of (await checkpoints(store)).keys()) await store.checkpoint(consumer).rewind(0);
  const rows = await lasting(store);
  const last = new Child({ place });
  expect(await last.ended).toBe(0);
  expect(await lasting(store)).toEqual(rows);
  expect(last.outcomes('shipping').filter(([kind]) => kind === 'applied')).toEqual([]);
}

describe.each<[Point, string, number]>([
  ['loaded', 'when it has loaded an actor, before it decides', 20],
  ['decided', 'when it has decided, before its append', 4],
  ['committed', 'when its rows are committed, before the thread has answered', 4],
  ['answered', 'when its append was acknowledged, before anybody is told', 4],
  ['saving', 'before it saves its checkpoint', 1],
])('a worker that stands still %s', (point, moment, nth) => {
  test(`${moment}: another finishes all and more; when it comes back nothing is doubled or lost, and no checkpoint moves back`, async () => {
    await appendTo(store, feedOf(0, ORDERS, 1));
    const zombie = new Child({ place, limits, hold: { point, nth } });
    await zombie.says(({ at }) => at === point);
    await zombie.freezeBeside(place);
    await appendTo(store, feedOf(ORDERS, 10, 2));
    const other = new Child({ place });
    expect(await other.ended).toBe(0);
    const before = await checkpoints(store);
    const rows = await lasting(store);

    zombie.signal('SIGCONT');
    expect(await zombie.ended).toBe(0);
    expect(await lasting(store)).toEqual(rows);
    for (const [consumer, position] of await checkpoints(store))
      expect([consumer, position]).toEqual([consumer, Math.max(position, before.get(consumer)!)]);
    await mustBeWhole(store, ORDERS + 10);
    await mustBeHonest(store, [zombie, other]);
    if (point === 'committed') await mustReplayToNothing();
  });
});

const add = (orderId: string, id: string): CommandLine => ({ type: 'AddItem', data: { orderId, sku: 'apple', quantity: 1 }, id });
const submit = (orderId: string, id: string): CommandLine => ({ type: 'SubmitOrder', data: { orderId, customerId: 'c' }, id });
const accept = (orderId: string, id: string): CommandLine => ({ type: 'AcceptOrder', data: { orderId }, id });

describe.each<Point>(['decided', 'committed'])('an aggregate that stands still with a command, %s', (point) => {
  const nth = point === 'committed' ? 1 : 2;
  const hold = { point, nth, stream: 'orders-', marker: 'took:AddItem' };

  test('whose caller asked elsewhere under the same id: both get the same answer, and the order has one item of it', async () => {
    const commands = [submit('o', 'r-1'), add('o', 'r-2'), add('o', 'r-3'), accept('o', 'r-4')];
    const zombie = new Child({ place, limits, commands, hold });
    await zombie.says(({ at }) => at === point);
    await zombie.freezeBeside(place);
    const other = new Child({ place, commands });
    expect(await other.ended).toBe(0);
    zombie.signal('SIGCONT');
    expect(await zombie.ended).toBe(0);
    expect(zombie.answers).toEqual(other.answers);
    expect(zombie.answers.map(({ events = [] }) => events.map(({ type }) => type))).toEqual([
      ['OrderSubmitted'],
      ['ItemAdded'],
      ['ItemAdded'],
      ['OrderAccepted'],
    ]);
    await mustBeWhole(store, 1);
  });

  test('and another accepted the order meanwhile: it refuses the item by the state of now unless its own rows came first', async () => {
    const zombie = new Child({
      place,
      limits,
      commands: [submit('o', 'z-1'), add('o', 'z-2'), add('o', 'z-3')],
      hold,
    });
    await zombie.says(({ at }) => at === point);
    await zombie.freezeBeside(place);
    const other = new Child({ place, commands: [submit('o', 'r-1'), add('o', 'r-2'), accept('o', 'r-3')] });
    expect(await other.ended).toBe(0);
    zombie.signal('SIGCONT');
    expect(await zombie.ended).toBe(0);
    const rows = await store.read('orders-o');
    for (const { id, error, version, events = [] } of [...zombie.answers, ...other.answers]) {
      const own = rows.filter(
        ({ type, meta }) => !type.startsWith('took:') && (JSON.parse(meta) as { cause: { id: string } }).cause.id === id,
      );
      expect([id, own.map(({ type }) => type)]).toEqual([id, events.map(({ type }) => type)]);
      if (error === undefined) expect([id, own.at(-1)?.version]).toEqual([id, version]);
      else expect([id, error]).toEqual([id, 'REJECTED']);
    }
    expect(zombie.answers.at(-1)).toMatchObject({ id: 'z-3', error: 'REJECTED' });
    const { itemCount } = JSON.parse(rows.find(({ type }) => type === 'OrderAccepted')!.data) as { itemCount: number };
    expect(rows.filter(({ type }) => type === 'ItemAdded')).toHaveLength(itemCount);
    await mustBeWhole(store, 1);
  });
});
