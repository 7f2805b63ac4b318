import { Ask, Tidy } from '../classes/messages';
import { Desks, Trips } from '../classes/trips';
import { world } from '../classes/world';
import type { Fed, Run } from '../kit';
import type { Pen, Story } from '../story';

const event =
  (type: string, v?: number) =>
  (trip: string, more: object = {}): Fed => ({ type, data: { trip, ...more }, ...(v === undefined ? {} : { v }) });
export const booked = event('Booked');
export const left = event('Left');
export const arrived = event('Arrived');
export const passed = event('Passed');
export const loaded = (trip: string, n: number, note?: string, weight = 2): Fed =>
  event('Loaded', 2)(trip, { n, weight, ...(note === undefined ? {} : { note }) });
/** Under the name and in the shape that it had before. */
export const parcelLoaded = (trip: string, n: number): Fed => event('ParcelLoaded')(trip, { n, weight: 2 });
export const sealed = (trip: string, code: string, note?: string): Fed => event('Sealed')(trip, { gate: 1, code, ...(note && { note }) });
export const weighed = (trip: string, at: number, grams: number): Fed => event('Weighed')(trip, { at, grams });

/** A content with it is longer than its digest. */
export const LONG = 'a note of some length, '.repeat(6);

/** Parked messages of each kind, and what operators have said of them; closed actors; snapshots; commands. */
export const trips: Story = {
  use: [Trips, Desks],
  commands: { Ask: [Desks, Ask], Tidy: [Desks, Tidy] },
  contradiction: (message) => ({
    ...message,
    data: { ...message.data, ...(message.type === 'Weighed' ? { grams: 77 } : { note: 'another' }) },
  }),
  async write(pen) {
    await pen.feed(booked('plain'), loaded('plain', 0), loaded('plain', 4, LONG), parcelLoaded('plain', 1), sealed('plain', 'x', LONG));
    await pen.feed(weighed('plain', -1.5, 70), weighed('plain', 2, -9), passed('plain'), sealed('plain', 'y'));
    await pen.feed(booked('keyed'), loaded('keyed', 0), loaded('keyed', 4, LONG), parcelLoaded('keyed', 1), sealed('keyed', 'y', LONG));
    await pen.feed(weighed('keyed', -1.5, 70), weighed('keyed', 7, -9));
    world.nowhere = 'nowhere';
    ['motor', 'radio', 'brake'].forEach((note) => world.down.add(note));
    await pen.run(async (run) => {
      await parked(run);
      await released(run);
      await closed(run);
      await kept(run);
      await asked(pen, run);
    });
    world.nowhere = '';
    world.down.clear();
  },
};

/** One trip for each kind of parked message. */
async function parked(run: Run): Promise<void> {
  await run.feed(booked('late'), loaded('late', 0), left('late'), loaded('late', 1, LONG), sealed('late', 'z'));
  await run.feed(loaded('conflict', 1), loaded('conflict', 1, 'other'), loaded('conflict', 2, LONG), loaded('conflict', 2, `${LONG}!`));
  await run.feed(loaded('conflict', 5_000), sealed('conflict', 'x'), sealed('conflict', 'x', 'other'));
  await run.feed(booked('failed'), loaded('failed', 1, 'motor'), loaded('failed', 2), passed('failed'), loaded('failed', 3, LONG));
  await run.feed({ ...booked('unbooked', { note: 'motor' }), ago: 30 * 60_000 });
  await run.feed(booked('retried'), loaded('retried', 1, 'motor'), loaded('retried', 2));
  await run.retry('trips-retried', 2);
  await run.retry('trips-retried');
  await run.feed(booked('invalid'), sealed('invalid', 'far too long'), loaded('invalid', 0));
  await run.feed(loaded('nowhere', 1), passed('nowhere'), { type: 'Sealed', data: { code: 'of no trip' } });
}

