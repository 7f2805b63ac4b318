import type { Limits } from '@waybill/core';
import { define, load } from '@waybill/core/internal';
import type { ActorDefinition } from '@waybill/core/internal';
import { Shipping } from '@waybill/bench/dist/shipping';
import { A, I, retried, S } from './messages';
import type { Fed } from './messages';
import { isWhole } from '../whole';
import { forEachStore } from './stores';
import { World } from './world';

/** How every message of an order is fed: once, or doubled. */
const doublings: readonly (readonly [string, (messages: readonly Fed[]) => readonly Fed[]])[] = [
  ['plain', (messages) => messages],
  ['doubled at once, same id', (messages) => messages.flatMap((message) => [message, message])],
  ['doubled at once, new id', (messages) => messages.flatMap((message) => [message, retried(message)])],
  ['doubled at the end, same id', (messages) => [...messages, ...messages]],
  ['doubled at the end, new id', (messages) => [...messages, ...messages.map(retried)]],
];

function permutations<T>(values: readonly T[]): T[][] {
  if (values.length < 2) return [[...values]];
  return values.flatMap((value, i) => permutations(values.filter((_, j) => j !== i)).map((rest) => [value, ...rest]));
}

const all = permutations([0, 1, 2, 3, 4]);
/** On a server each case takes every fifth of them, another one for each doubling, so that all come up in some case. */
const SLICES = 5;
const partsOf = (orderId: string) => [S(orderId), I(orderId, 0), I(orderId, 1), I(orderId, 2), A(orderId, 3)];

forEachStore('all 120 orders of {S, I0, I1, I2, A}', (open, name) => {
  const batches: readonly (readonly [string, Partial<Limits>])[] = [
    ['each order in one batch', {}],
    ['each message in an append of its own, the state loaded anew', { perActor: 1, hot: 1 }],
  ];
  const orderingsOf = (slice: number) => (name === 'eventstore' && !isWhole ? all.filter((_, n) => n % SLICES === slice) : all);
  const rows = doublings.flatMap(([doubling, double], slice) =>
    batches.map(([batch, limits]) => [doubling, batch, double, limits, orderingsOf(slice)] as const),
  );
  test.each(rows)(
    '19: every permutation, %s, %s, ends in the same state with exactly one ShipmentRequested',
    async (_, __, double, limits, orderings) => {
      const world = await World.open(open());
      const orders = orderings.map((ordering, n) => {
        const parts = partsOf(`o-${n}`);
        return double(ordering.map((i) => parts[i] as Fed));
      });
      await world.feed(...orders.flat());
      const process = await world.start({ limits });
      await process.settled();

      const definition = define(Shipping, new Shipping()) as ActorDefinition;
      const ends = new Set<string>();
      for (const n of orderings.keys()) {
        ends.add(JSON.stringify((await load(world.store, definition, `shipping-o-${n}`, process.runtime)).state));
      }
      expect([...ends]).toEqual(['{"status":"requested","items":[[0,2]],"expected":3}']);
      const rows = await world.rows();
      expect(rows.filter(({ type }) => type === 'ShipmentRequested')).toHaveLength(orderings.length);
      const applied = 5 * orderings.length;
      expect(process.system.counts()).toMatchObject({ applied, duplicate: orders.flat().length - applied, parked: 0, conflict: 0 });
      await world.check();
    },
  );
});
