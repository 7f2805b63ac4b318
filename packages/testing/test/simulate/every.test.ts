import { simulate } from '@waybill/testing';
import { Careful, Careless, failureOf, Fare, trip, Trips } from './kit';

const fare = (ride: number) => new Fare({ rider: 'r', ride, cents: 100 });

test('a worker that dies at every point, twice: none and one death are among the schedules', async () => {
  const deaths = async (crashes: number): Promise<number> => {
    const mode = { every: ['schedule', 'crash'] as const, crashes };
    const report = await simulate({ use: [Careful], messages: [fare(1)], workers: 1, mode, seeds: 20_000 });
    expect(report.complete).toBe(true);
    return report.schedules;
  };
  const [none, once, twice] = [await deaths(0), await deaths(1), await deaths(2)];
  expect(none).toBe(1);
  expect(once).toBeGreaterThan(5);
  expect(twice).toBeGreaterThan(3 * once);
});

test('every order of some messages, each with every choice of copies', async () => {
  const report = await simulate({
    use: [Trips],
    messages: trip('t-1', 2),
    mode: { every: ['order', 'copies'] },
    workers: 1,
    seeds: 10_000,
  });
  expect(report).toMatchObject({ complete: true, schedules: 6 * 8 });
});

test('a combination that breaks an invariant is found without chance', async () => {
  const failure = await failureOf({
    use: [Careless],
    messages: [fare(1), fare(2)],
    mode: { every: ['copies'] },
    invariant: (log) => ((log.state(Careless, 'r')?.cents ?? 0) > 200 ? 'paid twice' : undefined),
  });
  expect(failure.seed).toBeUndefined();
  expect(failure.violation).toBe('paid twice');
});

test('a run that is cut short says so', async () => {
  const report = await simulate({ use: [Careful], messages: [fare(1)], mode: { every: ['schedule'] }, seeds: 100 });
  expect(report).toMatchObject({ complete: false, schedules: 100 });
});
