import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { simulate } from '@waybill/testing';
import { Arrived, Begun, Careful, Careless, failureOf, Fare, Reached, Trips } from './kit';

test('the readme: a saga in a thousand worlds', async () => {
  // #region simulate
  const report = await simulate({
    use: [Trips], // as for App.start
    messages: [new Begun({ trip: 't-1', stops: 2 }), new Reached({ trip: 't-1', stop: 0 }), new Reached({ trip: 't-1', stop: 1 })],
    workers: 2,
    seeds: 1_000,
    invariant: (log) => {
      const arrived = log.events(Arrived).length;
      if (arrived > 1) return `t-1 arrives ${arrived} times`;
      return log.atRest && arrived === 0 ? 't-1 never arrives' : undefined;
    },
  });
  // #endregion
  expect(report).toMatchObject({ schedules: 1_000 });
});

test('the readme: what a bug looks like', async () => {
  const failure = await failureOf({
    use: [Careless],
    messages: [new Fare({ rider: 'r', ride: 1, cents: 100 })],
    invariant: (log) => ((log.state(Careless, 'r')?.cents ?? 0) > 100 ? 'ride 1 is paid twice' : undefined),
  });
  expect(`${failure.timeline}\n`).toBe(readFileSync(join(__dirname, 'readme.txt'), 'utf8'));
});

test('the readme: every interleaving of two workers over one message, more than 2^11 of them', async () => {
  // #region every
  const report = await simulate({
    use: [Careful],
    messages: [new Fare({ rider: 'r', ride: 1, cents: 100 })],
    mode: { every: ['schedule'] }, // also 'order', 'copies', 'crash'
    seeds: 100_000, // at most
  });
  expect(report.complete).toBe(true);
  // #endregion
  expect(report.schedules).toBeGreaterThan(2 ** 11);
  expect(report.outcomes.applied).toBe(report.schedules);
});
