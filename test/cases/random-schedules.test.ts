import { poison, Touchy } from './actors';
import type { Fault } from './faulty-store';
import { I, retried, wholeOrder } from './messages';
import type { Fed } from './messages';
import type { Process } from './process';
import { seeded } from './runtime';
import { isWhole } from '../whole';
import { forEachStore } from './stores';
import type { StoreName } from './stores';
import { World } from './world';

type Dice = () => number;
const below = (dice: Dice, n: number) => Math.floor(dice() * n);
const shuffled = <T>(dice: Dice, values: readonly T[]): T[] => {
  const rest = [...values];
  return values.map(() => rest.splice(below(dice, rest.length), 1)[0] as T);
};

/** Orders whose messages come in any order, some again, some under a new id, some with other content, some poisoned. */
function traffic(dice: Dice): Fed[] {
  const orders = [0, 1, 2, 3].map((n) => wholeOrder(`o-${n}`, 1 + below(dice, 4)));
  const messages = orders.flat();
  const copies = messages.flatMap((message) => {
    const roll = below(dice, 8);
    if (roll < 2) return [message];
    if (roll < 4) return [retried(message)];
    return roll === 4 && message.type === 'ItemAdded' ? [{ ...message, data: { ...message.data, quantity: 9 } }] : [];
  });
  return shuffled(dice, [...messages, ...copies, I('o-3', 7, below(dice, 2) === 0 ? poison : {})]);
}

function faultsOf(dice: Dice, world: World): Fault[] {
  const nudge = () => world.nudge(`shipping-o-${below(dice, 4)}`);
  const all: Fault[] = ['ok', 'ok', 'ok', 'ok', 'lose answer', 'lose request', 'busy', 'die before', 'die after', nudge, nudge];
  return Array.from({ length: 12 }, () => all[below(dice, all.length)] as Fault);
}

/** A schedule costs ten times as much on a server as in memory. */
const seedsOf = (name: StoreName) => Number(process.env['WAYBILL_SEEDS'] ?? (name === 'eventstore' && !isWhole ? 4 : 12));

forEachStore('random schedules', (open, name) => {
  test.each(Array.from({ length: seedsOf(name) }, (_, n) => n + 1))(
    'I1–I15: two processes that die and come back, a third writer, lost answers, busy stores, copies and poison (seed %i): every invariant holds',
    async (seed) => {
      const dice = seeded(seed);
      const world = await World.open(open());
      const messages = traffic(dice);
      const begin = () => {
        const limits = {
          batch: 1 + below(dice, 6),
          perActor: 1 + below(dice, 4),
          page: 1 + below(dice, 6),
          window: 2 + below(dice, 20),
          turns: 1 + below(dice, 3),
          hot: 2,
          attempts: 2,
        };
        const readFaults = Array.from({ length: 10 }, () => (below(dice, 5) === 0 ? ('busy' as const) : ('ok' as const)));
        return world.start({ use: [Touchy], limits, faults: faultsOf(dice, world), readFaults });
      };
      const living: Process[] = [await begin(), await begin()];
      while (messages.length > 0) {
        await world.feed(...messages.splice(0, 1 + below(dice, 6)));
        await world.drive(new Promise<void>((resolve) => void world.clock.after(below(dice, 2_000), resolve)));
        for (const [i, process] of living.entries()) {
          if (below(dice, 6) > 0 && !process.store.dead) continue;
          process.kill();
          living[i] = await begin();
        }
      }
      for (const process of living) {
        if (!process.store.dead) await world.drive(Promise.race([process.system.settled(), process.store.died]));
        if (process.store.dead) process.kill();
      }
      expect(living.map(({ failure }) => failure)).toEqual([undefined, undefined]);
      await world.check({ use: [Touchy] });
    },
  );
});
