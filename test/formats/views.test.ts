import { Board, Tally } from './classes/readers';
import { world } from './classes/world';
import { describeFixture, inTime, opensAsItWas } from './fixture';
import type { Opened } from './fixture';
import type { Run } from './kit';
import { arrived, booked, loaded } from './stories/trips';
import { views } from './stories/views';

/** The row of a trip in both projections. */
async function rowsOf(run: Run, trip: string): Promise<unknown[]> {
  return [await run.app.view(Board).get(trip), await run.app.view(Tally).get(trip)];
}
const both = (row: unknown): unknown[] => [row, row];

/** With the world as it was when the file was written, or as it should be. */
async function started(opened: Opened, ...down: string[]): Promise<Run> {
  for (const note of down) world.down.add(note);
  if (down.length > 0) world.nowhere = 'nowhere';
  return opened.start();
}

describeFixture('views', views, (open) => {
  describe('as the world was', () => {
    opensAsItWas(() => {
      ['torn', 'lost', 'out'].forEach((note) => world.down.add(note));
      world.nowhere = 'nowhere';
      return open();
    });
  });

  test('a blocked row is read as it was before the event that blocks it, and what comes is parked after the others', async () => {
    const opened = open();
    const run = await started(opened, 'torn', 'lost');
    expect(await rowsOf(run, 'blocked')).toEqual(both({ booked: '', loaded: [1] }));
    expect(await rowsOf(run, 'blank')).toEqual(both(undefined));
    await run.feed(loaded('blocked', 7), loaded('blank', 3), loaded('tried again', 4), loaded('first skipped', 5));
    expect(inTime(run)).toEqual(Array.from({ length: 8 }, (_, i) => `${i < 4 ? 'board' : 'tally'} Loaded parked`));
    expect(await rowsOf(run, 'blocked')).toEqual(both({ booked: '', loaded: [1] }));
    expect((await run.parked()).filter(({ stream }) => stream === 'board:row-blocked').map(({ version }) => version)).toEqual([
      0, 1, 3, 5, 6,
    ]);
    await opened.atRest();
  });

  test('a blocked row takes in all that is parked for it, but for what was skipped, and then goes on', async () => {
    const opened = open();
    const run = await started(opened);
    const endings = async (row: string) => [await run.retry(`board:row-${row}`), await run.retry(`tally~2:row-${row}`)];
    const applied = (count: number) => ({ kinds: Array.from({ length: count }, () => 'applied'), left: 0 });
    expect(await endings('blocked')).toEqual([applied(4), applied(5)]);
    expect(await endings('blank')).toEqual([applied(2), applied(2)]);
    expect(await endings('tried again')).toEqual([applied(2), applied(2)]);
    expect(await endings('first skipped')).toEqual([applied(2), applied(3)]);
    await run.feed(loaded('blocked', 7), booked('blank', { note: 'x' }));
    expect(await rowsOf(run, 'blocked')).toEqual([
      { booked: '', loaded: [1, 2, 3, 5, 6, 7] },
      { booked: '', loaded: [1, 2, 3, 4, 5, 6, 7] },
    ]);
    expect(await rowsOf(run, 'blank')).toEqual(both({ booked: 'x', loaded: [1, 2] }));
    expect(await rowsOf(run, 'tried again')).toEqual(both({ loaded: [1, 2, 3] }));
    expect(await rowsOf(run, 'first skipped')).toEqual([{ loaded: [1, 3, 4] }, { loaded: [1, 2, 3, 4] }]);
    await opened.atRest();
  });

  test('a blocked row takes in some and is blocked by the next; one of the events is skipped', async () => {
    const opened = open();
    const run = await started(opened, 'lost');
    expect(await run.retry('tally~2:row-first skipped')).toEqual({ kinds: ['applied', 'parked'], left: 2 });
    expect(await run.retry('board:row-blocked', 0)).toEqual({ kinds: ['applied'], left: 3 });
    expect(await run.skip('board:row-blocked', 3)).toBe('discarded');
    expect(await rowsOf(run, 'first skipped')).toEqual([{ loaded: [1] }, { loaded: [1, 2] }]);
    await opened.stop();
    const again = await started(opened);
    expect(await again.retry('board:row-blocked')).toEqual({ kinds: ['applied', 'applied'], left: 0 });
    expect(await again.app.view(Board).get('blocked')).toEqual({ booked: '', loaded: [1, 2, 3, 6] });
    await opened.atRest();
  });

  test('a deleted row is not there, and is begun anew by the next event', async () => {
    const opened = open();
    const run = await started(opened, 'torn', 'lost');
    expect(await rowsOf(run, 'deleted')).toEqual(both(undefined));
    await run.feed(loaded('deleted', 9), arrived('plain'));
    expect(await rowsOf(run, 'deleted')).toEqual(both({ loaded: [9] }));
    expect(await rowsOf(run, 'plain')).toEqual(both(undefined));
    await opened.atRest();
  });

  test('an event without a row is folded once its row is found and nothing after it is in there, or is skipped', async () => {
    const opened = open();
    const run = await started(opened);
    const streams = (await run.parked())
      .filter(({ stream }) => /:parked-/.test(stream))
      .map(({ stream, version }) => `${stream} ${version}`);
    expect(streams).toEqual([
      ...['board:parked-66 0', 'board:parked-69 0'],
      ...['tally~2:parked-66 0', 'tally~2:parked-67 0', 'tally~2:parked-68 0', 'tally~2:parked-69 0'],
      ...['calls:parked-81 0', 'calls:parked-82 0', 'shots:parked-81 0', 'shots:parked-82 0'],
    ]);
    expect(await run.retry('board:parked-66')).toEqual({ kinds: ['parked'], left: 1 });
    expect(await run.retry('board:parked-69')).toEqual({ kinds: ['applied'], left: 0 });
    expect(await run.retry('tally~2:parked-66')).toEqual({ kinds: ['applied'], left: 0 });
    expect(await run.skip('tally~2:parked-67', 0)).toBe('discarded');
    expect(await rowsOf(run, 'nowhere')).toEqual([{ loaded: [3, 4] }, { loaded: [1] }]);
    await opened.atRest();
  });

  test('a rebuilt projection is read from its generation; the next one gets another number, and nothing of before is left', async () => {
    const opened = open();
    const run = await started(opened);
    expect(run.app.progress().map(({ consumer }) => consumer)).toContain('tally');
    await opened.time.until(run.app.rebuild(Tally));
    await opened.time.until(run.app.rebuild(Board));
    expect(await run.app.view(Tally).all()).toEqual(await run.app.view(Board).all());
    expect((await run.parked()).filter(({ consumer }) => consumer === 'board' || consumer === 'tally')).toEqual([]);
    expect(await rowsOf(run, 'blocked')).toEqual(both({ booked: '', loaded: [1, 2, 3, 4, 5, 6] }));
    world.down.add('torn');
    await run.feed(loaded('plain', 3, 'torn'));
    expect((await run.parked()).slice(0, 2).map(({ stream }) => stream)).toEqual(['board~2:row-plain', 'tally~3:row-plain']);
    await opened.atRest();
  });

  test('calls that failed are made once more, each once, or skipped; what was called at most once is not called again', async () => {
    const opened = open();
    const run = await started(opened);
    expect(await run.retry('calls:parked-81', 0)).toEqual({ kinds: ['applied'], left: 0 });
    expect(await run.retry('shots:parked-82', 0)).toEqual({ kinds: ['applied'], left: 0 });
    expect(await run.skip('calls:parked-82', 0)).toBe('discarded');
    expect(world.calls).toEqual(['call not called views-0081', 'shot failed again views-0082']);
    await expect(run.retry('calls:parked-83', 0)).rejects.toMatchObject({ code: 'NOT_PARKED' });
    await opened.stop();
    world.calls.length = 0;
    await opened.store.checkpoint('shots').rewind(0);
    const again = await opened.start();
    expect(world.calls).toEqual([]);
    expect(inTime(again)).toEqual(Array.from({ length: 8 }, () => 'shots Booked duplicate'));
    await opened.atRest();
  });
});
