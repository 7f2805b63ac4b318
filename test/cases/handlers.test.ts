import { ItemAdded } from '@waybill/sample-orders-shipping/dist/messages';
import { Shipping } from '@waybill/bench/dist/shipping';
import { Handler, On } from 'waybill';
import { wholeOrder } from './messages';
import { forEachStore } from './stores';
import { World } from './world';

/** What the outside world has seen, in every process of a case. */
let calls: number[] = [];

@Handler('once', { delivery: 'at-most-once' })
class AtMostOnce {
  @On(ItemAdded) item({ index }: ItemAdded) {
    calls.push(index);
  }
}

forEachStore('an at-most-once handler beside an exactly-once actor', (open) => {
  beforeEach(() => {
    calls = [];
  });

  test.each(['die before', 'die after'] as const)(
    '41: a process that must %s the append of its attempt: no call is made twice, and the order ships once',
    async (fault) => {
      const world = await World.open(open());
      await world.feed(...wholeOrder('o-1', 3));
      const first = await world.start({ use: [AtMostOnce], faults: ['ok', fault] });
      await first.died();
      const second = await world.start({ use: [AtMostOnce, Shipping] });
      await second.settled();
      expect(new Set(calls).size).toBe(calls.length);
      expect(calls.length).toBeGreaterThanOrEqual(2);
      expect((await world.story('shipping-o-1')).filter((row) => row === 'ShipmentRequested')).toHaveLength(1);
      await world.check({ use: [AtMostOnce, Shipping] });
    },
  );

  test.each(['busy', 'lose answer', 'lose request'] as const)(
    '41: the append of its attempt fails for a while (%s): it is tried again, each call is made once, and the app goes on',
    async (fault) => {
      const world = await World.open(open());
      await world.feed(...wholeOrder('o-1', 3));
      const process = await world.start({ use: [AtMostOnce], faults: [fault, 'ok', fault] });
      await process.settled();
      expect(process.failure).toBeUndefined();
      expect(calls.sort()).toEqual([0, 1, 2]);
      await world.check({ use: [AtMostOnce, Shipping] });
    },
  );
});
