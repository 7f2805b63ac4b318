import type { ParkedMessage } from '@waybill/core';
import { begun, ended, Jobs, JobsWithSnapshots, stepOf, Warehouse } from './complete-actors';
import type { Process } from './process';
import { forEachStore } from './stores';
import { World } from './world';

const by = { by: 'ada', why: 'the dependency is back' };
const DAY = 86_400_000;

async function parked(world: World, process: Process): Promise<ParkedMessage[]> {
  const found: ParkedMessage[] = [];
  const all = async () => {
    for await (const one of process.system.operators.parked()) found.push(one);
  };
  await world.drive(all());
  return found;
}

forEachStore('sagas complete', (open) => {
  beforeEach(() => (Jobs.broken = true));

  test('37: a message that always throws is parked with its followers in order, others go on, and after a fix retry keeps the order', async () => {
    const world = await World.open(open());
    const process = await world.start({ use: [Jobs, Warehouse] });
    await world.feed(begun('a', 3), stepOf('a', 0, { bad: true }), stepOf('a', 1), stepOf('b', 0), stepOf('a', 2));
    await process.settled();
    expect(process.kinds().sort()).toEqual(['applied', 'applied', 'parked', 'parked', 'parked']);
    const waiting = await parked(world, process);
    expect(waiting.map(({ park, version }) => [park, version])).toEqual([
      ['failed', 2],
      ['behind', 3],
      ['behind', 4],
    ]);
    expect(waiting[0]).toMatchObject({
      attempts: 2,
      reason: expect.stringContaining('step 0 cannot be done') as string,
      stack: expect.any(String) as string,
    });
    const again = await world.drive(process.system.operators.retry('jobs-a', undefined, by));
    expect(again).toMatchObject({ left: 3, results: [{ kind: 'parked' }, { kind: 'parked' }, { kind: 'parked' }] });
    Jobs.broken = false;
    const released = await world.drive(process.system.operators.retry('jobs-a', undefined, by));
    expect(released).toMatchObject({ left: 0, results: [{ kind: 'applied' }, { kind: 'applied' }, { kind: 'applied' }] });
    expect(await parked(world, process)).toEqual([]);
    await process.settled();
    expect((await world.story('jobs-a')).filter((row) => !/^(parked|timer) /.test(row))).toEqual([
      'took Begun',
      'took Step',
      'took Step',
      'took Step',
      'Finished',
      'Clear',
    ]);
    expect(await world.story('warehouse-a')).toEqual(['took Clear', 'Cleared']);
    await process.stop();
    const rows = (await world.rows()).length;
    const next = await world.start({ use: [Jobs, Warehouse] });
    await next.settled();
    expect((await world.rows()).length).toBe(rows);
    await next.stop();
  });

  test('20: an order that is never complete is reminded once it is due, naming what is missing, again for each day of the downtime that follows', async () => {
    const world = await World.open(open());
    const process = await world.start({ use: [Jobs, Warehouse] });
    const from = world.clock.time();
    await world.feed(begun('a', 3), stepOf('a', 1));
    await process.settled();
    world.clock.pass(2 * DAY);
    await world.until(() => world.clock.time() > from + 2 * DAY + 60_000);
    expect(await world.story('jobs-a')).toEqual(['took Begun', 'timer Overdue', 'took Step']);
    world.clock.pass(DAY);
    await world.until(() => process.outcomes.length > 2);
    await process.settled();
    expect(await world.story('jobs-a')).toEqual(['took Begun', 'timer Overdue', 'took Step', 'took Overdue', 'Reminded', 'timer Overdue']);
    await process.stop();
    const later = await world.start({ use: [Jobs, Warehouse], skew: 3 * DAY });
    await world.until(() => later.outcomes.length > 0);
    await later.settled();
    expect((await world.story('jobs-a')).filter((row) => row === 'Reminded')).toHaveLength(4);
    await later.stop();
  });

  test('40: complete before it is due: the deadline is cancelled, and nothing fires', async () => {
    const world = await World.open(open());
    const process = await world.start({ use: [Jobs, Warehouse] });
    await world.feed(begun('a', 1), stepOf('a', 0));
    await process.settled();
    world.clock.pass(4 * DAY);
    await world.until(() => process.outcomes.length > 3);
    expect(process.kinds().filter((kind) => kind === 'late')).toHaveLength(1);
    expect(await world.story('jobs-a')).toEqual(['took Begun', 'timer Overdue', 'took Step', 'Finished', 'timer Overdue', 'Clear']);
    await world.feed(stepOf('a', 7), stepOf('a', 7), stepOf('a', 0));
    await process.settled();
    expect((await world.story('jobs-a')).slice(6)).toEqual(['took Step', 'CameLate']);
    await process.stop();
  });

  test('40: a store that is busy when the deadlines of a downtime are looked up: looked up again, none is lost', async () => {
    const world = await World.open(open());
    const first = await world.start({ use: [Jobs, Warehouse] });
    await world.feed(begun('a', 3));
    await first.settled();
    await first.stop();
    const later = await world.start({ use: [Jobs, Warehouse], skew: 3 * DAY + 60_000, readFaults: ['busy', 'ok', 'busy'] });
    await world.until(() => later.outcomes.length > 0);
    await later.settled();
    expect((await world.story('jobs-a')).filter((row) => row === 'Reminded')).toHaveLength(1);
    await later.stop();
  });

  test('9: after the saga was closed a duplicate is dropped, an unknown one is parked, never a new saga', async () => {
    const world = await World.open(open());
    const process = await world.start({ use: [Jobs, Warehouse] });
    await world.feed(begun('a', 2), stepOf('a', 0), stepOf('a', 1), ended('a'));
    await process.settled();
    const closing = (await world.store.read('jobs-a')).map(({ type }) => type);
    expect(closing).toEqual(['took:~closed']);
    await world.feed(stepOf('a', 1), begun('a', 2), stepOf('a', 5));
    await process.settled();
    expect(process.kinds().slice(-3)).toEqual(['late', 'late', 'parked']);
    await process.stop();
    const next = await world.start({ use: [Jobs, Warehouse] });
    await world.feed(stepOf('a', 0));
    await next.settled();
    expect(next.kinds()).toEqual(['late']);
    await next.stop();
  });

  test('snapshots: what is loaded from one and its tail is what the whole stream folds to', async () => {
    const world = await World.open(open());
    const process = await world.start({ use: [JobsWithSnapshots, Warehouse], limits: { hot: 1 } });
    await world.feed(begun('a', 9));
    for (let n = 0; n < 8; n++) {
      await world.feed(stepOf('a', n), stepOf('b', n));
      await process.settled();
    }
    const snapshot = await world.store.snapshot('jobs-a').load();
    expect(snapshot?.version).toBeGreaterThan(5);
    await world.feed(stepOf('a', 3), stepOf('a', 3, { more: 1 }), stepOf('a', 8));
    await process.settled();
    expect(process.kinds().slice(-4).sort()).toEqual(['applied', 'applied', 'conflict', 'duplicate']);
    await process.stop();
  });
});
