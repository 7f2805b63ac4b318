import { NewSums, OldSums, paid, refunded, taken, TornSums } from './schema-actors';
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
