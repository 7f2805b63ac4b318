import { Actor, Applies, Event, Handles, Lifecycle, Saga } from '@waybill/core';
import { DEFAULT_FAULTS, simulate } from '@waybill/testing';
import type { Invariant } from '@waybill/testing';
import { Arrived, Careful, Careless, failureOf, Fare, Gong, Halls, Reserve, Seats, Tickets, traceOf, trip, Trips } from './kit';

const trips = { use: [Trips], messages: [...trip('t-1', 2), ...trip('t-2', 1)] };
const arrivesOnce: Invariant = (log) => {
  const arrived = log.events(Arrived).map((event) => event.trip);
  if (new Set(arrived).size < arrived.length) return 'a trip arrives twice';
  return log.atRest && arrived.length < 2 ? `only ${arrived.join()} arrived` : undefined;
};
const fares = [1, 2].map((ride) => new Fare({ rider: 'r', ride, cents: 100 }));

test('a saga keeps every invariant, whatever strikes; every kind of fault strikes, and every delivery is accounted for', async () => {
  const report = await simulate({ ...trips, invariant: arrivesOnce, seeds: 250 });
  expect(report.schedules).toBe(250);
  const rates = Object.entries(DEFAULT_FAULTS).filter(([, rate]) => rate !== 0);
  const silent = rates.map(([name]) => name).filter((name) => !(name in report.struck));
  // These are not strikes of a moment: the order and number of messages, clocks, operators.
  expect(silent.sort()).toEqual(['copy', 'delay', 'operate', 'reorder', 'retry', 'skew']);
  expect(report.outcomes.applied).toBeGreaterThan(250);
  expect(report.outcomes.duplicate).toBeGreaterThan(250);
});

test('callers, an aggregate, handlers of both kinds and a projection keep every invariant', async () => {
  const report = await simulate({
    use: [Halls, Tickets, Gong, Seats],
    messages: [1, 2, 3].map(() => new Reserve({ hall: 'h-1' })),
    seeds: 120,
    invariant: (log) => {
      const seats = log.rows.filter(({ type }) => type === 'Reserved').map(({ data }) => (JSON.parse(data) as { seat: number }).seat);
      return seats.every((seat, i) => seat === i) ? undefined : `the seats ${seats.join()} are taken`;
    },
  });
  expect(report.outcomes.applied).toBeGreaterThan(120);
});

describe('determinism', () => {
  test('the same seed gives the same schedule, step by step; another seed another one', async () => {
    const [first, again, other] = [
      await traceOf({ ...trips, seeds: [7, 27] }),
      await traceOf({ ...trips, seeds: [7, 27] }),
      await traceOf({ ...trips, seeds: [28, 48] }),
    ];
    expect(first.length).toBeGreaterThan(500);
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });

  test('code that decides by something of its own is told apart from a wrong one', async () => {
    let calls = 0;
    const sometimes: Invariant = () => (++calls === 30 ? 'now and then' : undefined);
    await expect(simulate({ ...trips, invariant: sometimes, seeds: 50 })).rejects.toMatchObject({ code: 'SIMULATION_UNSTABLE' });
  });
});

