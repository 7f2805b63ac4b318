import { NewSums, OldSums, OldSumsThatPark, paid, refunded, taken, TornSums } from './schema-actors';
import { forEachStore } from './stores';
import { World } from './world';

const totals = (rows: readonly { type: string; data: object }[]) =>
  rows.filter(({ type }) => type === 'Summed').map(({ data }) => (data as { total: number }).total);

forEachStore('messages that change their shape', (open) => {
  test('4: a renamed and longer event is the same one: an equal copy under the old name is a duplicate, another content a conflict', async () => {
    const world = await World.open(open());
    await world.feed(paid('a', 1));
    const old = await world.start({ use: [OldSums] });
    await old.settled();
    await old.stop();
    const process = await world.start({ use: [NewSums] });
    await world.feed(taken('a', 1), paid('a', 1), taken('a', 2), paid('a', 2), taken('a', 1, 5), paid('a', 3), refunded('a', 4));
    await process.settled();
    expect(process.kinds().sort()).toEqual([
      'applied',
      'applied',
      'applied',
      'conflict',
      'duplicate',
      'duplicate',
      'duplicate',
      'duplicate',
    ]);
    expect(totals(await world.stream('sums-a'))).toEqual([1, 3, 6, 2]);
    await process.stop();
    const again = await world.start({ use: [NewSums], limits: { hot: 1 } });
    await world.feed(paid('a', 1), paid('a', 3), taken('a', 3));
    await again.settled();
    expect(again.kinds()).toEqual(['duplicate', 'duplicate', 'duplicate']);
    await again.stop();
  });

  test('a rolling upgrade, old and new side by side, and a rollback: old code stops at what it does not know and names it; new code loses nothing', async () => {
    const world = await World.open(open());
    const old = await world.start({ use: [OldSums] });
    await world.feed(paid('a', 1), paid('b', 1));
    await old.settled();
    const fresh = await world.start({ use: [NewSums] });
    await world.feed(refunded('a', 1), paid('b', 2));
    await fresh.settled();
    await world.feed(paid('a', 3));
    await world.until(() => old.failure !== undefined);
    expect(String(old.failure)).toMatch(
      /LOG_UNKNOWN_TYPE: "sums" took in a (Refunded|PaymentTaken) that this code does not know \(sums-[ab] version \d+, position \d+\)/,
    );
    await fresh.settled();
    await fresh.stop();
    const back = await world.start({ use: [OldSums] });
    await world.until(() => back.failure !== undefined);
    const again = await world.start({ use: [NewSums] });
    await again.settled();
    expect(totals(await world.stream('sums-a'))).toEqual([1, 0, 3]);
    expect(totals(await world.stream('sums-b'))).toEqual([1, 3]);
    await again.stop();
  });

  test('25: a newer schema version stops the consumer, or is parked where the class says so: never passed over', async () => {
    const world = await World.open(open());
    await world.feed(paid('a', 1), { type: 'Paid', data: { of: 'a', n: 2 }, v: 3 }, paid('a', 4));
    const stops = await world.start({ use: [OldSums] });
    await world.until(() => stops.failure !== undefined);
    expect(String(stops.failure)).toMatch(/^WaybillError: LOG_NEWER_VERSION: position \d+: Paid version 3 is newer/);
    const parks = await world.start({ use: [OldSumsThatPark] });
    await parks.settled();
    expect(parks.kinds()).toContain('parked');
    expect(totals(await world.stream('sums-a'))).toEqual([1, 5]);
    const [park] = await world.stream('sums:parked');
    expect(park).toMatchObject({ kind: 'parked', type: 'Paid' });
    await parks.stop();
  });

  test('25: a type that this code took in once and knows no more parks the messages of that actor where the class says so; a fix lets them go on', async () => {
    const world = await World.open(open());
    const fresh = await world.start({ use: [NewSums] });
    await world.feed(refunded('a', 1));
    await fresh.settled();
    await fresh.stop();
    const parks = await world.start({ use: [OldSumsThatPark] });
    await world.feed(paid('a', 1), paid('b', 2));
    await parks.settled();
    expect(totals(await world.stream('sums-b'))).toEqual([2]);
    expect((await world.stream('sums-a')).map(({ kind }) => kind)).toEqual(['took', 'emitted', 'parked']);
    await parks.stop();
    const fixed = await world.start({ use: [NewSums] });
    await world.drive(fixed.system.operators.retry('sums-a', undefined, { by: 'ada', why: 'the newer code is back' }));
    expect(totals(await world.stream('sums-a'))).toEqual([-1, 0]);
    await fixed.stop();
  });

  test('25: an upcaster that throws parks the message with its error; others go on', async () => {
    const world = await World.open(open());
    const process = await world.start({ use: [TornSums] });
    await world.feed(paid('a', 1), { type: 'Paid', data: { of: 'b', n: 2 }, v: 2 });
    await process.settled();
    expect(process.outcomes.map(({ kind, reason }) => [kind, reason]).sort()).toEqual([
      ['applied', undefined],
      ['parked', expect.stringContaining('nobody thought of this')],
    ]);
    await process.stop();
  });
});