/** What operators have ended. */
async function released(run: Run): Promise<void> {
  await run.feed(booked('skipped'), loaded('skipped', 1, 'motor'), loaded('skipped', 2, LONG), loaded('skipped', 3));
  await run.skip('trips-skipped', 2);
  await run.skip('trips-skipped', 3);
  await run.retry('trips-skipped');
  await run.feed(booked('released'), loaded('released', 1, 'radio'), passed('released'), sealed('released', 'x', LONG));
  await run.feed(loaded('released', 2), loaded('released', 2, 'conflict'));
  world.down.delete('radio');
  await run.retry('trips-released');
  const [keyless] = (await run.parked()).filter(({ stream, type }) => stream === 'trips:parked' && type === 'Passed');
  world.nowhere = '';
  await run.retry('trips:parked', keyless?.version);
  await run.feed(...Array.from({ length: 10 }, (_, n) => loaded('nowhere', 10 + n)));
  world.nowhere = 'nowhere';
}

/** Closed with nothing left of their rows, with messages that are still parked, with one that was skipped and never taken in. */
async function closed(run: Run): Promise<void> {
  const trips = ['done', 'done, two parked', 'done, one skipped'];
  await run.feed(...trips.flatMap((trip) => [booked(trip), sealed(trip, 'x'), weighed(trip, -1, 5)]));
  await run.feed(...[0, 1, 2, 5, 7].map((n) => loaded('done', n, n === 5 ? LONG : undefined)), arrived('done'));
  await twoParked(run, 'done, two parked', passed('done, two parked'));
  await run.feed(loaded('done, one skipped', 3, 'motor'));
  await run.skip('trips-done, one skipped', 4);
  await run.feed(arrived('done, one skipped'));
  await run.feed(loaded('done', 9), passed('done, one skipped'));
  // Its first message was parked without an actor, and released into it.
  world.nowhere = 'done, released';
  await run.feed(passed('done, released'));
  world.nowhere = '';
  const keyless = (await run.parked()).filter(({ stream }) => stream === 'trips:parked').at(-1);
  await run.retry('trips:parked', keyless?.version);
  await twoParked(run, 'done, released');
  world.nowhere = 'nowhere';
}

async function twoParked(run: Run, trip: string, ...more: readonly Fed[]): Promise<void> {
  await run.feed(loaded(trip, 0), loaded(trip, 0, 'other'), left(trip), loaded(trip, 4, LONG), ...more, arrived(trip));
}

/** More rows than a snapshot waits for, in no order, with one of everything that a snapshot keeps; then some more. */
async function kept(run: Run): Promise<void> {
  const order = Array.from({ length: 24 }, (_, i) => (i * 7) % 29);
  await run.feed(booked('kept'), ...order.map((n) => loaded('kept', n, n % 5 === 0 ? LONG : undefined)), sealed('kept', 'x', LONG));
  await run.feed(loaded('kept', 100, 'brake'), loaded('kept', 101), loaded('kept', 102, LONG));
  await run.skip('trips-kept', 27);
  await run.skip('trips-kept', 28);
  await run.retry('trips-kept');
  await run.feed(loaded('kept', 0, 'other'), weighed('kept', 0.5, 3), passed('kept'), loaded('kept', 103, 'motor'), loaded('kept', 104));
  for (let n = 0; n < 3; n++) await run.feed(passed('kept'));
}

async function asked(pen: Pen, run: Run): Promise<void> {
  const desk = 'east';
  await pen.send(run, 'ask-1', 'Ask', { desk, text: 'when' });
  await pen.send(run, 'ask-2', 'Ask', { desk, text: LONG, times: 3 });
  await pen.send(run, 'ask-3', 'Ask', { desk, text: 'no' });
  await pen.send(run, 'ask-4', 'Ask', { desk, text: 'again' });
  await pen.send(run, 'ask-5', 'Ask', { desk, text: 'nothing', times: 0 });
  await pen.send(run, 'ask-6', 'Ask', { desk, text: 'where' });
  await pen.send(run, 'ask-7', 'Tidy', { desk, trip: 'plain' });
}
