import type { Answer } from '@waybill/core';
import { App } from 'waybill';
import { AcceptOrder, AddItem, SubmitOrder } from '@waybill/sample-orders-shipping/dist/messages';
import { Orders } from '@waybill/sample-orders-shipping/dist/orders';
import { Shipping } from '@waybill/bench/dist/shipping';
import { Pause, Resume, Switches } from './actors';
import { forEachStore } from './stores';
import { World } from './world';

const use = [Orders];
const submit = () => new SubmitOrder({ orderId: 'o-1', customerId: 'c-7' });
const add = (sku: string, quantity = 1) => new AddItem({ orderId: 'o-1', sku, quantity });
const codeOf = (sent: Promise<unknown>) =>
  sent.then(
    () => 'answered',
    (error: { code?: string }) => error.code,
  );

/** What an answer says, without the classes of its events. */
function plain({ stream, version, events }: Answer) {
  return { stream, version, events: events.map((event) => ({ ...event, type: event.type })) };
}

forEachStore('a command', (open) => {
  test('42: sent again after its answer was lost, to the same process, to one that must load, and to a new one: the stored answer, nothing appended', async () => {
    const world = await World.open(open());
    const first = await world.start({ use, limits: { hot: 1 } });
    await first.send('orders', submit(), 'r-1');
    const answer = plain(await first.send('orders', add('a'), 'r-2'));
    expect(answer).toMatchObject({ stream: 'orders-o-1', version: 3, events: [{ type: 'ItemAdded', index: 0, sku: 'a' }] });
    expect(plain(await first.send('orders', add('a'), 'r-2'))).toEqual(answer);
    for (const other of ['o-2', 'o-3']) await first.send('orders', new SubmitOrder({ orderId: other, customerId: 'c' }), 'r-1');
    expect(plain(await first.send('orders', add('a'), 'r-2'))).toEqual(answer);
    first.kill();
    const second = await world.start({ use });
    await second.send('orders', add('b'), 'r-3');
    const appends = second.store.appends;
    expect(plain(await second.send('orders', add('a'), 'r-2'))).toEqual(answer);
    expect(second.store.appends).toBe(appends);
    expect(second.kinds()).toEqual(['applied', 'duplicate']);
    await world.check({ use: [Orders, Shipping] });
  });

  test('42: the process dies after the append, before the answer; the same id again is answered from the log', async () => {
    const world = await World.open(open());
    const first = await world.start({ use, faults: ['ok', 'die after'] });
    await first.send('orders', submit(), 'r-1');
    void first.sending('orders', add('a'), 'r-2');
    await first.died();
    const second = await world.start({ use });
    expect(plain(await second.send('orders', add('a'), 'r-2'))).toMatchObject({ version: 3, events: [{ index: 0, sku: 'a' }] });
    expect(second.store.appends).toBe(0);
    await world.check({ use: [Orders, Shipping] });
  });

  test('42: its append timed out but was stored: the answer that is given then is the one that every retry gets', async () => {
    const world = await World.open(open());
    const process = await world.start({ use, faults: ['ok', 'lose answer'] });
    await process.send('orders', submit(), 'r-1');
    const answer = plain(await process.send('orders', add('a'), 'r-2'));
    expect(plain(await process.send('orders', add('a'), 'r-2'))).toEqual(answer);
    expect(answer.version).toBe(3);
    await world.check({ use: [Orders, Shipping] });
  });

  test('42: its append timed out for good: the caller hears that nobody knows, sends it again, and it was executed once', async () => {
    const world = await World.open(open());
    const lost = Array.from({ length: 9 }, () => 'lose answer' as const);
    const process = await world.start({ use, faults: ['ok', ...lost] });
    await process.send('orders', submit(), 'r-1');
    expect(await codeOf(process.send('orders', add('a'), 'r-2'))).toBe('STORE_UNKNOWN_OUTCOME');
    expect(plain(await process.send('orders', add('a'), 'r-2'))).toMatchObject({ version: 3, events: [{ index: 0 }] });
    expect(await world.story('orders-o-1')).toEqual(['took SubmitOrder', 'OrderSubmitted', 'took AddItem', 'ItemAdded']);
    await world.check({ use: [Orders, Shipping] });
  });

  test('43: the same id with other content is refused before anything else is looked at, and nothing is executed', async () => {
    const world = await World.open(open());
    const process = await world.start({ use });
    await process.send('orders', submit(), 'r-1');
    await process.send('orders', add('a'), 'r-2');
    const appends = process.store.appends;
    expect(await codeOf(process.send('orders', add('a', 2), 'r-2'))).toBe('COMMAND_CONFLICT');
    expect(await codeOf(process.send('orders', new AcceptOrder({ orderId: 'o-1' }), 'r-2'))).toBe('COMMAND_CONFLICT');
    await process.send('orders', new AcceptOrder({ orderId: 'o-1' }), 'r-4');
    // The order would refuse it by now: that the id was used is said first.
    expect(await codeOf(process.send('orders', add('a', 3), 'r-2'))).toBe('COMMAND_CONFLICT');
    expect(process.store.appends).toBe(appends + 1);
    expect(process.outcomes.filter(({ kind }) => kind === 'conflict')[0]?.diff).toEqual([{ field: 'quantity', first: '1', second: '2' }]);
    await world.check({ use: [Orders, Shipping] });
  });

  test('44: an id that was never seen is executed, however often its sender believes to have sent it', async () => {
    const world = await World.open(open());
    const first = await world.start({ use, faults: ['ok', 'die before'] });
    await first.send('orders', submit(), 'r-1');
    void first.sending('orders', add('a'), 'r-2');
    await first.died();
    const second = await world.start({ use });
    expect(plain(await second.send('orders', add('a'), 'r-2'))).toMatchObject({ version: 3, events: [{ index: 0 }] });
    expect(second.kinds()).toEqual(['applied']);
    await world.check({ use: [Orders, Shipping] });
  });
});

