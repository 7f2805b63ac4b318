import { Child, feedOf, ownLog } from './kit';
import type { Fact } from './kit';
import { appendTo, mustBeHonest, mustBeWhole } from './log';

const ORDERS = 40;
const limits = { batch: 16, page: 32, hot: 8, turns: 2 };
const isBusy = ({ log }: Fact): boolean => log?.[1] === 'store not available' && log[2]['code'] === 'STORE_BUSY';

const log = ownLog();

test('a process that stands still inside of a transaction keeps the lock: the other says so, tries again, and both finish when it goes on', async () => {
  await appendTo(log.store, feedOf(0, ORDERS, 3));
  const zombie = new Child({ place: log.place, limits, hold: { point: 'in the transaction', nth: 2 } });
  await zombie.says(({ at }) => at === 'in the transaction');
  await zombie.freeze();
  const other = new Child({ place: log.place, limits, busyTimeout: 50 });
  await other.says(isBusy);
  await other.says(isBusy, 3);
  // A duplicate needs no row; what does is said of nothing while it waits.
  expect(other.outcomes('shipping').filter(([kind]) => kind !== 'duplicate')).toEqual([]);
  expect(other.facts.some(({ failed }) => failed !== undefined)).toBe(false);

  zombie.signal('SIGCONT');
  expect([await zombie.ended, await other.ended]).toEqual([0, 0]);
  expect(other.lines('info').map(([text]) => text)).toContain('store available again');
  await mustBeWhole(log.store, ORDERS);
  await mustBeHonest(log.store, [zombie, other]);
});

test('a caller of a busy store is told that nothing was stored, and the same id is taken in once when the lock is gone', async () => {
  const submit = { type: 'SubmitOrder', data: { orderId: 'z', customerId: 'c' }, id: 'r-1' } as const;
  const add = { type: 'AddItem', data: { orderId: 'z', sku: 'apple', quantity: 1 }, id: 'r-2' } as const;
  const hold = { point: 'in the transaction', nth: 1, marker: 'took:AddItem' } as const;
  const zombie = new Child({ place: log.place, commands: [submit, add], hold });
  await zombie.says(({ at }) => at === 'in the transaction');
  await zombie.freeze();
  const other = new Child({ place: log.place, use: ['Orders'], commands: [submit, add], busyTimeout: 50 });
  await other.says(({ answer }) => answer?.error === 'STORE_BUSY', 2);
  zombie.signal('SIGCONT');
  expect(await zombie.ended).toBe(0);
  expect(await other.ended).toBe(0);
  expect(other.answers.filter(({ error }) => error === undefined)).toEqual(zombie.answers);
  expect((await log.store.read('orders-z')).map(({ type }) => type)).toEqual([
    'took:SubmitOrder',
    'OrderSubmitted',
    'took:AddItem',
    'ItemAdded',
  ]);
});

test('stopped in the thread of its store, wherever that is just then, it goes on and nothing is doubled', async () => {
  await appendTo(log.store, feedOf(0, ORDERS, 4));
  const zombie = new Child({ place: log.place, limits, hold: { point: 'sent', nth: 4 } });
  await zombie.says(({ at }) => at === 'sent');
  await zombie.freeze();
  const other = new Child({ place: log.place, busyTimeout: 50 });
  // It holds the lock, or it does not.
  await Promise.race([other.ended, other.says(isBusy).catch(() => undefined)]);
  zombie.signal('SIGCONT');
  expect([await zombie.ended, await other.ended]).toEqual([0, 0]);
  await mustBeWhole(log.store, ORDERS);
  await mustBeHonest(log.store, [zombie, other]);
});
