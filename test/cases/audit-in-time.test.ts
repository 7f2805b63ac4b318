import { Actor, after, audit, cancel, Event, Handles, memoryStore, Saga } from 'waybill';
import { World } from './world';

class Opened extends Event('Opened')<{ of: string }> {}
class Answered extends Event('Answered')<{ of: string; ends: boolean }> {}
class Forgotten extends Event('Forgotten')<{ of: string }> {}
class Nagged extends Event('Nagged')<{ of: string }> {}

@Saga('letters')
class Letters extends Actor<object, Opened | Answered | Forgotten, Nagged> {
  initial() {
    return {};
  }
  key({ of }: Opened | Answered | Forgotten) {
    return of;
  }
  @Handles(Opened) onOpened({ of }: Opened) {
    return after('1 hour', new Forgotten({ of }));
  }
  @Handles(Answered) onAnswered({ ends }: Answered) {
    return ends ? cancel(Forgotten) : [];
  }
  @Handles(Forgotten, { deadline: true }) onForgotten({ of }: Forgotten) {
    return new Nagged({ of });
  }
}
const use = [Letters];
const HOUR = 3_600_000;

/** The log of a clock that went before the log: the deadline has fired while the answer stood there. */
async function logOf(answeredAt: number, ends = true) {
  const store = memoryStore();
  const world = await World.open({ connect: async () => store, close: async () => undefined });
  const first = await world.start({ use });
  await world.feed({ type: 'Opened', data: { of: 'a' } });
  await first.settled();
  await first.stop();
  const [, armed] = await store.read('letters-a');
  world.clock.pass(answeredAt);
  await world.feed({ type: 'Answered', data: { of: 'a', ends } });
  const cause = { id: armed!.id, source: store.id, position: armed!.position };
  const time = world.clock.time() + 2 * HOUR;
  const rows = [
    { id: 'fired', type: 'took:Forgotten', data: '{"of":"a"}', meta: JSON.stringify({ cause, of: 1 }), time },
    { id: 'nagged', type: 'Nagged', data: '{"of":"a"}', meta: JSON.stringify({ cause }), time },
  ];
  await store.append([{ stream: 'letters-a', expected: 1, events: rows }]);
  world.clock.pass(2 * HOUR);
  const next = await world.start({ use });
  await next.settled();
  await next.stop();
  return (await audit(store, { use })).violations;
}

test('a deadline that fired although what cancels it stood in the log in time is found, at the row that fired it', async () => {
  expect(await logOf(HOUR - 500)).toMatchObject([{ invariant: 'deadlines', at: { stream: 'letters-a', version: 2 } }]);
});

test.each([
  ['came after it was due', HOUR + 1, true],
  ['came within the time that two clocks may differ', HOUR - 1, true],
  ['would not have cancelled it', HOUR - 500, false],
] as const)('a deadline before a message that %s is sound', async (_, at, ends) => {
  expect(await logOf(at, ends)).toEqual([]);
});