forEachStore('a command that had nothing to do', (open) => {
  test('52: a command whose decision was nothing, its answer lost, the state changed since: the same id is answered with nothing, not executed', async () => {
    const world = await World.open(open());
    const process = await world.start({ use: [Switches] });
    const pause = () => new Pause({ of: 'x' });
    await process.send('switches', pause(), 'p-1');
    const nothing = plain(await process.send('switches', pause(), 'p-2'));
    expect(nothing.events).toEqual([]);
    await process.send('switches', new Resume({ of: 'x' }), 'q-1');
    expect(plain(await process.send('switches', pause(), 'p-2'))).toEqual(nothing);
    process.kill();
    const later = await world.start({ use: [Switches] });
    expect(plain(await later.send('switches', pause(), 'p-2'))).toEqual(nothing);
    expect(await world.story('switches-x')).toEqual(['took Pause', 'Paused', 'took Pause', 'took Resume', 'Resumed']);
    await world.check({ use: [Switches] });
  });

  test('52: a refusal is an answer: given again to its id though the order would accept by now, also after the process died before telling it', async () => {
    const world = await World.open(open());
    const first = await world.start({ use, faults: ['die after'] });
    void first.sending('orders', add('a'), 'r-1');
    await first.died();
    const second = await world.start({ use });
    expect(await codeOf(second.send('orders', add('a'), 'r-1'))).toBe('REJECTED');
    await second.send('orders', submit(), 'r-2');
    expect(await codeOf(second.send('orders', add('a'), 'r-1'))).toBe('REJECTED');
    expect(plain(await second.send('orders', add('a'), 'r-3'))).toMatchObject({ events: [{ index: 0 }] });
    expect(second.kinds()).toEqual(['duplicate', 'applied', 'duplicate', 'applied']);
    await world.check({ use: [Orders, Shipping] });
  });
});

forEachStore('the app that users start', (open) => {
  test('42: App.send gives the stored answer to an id that it has answered before, also from another app on the same log', async () => {
    const log = open();
    const options = { use: [Orders] };
    const one = await App.start({ ...options, store: await log.connect() });
    const two = await App.start({ ...options, store: await log.connect() });
    const answer = plain(await one.send(Orders, submit(), { id: 'r-1' }));
    expect(plain(await two.send(Orders, submit(), { id: 'r-1' }))).toEqual(answer);
    expect([one.counts(), two.counts()]).toMatchObject([
      { applied: 1, received: 1 },
      { duplicate: 1, received: 1 },
    ]);
    await one.stop();
    await two.stop();
  });
});