describe('a bug of a class is found and shown', () => {
  const paidOnce: Invariant = (log) => {
    const state = log.state(Careless, 'r');
    return (state?.cents ?? 0) > 200 ? `200 cents were due, ${state?.cents} are paid` : undefined;
  };
  const careless = { use: [Careless], messages: fares, invariant: paidOnce };

  test('a missing `once`: shrunk to one worker, no fault and the copy that is paid for', async () => {
    const failure = await failureOf(careless);
    expect(failure).toMatchObject({ code: 'SIMULATION_FAILED', rule: 'paidOnce', violation: '200 cents were due, 300 are paid' });
    const who = new Set(failure.timeline.split('\n').map((line) => line.trim().split(/\s+/)[1]));
    expect([...who].filter((name) => name === 'b' || name === 'store')).toEqual([]);
    expect(failure.timeline).not.toContain('!');
    expect(failure.timeline.match(/writes Fare/g)).toHaveLength(3);
    expect(failure.message).toContain(failure.timeline);
    expect(failure.message).toContain(`replay: '${failure.tape}'`);
  });

  test('its tape plays the same again', async () => {
    const failure = await failureOf(careless);
    const again = await failureOf({ ...careless, replay: failure.tape });
    expect([again.violation, again.timeline, again.tape]).toEqual([failure.violation, failure.timeline, failure.tape]);
  });

  test('its tape goes well once the bug is gone, and says where the run left it', async () => {
    const { tape } = await failureOf(careless);
    const lines: string[] = [];
    const report = await simulate({ ...careless, use: [Careful], replay: tape, watch: (_, who, what) => lines.push(`${who} ${what}`) });
    expect(report.schedules).toBe(1);
    expect(report.diverged).toMatch(/decision/);
    expect(lines.filter((line) => line.endsWith('→ duplicate')).length).toBeGreaterThan(0);
  });

  test('with `once` it is clean', async () => {
    await simulate({ ...careless, use: [Careful], seeds: 150 });
  });

  test('a tape of another workload: says where the run left it; one that is cut is refused', async () => {
    const { tape } = await failureOf(careless);
    expect((await simulate({ ...careless, messages: [], replay: tape })).diverged).toMatch(/^decision \d+ is "feed" on the tape/);
    await expect(simulate({ ...careless, replay: tape.slice(3) })).rejects.toMatchObject({ code: 'TAPE_UNREADABLE' });
  });
});

class Ping extends Event('Ping')<{ of: string; n: number }> {}
class Pong extends Event('Pong')<{ of: string; n: number }> {}
let outside = 0;

@Saga('clocks')
class Clocks extends Actor<{ pings: number }, Ping, Pong> {
  initial() {
    return { pings: 0 };
  }
  key({ of }: Ping) {
    return of;
  }
  @Handles(Ping, { once: 'n' }) onPing({ of }: Ping) {
    return new Pong({ of, n: ++outside });
  }
}
@Saga('changers')
class Changers extends Actor<{ pings: number[] }, Ping, Pong> {
  initial() {
    return { pings: [] as number[] };
  }
  key({ of }: Ping) {
    return of;
  }
  @Handles(Ping, { once: 'n' }) onPing({ of, n }: Ping, s: { pings: number[] }) {
    s.pings.push(n);
    return new Pong({ of, n: s.pings.length });
  }
}
const steps = Lifecycle('low', 'high');
type Step = { status: 'low' | 'high' };
@Saga('steps', { lifecycle: steps })
class Steps extends Actor<Step, Ping, Pong> {
  initial(): Step {
    return { status: 'low' };
  }
  key({ of }: Ping) {
    return of;
  }
  @Handles(Ping, { once: 'n' }) onPing() {
    return [];
  }
  @Applies(Ping) ping({ n }: Ping): Step {
    return { status: n % 2 === 1 ? 'high' : 'low' };
  }
}

describe('a method that is not pure', () => {
  const messages = [1, 2, 3].map((n) => new Ping({ of: 'p', n }));

  test('that decides by a counter of its own, as by a clock or by chance: the same decision says something else', async () => {
    expect(await failureOf({ use: [Clocks], messages, faults: 'none' })).toMatchObject({ rule: 'I6' });
  });
  test('that changes the state in place', async () => {
    expect(await failureOf({ use: [Changers], messages, faults: 'none' })).toMatchObject({ rule: 'I6' });
  });
  test('a status that moves back is set aside by the flow, for a reason that the log bears out', async () => {
    const report = await simulate({ use: [Steps], messages, faults: 'none', seeds: 3 });
    expect(report.outcomes.parked).toBeGreaterThan(0);
  });
});

test('a command that no class takes is refused at once', async () => {
  await expect(simulate({ use: [Trips], messages: [new Reserve({ hall: 'h' })] })).rejects.toMatchObject({ code: 'COMMAND_NOT_TAKEN' });
});
