import { world } from './classes/world';
import { describeFixture, opensAsItWas } from './fixture';
import { arrived, loaded, LONG, sealed, trips, weighed } from './stories/trips';

const MINUTE = 60_000;

describeFixture('trips', trips, (open) => {
  opensAsItWas(open);

  test('all that blocks an actor is taken in, in order, once its method works; what was parked alone stays as it is', async () => {
    const opened = open();
    const run = await opened.start();
    expect(await run.retry('trips-failed')).toEqual({ kinds: ['applied', 'applied', 'applied', 'applied'], left: 0 });
    expect(await run.retry('trips-retried')).toEqual({ kinds: ['applied', 'applied'], left: 0 });
    expect(await run.retry('trips-kept')).toEqual({ kinds: Array.from({ length: 5 }, () => 'applied'), left: 1 });
    expect(await run.retry('trips-conflict')).toEqual({ kinds: [], left: 4 });
    expect(await opened.states()).toMatchObject({
      'trips-failed': { loaded: [[1, 3]], passed: 1 },
      'trips-retried': { loaded: [[1, 2]] },
      'trips-kept': {
        loaded: [
          [0, 0],
          [2, 7],
          [9, 14],
          [16, 21],
          [24, 28],
          [102, 104],
        ],
        passed: 4,
      },
    });
    const copies = [loaded('failed', 1, 'motor'), loaded('retried', 2), loaded('kept', 103, 'motor')];
    expect(await run.ends('trips', copies)).toEqual(['duplicate', 'duplicate', 'duplicate']);
    await opened.atRest();
  });

  test('each kind of parked message can be tried again, and comes to what it must', async () => {
    const opened = open();
    const run = await opened.start();
    world.strict = false;
    const kinds: Record<string, string[]> = {};
    for (const { stream, version, park } of await run.parked()) {
      if (park === 'failed' || park === 'behind') continue;
      kinds[`${stream} ${version} ${park}`] = (await run.retry(stream, version)).kinds;
    }
    expect(kinds).toEqual({
      'trips-late 5 late': ['parked'],
      'trips-conflict 1 conflict': ['parked'],
      'trips-conflict 3 conflict': ['parked'],
      'trips-conflict 4 conflict': ['conflict'],
      'trips-conflict 6 conflict': ['parked'],
      'trips-invalid 2 invalid': ['applied'],
      'trips:parked 0 invalid': ['applied'],
      'trips:parked 2 invalid': ['parked'],
      'trips-released 11 conflict': ['parked'],
      'trips-done, two parked 5 conflict': ['late'],
      'trips-done, two parked 8 late': ['parked'],
      'trips-done, released 2 conflict': ['late'],
      'trips-done, released 4 late': ['parked'],
      'trips-done 13 late': ['parked'],
      'trips-done, one skipped 10 late': ['parked'],
      'trips-kept 33 conflict': ['parked'],
    });
    await opened.atRest();
  });

  test('whatever is parked can be skipped, is parked no more, and its copies change nothing', async () => {
    const opened = open();
    const run = await opened.start();
    const isOpen = ({ stream }: { stream: string }) => !['trips-done, two parked', 'trips-done, released'].includes(stream);
    const parked = (await run.parked()).filter(isOpen);
    for (const { stream, version } of parked) expect(await run.skip(stream, version)).toBe('discarded');
    expect((await run.parked()).filter(isOpen)).toEqual([]);
    const copies = [loaded('failed', 1, 'motor'), loaded('conflict', 5_000), loaded('kept', 104), loaded('late', 1, LONG)];
    expect(await run.ends('trips', copies)).toEqual(['duplicate', 'duplicate', 'duplicate', 'duplicate']);
    expect(await opened.states()).toEqual(opened.expected.states);
    await opened.atRest();
  });

  test('a closed actor stays closed: what it knows comes late, anything else is parked', async () => {
    const opened = open();
    const run = await opened.start();
    const done = [loaded('done', 7, 'other'), loaded('done', 3), sealed('done', 'y'), weighed('done', -1, 6), arrived('done')];
    expect(await run.ends('trips', done)).toEqual(['late', 'parked', 'parked', 'late', 'late']);
    const aside = [loaded('done, two parked', 4, LONG), loaded('done, one skipped', 3, 'motor'), loaded('done, one skipped', 3)];
    expect(await run.ends('trips', aside)).toEqual(['duplicate', 'duplicate', 'parked']);
    expect(await opened.emitted('TripDone')).toEqual([]);
    await opened.atRest();
  });

  test('an actor with old rows is closed by this build, and remembers them', async () => {
    const opened = open();
    const run = await opened.start();
    await run.feed(arrived('keyed'), arrived('skipped'));
    const keyed = [loaded('keyed', 4, LONG), loaded('keyed', 1, 'other'), sealed('keyed', 'y'), weighed('keyed', -1.5, 70)];
    expect(await run.ends('trips', [...keyed, loaded('keyed', 3)])).toEqual(['late', 'late', 'late', 'late', 'parked']);
    const skipped = [loaded('skipped', 1, 'motor'), loaded('skipped', 2, LONG), loaded('skipped', 3), loaded('skipped', 7)];
    expect(await run.ends('trips', skipped)).toEqual(['duplicate', 'duplicate', 'late', 'parked']);
    expect(await opened.emitted('TripDone')).toEqual([
      { loaded: 1, trip: 'skipped' },
      { loaded: 3, trip: 'keyed' },
    ]);
    expect(await opened.emitted('Tidied')).toHaveLength(2);
    await opened.atRest();
  });

  test('a deadline that a parked message sets is counted from the time of the message, however late it is tried again', async () => {
    const opened = open();
    const run = await opened.start();
    await opened.time.pass(60 * MINUTE);
    expect(await run.retry('trips-unbooked')).toEqual({ kinds: ['applied'], left: 0 });
    await opened.time.pass(28 * MINUTE);
    await run.settled();
    expect(await opened.emitted('TripOverdue')).toEqual([]);
    await opened.time.pass(4 * MINUTE);
    await run.settled();
    expect(await opened.emitted('TripOverdue')).toContainEqual({ trip: 'unbooked', loaded: 0 });
    await opened.atRest();
  });

  test('deadlines of trips that are open fire once, after a day without a process; of those that left or are done none does', async () => {
    const opened = open();
    opened.time.skip(24 * 60 * MINUTE);
    const run = await opened.start();
    const all = (await opened.emitted('TripOverdue')) as { trip: string }[];
    expect(all.map(({ trip }) => trip).sort()).toEqual(['invalid', 'keyed', 'plain', 'released', 'skipped']);
    // Those of blocked actors wait in their line.
    expect((await run.parked()).filter(({ type }) => type === 'Overdue').map(({ stream, park }) => `${stream} ${park}`)).toEqual([
      'trips-failed behind',
      'trips-retried behind',
      'trips-kept behind',
    ]);
    await opened.atRest();
  });

  test('commands out of the log and of callers have one answer each, by their ids', async () => {
    const opened = open();
    const run = await opened.start();
    const desk = 'east';
    const send = (id: string, text: string) => run.send(trips.commands!, { id, type: 'Ask', data: { desk, text } });
    expect(await send('ask-1', 'why')).toEqual({ code: 'COMMAND_CONFLICT' });
    expect(await send('ask-2', LONG)).toEqual({ code: 'COMMAND_CONFLICT' });
    const answer = { stream: 'desks-east', version: 14, events: [{ type: 'Answered', desk, text: 'why', nth: 5 }] };
    for (const _ of [1, 2]) expect(await send('new-1', 'why')).toEqual(answer);
    await opened.stop();
    const again = await opened.start();
    expect(await again.send(trips.commands!, { id: 'new-1', type: 'Ask', data: { desk, text: 'why' } })).toEqual(answer);
    await opened.atRest();
  });
});
