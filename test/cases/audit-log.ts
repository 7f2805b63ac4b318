import { Actor, Applies, Handler, On, Projection } from 'waybill';
import type { UseClass } from 'waybill';
import { begun, Clear, ended, Jobs, Step, stepOf, Warehouse } from './complete-actors';
import type { OpenLog } from './stores';
import { World } from './world';

const by = { by: 'ada', why: 'the dependency is back' };
const DAY = 86_400_000;

@Handler('calls', { delivery: 'at-most-once' })
export class Calls {
  @On(Step) step({ n }: Step) {
    if (n === 2) throw new Error('the line is dead');
  }
}

@Projection('steps')
export class Steps extends Actor<{ steps: number }, Step> {
  static broken = false;

  initial() {
    return { steps: 0 };
  }
  key({ of }: Step) {
    return of;
  }
  @Applies(Step) step({ n }: Step, s: { steps: number }) {
    if (n === 1 && Steps.broken) throw new Error('one is too many');
    return { steps: s.steps + 1 };
  }
}

export const USE: readonly UseClass[] = [Jobs, Warehouse, Calls, Steps];

/**
 * A log with every kind of row that there is: a line that was parked, retried and released, a conflict that was skipped and
 * one that stays, deadlines that fired, were set anew and taken back, commands from a saga and from callers, refused ones,
 * actors that were closed with and without parked messages, messages without a key, calls and their parked ones, a row of a
 * read model that was held up, and the read model rebuilt.
 */
export async function everything(log: OpenLog): Promise<World> {
  const world = await World.open(log);
  Jobs.broken = Steps.broken = true;
  const first = await world.start({ use: USE });
  const { operators } = first.system;
  await world.feed(begun('a', 3), stepOf('a', 0, { bad: true }), stepOf('a', 1), stepOf('b', 0), stepOf('a', 2));
  await first.settled();
  await world.drive(operators.retry('jobs-a', undefined, by));
  await world.drive(operators.retry('steps:row-a', undefined, by));
  Jobs.broken = Steps.broken = false;
  await world.drive(operators.retry('steps:row-a', undefined, by));
  await world.drive(operators.retry('jobs-a', undefined, by));
  await world.feed(stepOf('a', 1), stepOf('a', 7), stepOf('a', 7), stepOf('a', 1, { more: 1 }), stepOf('a', 1, { more: 2 }), begun('b', 2));
  await first.settled();
  for await (const { park, stream, version } of operators.parked()) {
    if (park !== 'conflict') continue;
    await world.drive(operators.skip(stream, version, by));
    break;
  }
  world.clock.pass(3 * DAY + 60_000);
  await world.until(() => first.outcomes.some(({ type }) => type === 'Overdue'));
  await world.feed(stepOf('b', 1), { type: 'Step', data: { of: 5, n: 1 } }, begun('c', 1), stepOf('c', 0), ended('c'), begun('d', 9));
  await world.feed(stepOf('d', 0), stepOf('d', 0, { more: 1 }), ended('d'), stepOf('c', 0), stepOf('c', 4), stepOf('d', 0), stepOf('d', 5));
  await first.settled();
  await world.drive(operators.retry('jobs:parked', undefined, by));
  await world.drive(first.system.rebuild('steps'));
  await first.send('warehouse', new Clear({ of: 'x' }), 'clear-1');
  await first.send('warehouse', new Clear({ of: 'x' }), 'clear-1');
  await first.send('warehouse', new Clear({ of: 'x', fail: true }), 'clear-2').catch(() => undefined);
  await first.settled();
  await first.stop();
  const second = await world.start({ use: USE, limits: { hot: 1 } });
  await world.feed(stepOf('b', 0), stepOf('e', 0));
  await second.settled();
  await second.stop();
  return world;
}
