import { simulate } from '@waybill/testing';
import { A, I, S } from './orders';
import { oneShipment } from '../cases/shipments';
import { Shipping } from '@waybill/bench/dist/shipping';

test('19: all permutations of {S, I0, I1, I2, A}, each with every choice of doubled messages: one shipment', async () => {
  const report = await simulate({
    use: [Shipping],
    messages: [S('o-1'), I('o-1', 0), I('o-1', 1), I('o-1', 2), A('o-1', 3)],
    workers: 1,
    mode: { every: ['order', 'copies'] },
    invariant: [oneShipment, (log) => (log.atRest && log.state(Shipping, 'o-1')?.status !== 'requested' ? 'it is not shipped' : undefined)],
    seeds: 10_000,
  });
  expect(report).toMatchObject({ complete: true, schedules: 120 * 2 ** 5 });
});

test('27: all interleavings of two workers over one message: one append, one told applied, the other duplicate', async () => {
  const report = await simulate({ use: [Shipping], messages: [S('o-1')], workers: 2, mode: { every: ['schedule'] }, seeds: 100_000 });
  expect(report.complete).toBe(true);
  expect(report.schedules).toBeGreaterThan(2 ** 11);
  expect(report.outcomes.applied).toBe(report.schedules);
});

test('32, 33: a worker dies at every point of taking in two messages, twice: nothing is lost, nothing is taken in twice', async () => {
  const report = await simulate({
    use: [Shipping],
    messages: [S('o-1'), I('o-1', 0)],
    workers: 1,
    limits: { batch: 1, perActor: 1 },
    mode: { every: ['schedule', 'crash'], crashes: 2 },
    seeds: 20_000,
  });
  expect(report.complete).toBe(true);
});
