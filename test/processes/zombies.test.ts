import { Child, feedOf, ownLog } from './kit';
import type { CommandLine, Point } from './kit';
import { appendTo, checkpoints, lasting, mustBeHonest, mustBeWhole } from './log';

const ORDERS = 40;
/** Small, so that the midst of the work has many places. */
const limits = { batch: 16, page: 32, hot: 8, turns: 2 };

const log = ownLog();

/** A run from the start of the log, with every checkpoint lost, adds nothing. */
async function mustReplayToNothing(): Promise<void> {
  for (const consumer of (await checkpoints(log.store)).keys()) await log.store.checkpoint(consumer).rewind(0);
  const rows = await lasting(log.store);
  const last = new Child({ place: log.place });
  expect(await last.ended).toBe(0);
  expect(await lasting(log.store)).toEqual(rows);
  expect(last.outcomes('shipping').filter(([kind]) => kind === 'applied')).toEqual([]);
}

const POINTS: readonly (readonly [Point, nth: number])[] = [
  ['loaded', 6],
  ['decided', 2],
  ['committed', 2],
  ['answered', 2],
  // Of the last save, when it stops: this one has worked off all that was there.
  ['saving', 1],
];

test('workers that stand still when an actor is loaded, before the append, when it is committed, before its answer, before the checkpoint is saved: another finishes all and more; when they come back nothing is doubled or lost, and no checkpoint moves back', async () => {
  await appendTo(log.store, feedOf(0, ORDERS, 1));
  const zombies: Child[] = [];
  for (const [point, nth] of POINTS) {
    const zombie = new Child({ place: log.place, limits, hold: { point, nth } });
    await zombie.says(({ at }) => at === point);
    await zombie.freezeBeside(log.place);
    zombies.push(zombie);
  }
  await appendTo(log.store, feedOf(ORDERS, 10, 2));
  const other = new Child({ place: log.place });
  expect(await other.ended).toBe(0);
  const before = await checkpoints(log.store);
  const rows = await lasting(log.store);

  for (const zombie of zombies) {
    zombie.signal('SIGCONT');
    expect(await zombie.ended).toBe(0);
    expect(await lasting(log.store)).toEqual(rows);
    for (const [consumer, at] of await checkpoints(log.store)) expect([consumer, at >= before.get(consumer)!]).toEqual([consumer, true]);
  }
  await mustBeWhole(log.store, ORDERS + 10);
  await mustBeHonest(log.store, [...zombies, other]);
  await mustReplayToNothing();
});

const add = (orderId: string, id: string): CommandLine => ({ type: 'AddItem', data: { orderId, sku: 'apple', quantity: 1 }, id });
const submit = (orderId: string, id: string): CommandLine => ({ type: 'SubmitOrder', data: { orderId, customerId: 'c' }, id });
const accept = (orderId: string, id: string): CommandLine => ({ type: 'AcceptOrder', data: { orderId }, id });

const heldAt = (point: Point) => ({ point, nth: point === 'committed' ? 1 : 2, stream: 'orders-', marker: 'took:AddItem' });

test.each<[Point, string]>([
  ['decided', 'before its append'],
  ['committed', 'before its answer'],
])(
  'an aggregate that stands still with a command, %s, %s, whose caller asked elsewhere under the same id: both get the same answer, and the order has one item of it',
  async (point) => {
    const commands = [submit('o', 'r-1'), add('o', 'r-2'), add('o', 'r-3'), accept('o', 'r-4')];
    const zombie = new Child({ place: log.place, limits, commands, hold: heldAt(point) });
    await zombie.says(({ at }) => at === point);
    await zombie.freezeBeside(log.place);
    const other = new Child({ place: log.place, commands });
    expect(await other.ended).toBe(0);
    zombie.signal('SIGCONT');
    expect(await zombie.ended).toBe(0);
    expect(zombie.answers).toEqual(other.answers);
    expect(zombie.answers.map(({ events = [] }) => events[0]?.type)).toEqual(['OrderSubmitted', 'ItemAdded', 'ItemAdded', 'OrderAccepted']);
    await mustBeWhole(log.store, 1);
  },
);

test('an aggregate that stands still before the append of an item, while the order is accepted elsewhere: it refuses the item by the state of now, and each answer is what the log says', async () => {
  const zombie = new Child({ place: log.place, limits, commands: [submit('o', 'z-1'), add('o', 'z-2')], hold: heldAt('decided') });
  await zombie.says(({ at }) => at !== undefined);
  await zombie.freezeBeside(log.place);
  const other = new Child({ place: log.place, commands: [submit('o', 'r-1'), add('o', 'r-2'), accept('o', 'r-3')] });
  expect(await other.ended).toBe(0);
  zombie.signal('SIGCONT');
  expect(await zombie.ended).toBe(0);
  const rows = await log.store.read('orders-o');
  for (const { id, error, version, events = [] } of [...zombie.answers, ...other.answers]) {
    const own = rows.filter(
      ({ type, meta }) => !type.startsWith('took:') && (JSON.parse(meta) as { cause: { id: string } }).cause.id === id,
    );
    expect([id, own.map(({ type }) => type), own.at(-1)?.version]).toEqual([id, events.map(({ type }) => type), version]);
    expect([id, error]).toEqual([id, id === 'z-2' || id === 'r-1' ? 'REJECTED' : undefined]);
  }
  expect(rows.filter(({ type }) => type === 'ItemAdded')).toHaveLength(1);
  await mustBeWhole(log.store, 1);
});
