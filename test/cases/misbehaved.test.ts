import { Actor, Event, Handles, Saga } from 'waybill';
import type { Recorded } from 'waybill';
import type { Fed } from './messages';
import { forEachStore } from './stores';
import { World } from './world';

class Asked extends Event('Asked')<{ of: string; n: number }> {}
class Answered extends Event('Answered')<{ of: string; n: number; drawn: number }> {}

let draws = 0;
/** Draws a number anew at each run: a method that is not pure. */
@Saga('drawers', { retry: { attempts: 1 } })
class Drawers extends Actor<object, Asked, Answered> {
  initial() {
    return {};
  }
  key({ of }: Asked) {
    return of;
  }
  @Handles(Asked, { once: 'n' }) on({ of, n }: Asked) {
    return new Answered({ of, n, drawn: ++draws });
  }
}

let answer: 'promise' | 'nothing' | 'events' = 'events';
/** Says what the types forbid, as plain JavaScript may. */
@Saga('waiters', { retry: { attempts: 1 } })
class Waiters extends Actor<object, Asked, Answered> {
  initial() {
    return {};
  }
  key({ of }: Asked) {
    return of;
  }
  @Handles(Asked, { once: 'n' }) on({ of, n }: Asked): Answered {
    const said = new Answered({ of, n, drawn: 0 });
    if (answer === 'events' || n !== 1) return said;
    return (answer === 'promise' ? Promise.resolve(said) : undefined) as unknown as Answered;
  }
}

const asked = (of: string, n: number): Fed => ({ type: 'Asked', data: { of, n } }) as unknown as Fed;
const by = { by: 'ada', why: 'the method is mended' };

forEachStore('methods that misbehave', (open) => {
  const drawn = async (world: World): Promise<string[]> =>
    (await world.rows()).filter(({ type }: Recorded) => type === 'Answered').map(({ data }) => data);

  test('38: what a method drew or read from a clock stands in the log: no copy, restart or rewind draws it again', async () => {
    const world = await World.open(open());
    await world.feed(asked('a', 1), asked('a', 2), asked('a', 1));
    const first = await world.start({ use: [Drawers], limits: { perActor: 1, hot: 1 } });
    await first.settled();
    await first.stop();
    const before = await drawn(world);
    expect(before).toHaveLength(2);
    await world.store.checkpoint('drawers:Asked').rewind(0);
    const again = await world.start({ use: [Drawers] });
    await again.settled();
    await again.stop();
    expect(await drawn(world)).toEqual(before);
  });

  test.each(['promise', 'nothing'] as const)(
    '39: a method that returns a %s: its message is parked with a code, others go on, and a retry after the fix takes it in',
    async (kind) => {
      answer = kind;
      const world = await World.open(open());
      await world.feed(asked('a', 1), asked('a', 2), asked('b', 2));
      const process = await world.start({ use: [Waiters] });
      await process.settled();
      const [parked] = (await world.stream('waiters-a')) as unknown as { reason: string }[];
      expect(JSON.stringify(parked)).toContain(kind === 'promise' ? 'DECISION_ASYNC' : 'DECISION_MISSING');
      expect(await drawn(world)).toHaveLength(1);
      answer = 'events';
      const released = await world.drive(process.system.operators.retry('waiters-a', undefined, by));
      expect(released).toMatchObject({ left: 0, results: [{ kind: 'applied' }, { kind: 'applied' }] });
      expect(await drawn(world)).toHaveLength(3);
      await process.stop();
    },
  );
});
