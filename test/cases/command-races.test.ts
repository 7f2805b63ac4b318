import { AddItem, SubmitOrder } from '@waybill/sample-orders-shipping/dist/messages';
import { Orders } from '@waybill/sample-orders-shipping/dist/orders';
import { Shipping } from '@waybill/bench/dist/shipping';
import { Stamp, Switches } from './actors';
import { Hold, idempotentById } from './faulty-store';
import type { Process } from './process';
import { forEachStore } from './stores';
import { World } from './world';

const use = [Orders];
const submit = () => new SubmitOrder({ orderId: 'o-1', customerId: 'c-7' });
const add = (sku: string) => new AddItem({ orderId: 'o-1', sku, quantity: 1 });

forEachStore('commands that race', (open) => {
  test('45: two AddItem that race at two workers on the same version get distinct indexes', async () => {
    const world = await World.open(open());
    const setup = await world.start({ use });
    await setup.send('orders', submit(), 'r-1');
    const [mine, yours] = [new Hold(), new Hold()];
    const workers = [await world.start({ use, faults: [mine] }), await world.start({ use, faults: [yours] })] as const;
    const sent = [workers[0].sending('orders', add('a'), 'r-2'), workers[1].sending('orders', add('b'), 'r-3')];
    await world.drive(Promise.all([mine.arrived, yours.arrived]));
    mine.release();
    yours.release();
    const answers = await world.drive(Promise.all(sent));
    const indexes = answers.map(({ events }) => (events[0] as unknown as { index: number }).index);
    expect(indexes.sort()).toEqual([0, 1]);
    expect(workers[0].store.appends + workers[1].store.appends).toBe(3);
    await world.check({ use: [Orders, Shipping] });
  });

  test('45: fifty AddItem sent at once to two workers get fifty distinct indexes', async () => {
    const world = await World.open(open());
    const workers = [await world.start({ use, limits: { perActor: 3 } }), await world.start({ use, limits: { perActor: 3 } })];
    await workers[0]?.send('orders', submit(), 'r-1');
    const sent = Array.from({ length: 50 }, (_, n) => (workers[n % 2] as Process).sending('orders', add('a'), `r-${n + 2}`));
    const answers = await world.drive(Promise.all(sent));
    const indexes = answers.map(({ events }) => (events[0] as unknown as { index: number }).index);
    expect(indexes.sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, n) => n));
    await world.check({ use: [Orders, Shipping] });
  });
});

forEachStore('two workers decide on one command', (open) => {
  test.each([
    ['a store that refuses the loser', (store: Parameters<typeof idempotentById>[0]) => store],
    ['a server that is idempotent by event id', idempotentById],
  ])('49: at the same version, on %s: one append wins and the answer of the loser is never given', async (_, through) => {
    const world = await World.open(open());
    const holds = [new Hold(), new Hold()] as const;
    const workers = [
      await world.start({ use: [Switches], through, faults: [holds[0]], skew: 1_000 }),
      await world.start({ use: [Switches], through, faults: [holds[1]], skew: 2_000 }),
    ];
    const sent = workers.map((worker) => worker.sending('switches', new Stamp({ of: 'x' }), 'r-1'));
    await world.drive(Promise.all(holds.map((hold) => hold.arrived)));
    for (const hold of holds) hold.release();
    const answers = await world.drive(Promise.all(sent));
    const rows = await world.stream('switches-x');
    expect(rows.map(({ kind }) => kind)).toEqual(['took', 'emitted']);
    for (const { events } of answers) expect((events[0] as unknown as { at: number }).at).toBe(rows[1]?.data.at);
    expect(workers.flatMap((worker) => worker.kinds()).sort()).toEqual(['applied', 'duplicate']);
    await world.check({ use: [Switches] });
  });
});
