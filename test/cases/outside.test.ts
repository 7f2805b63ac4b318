import { ItemAdded } from '@waybill/sample-orders-shipping/dist/messages';
import { Handler, On } from 'waybill';
import type { Meta } from 'waybill';
import { I, wholeOrder } from './messages';
import { forEachStore } from './stores';
import { World } from './world';

/** What the outside world has seen, in every process of a case: keys and indexes. */
let calls: { key: string; index: number }[] = [];
let failures = 0;

@Handler('least', { delivery: 'at-least-once' })
class AtLeastOnce {
  @On(ItemAdded) async item({ index }: ItemAdded, { id }: Meta) {
    await Promise.resolve();
    if (index === 1 && failures-- > 0) throw new Error('the outside world is down');
    calls.push({ key: id, index });
  }
}

forEachStore('an at-least-once handler', (open) => {
  beforeEach(() => {
    calls = [];
    failures = 0;
  });

  test('calls once per event while nothing dies, events of one stream in order, and not again after a stop', async () => {
    const world = await World.open(open());
    await world.feed(...wholeOrder('o-1', 4));
    const first = await world.start({ use: [AtLeastOnce] });
    await first.settled();
    expect(calls.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
    await first.stop();
    const second = await world.start({ use: [AtLeastOnce] });
    await second.settled();
    expect(calls).toHaveLength(4);
    await second.stop();
  });

  test('killed after the calls, before the checkpoint: calls again, each with the key that it had', async () => {
    const world = await World.open(open());
    await world.feed(I('o-1', 0), I('o-1', 1));
    const first = await world.start({ use: [AtLeastOnce] });
    await world.until(() => calls.length === 2);
    first.kill();
    const second = await world.start({ use: [AtLeastOnce] });
    await second.settled();
    expect(calls.map(({ index }) => index)).toEqual([0, 1, 0, 1]);
    expect(calls.slice(2).map(({ key }) => key)).toEqual(calls.slice(0, 2).map(({ key }) => key));
    await second.stop();
  });

  test('a call that fails for a while is made again, and those behind it in its stream wait', async () => {
    failures = 3;
    const world = await World.open(open());
    await world.feed(...wholeOrder('o-1', 3));
    const process = await world.start({ use: [AtLeastOnce] });
    await process.settled();
    expect(calls.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(process.kinds()).toEqual(['applied', 'applied', 'applied']);
    await process.stop();
  });

  test('a call that keeps failing parks its event after the attempts, and those behind it go on', async () => {
    failures = Infinity;
    const world = await World.open(open());
    await world.feed(...wholeOrder('o-1', 3));
    const process = await world.start({ use: [AtLeastOnce], limits: { attempts: 3 } });
    await process.settled();
    expect(calls.map(({ index }) => index)).toEqual([0, 2]);
    expect(process.kinds().sort()).toEqual(['applied', 'applied', 'parked']);
    const [parked] = await world.stream('least:parked-3');
    expect(parked?.reason).toBe('the outside world is down');
    await process.stop();
  });
});
