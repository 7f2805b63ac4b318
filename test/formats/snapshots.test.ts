import type { Store } from 'waybill';
import { describeFixture } from './fixture';
import { copyOf, echo } from './look';
import { booked, left, loaded, LONG, passed, sealed, trips } from './stories/trips';

/** As if no snapshot had ever been saved, and none could be saved. */
function withoutSnapshots(store: Store): Store {
  const snapshot = (stream: string) =>
    stream.includes('-') ? { load: async () => undefined, save: async () => undefined } : store.snapshot(stream);
  return Object.create(store, { snapshot: { value: snapshot } }) as Store;
}

describeFixture('trips', trips, (open) => {
  test('states are the same from their snapshots and from their rows alone', async () => {
    const opened = open();
    expect((await opened.store.snapshot('trips-kept').load())?.version).toBe(38);
    expect(await opened.states()).toEqual(opened.expected.states);
    expect(await opened.states(withoutSnapshots(opened.store))).toEqual(opened.expected.states);
  });

  describe.each([
    ['snapshots', (store: Store) => store],
    ['no snapshots', withoutSnapshots],
  ])('with %s', (_, through) => {
    test('copies of all that was fed, under new ids, come to what they came to before', async () => {
      const opened = open();
      expect(await echo(await opened.start(through(opened.store)), trips, copyOf)).toEqual(opened.expected.copies);
      await opened.atRest();
    });

    test('what has the key of something before and says something else is a conflict that names the fields', async () => {
      const opened = open();
      expect(await echo(await opened.start(through(opened.store)), trips, trips.contradiction!)).toEqual(opened.expected.contradictions);
      await opened.atRest();
    });
  });

  test('new rows follow old ones until the next snapshot and beyond', async () => {
    const opened = open();
    const run = await opened.start();
    await run.feed(...Array.from({ length: 12 }, (_, n) => loaded('plain', 20 + n, n % 2 === 0 ? LONG : undefined)));
    await run.feed(passed('plain'), left('plain'), sealed('plain', 'late'), booked('new'));
    await opened.stop();
    expect((await opened.store.snapshot('trips-plain').load())?.version).toBeGreaterThan(9);
    const again = await opened.start();
    const known = [loaded('plain', 4, LONG), loaded('plain', 21), sealed('plain', 'y'), loaded('plain', 20, 'x'), loaded('plain', 0, 'x')];
    expect(await again.ends('trips', known)).toEqual(['duplicate', 'duplicate', 'duplicate', 'conflict note', 'conflict note']);
    expect(await opened.states(withoutSnapshots(opened.store))).toEqual(await opened.states());
    await opened.atRest();
  });
});
