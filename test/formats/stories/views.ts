import { Board, Calls, Shots, Tally } from '../classes/readers';
import { world } from '../classes/world';
import type { Run } from '../kit';
import type { Story } from '../story';
import { arrived, booked, loaded } from './trips';

/** Rows of two projections, one of them rebuilt, and calls of two handlers, with all that can be parked of them. */
export const views: Story = {
  use: [Board, Tally, Calls, Shots],
  async write(pen) {
    world.nowhere = 'nowhere';
    ['torn', 'lost', 'out'].forEach((note) => world.down.add(note));
    await pen.feed(booked('plain'), loaded('plain', 1), loaded('plain', 2), booked('deleted'), loaded('deleted', 1), arrived('deleted'));
    await pen.run(async (run) => {
      await pen.time.until(run.app.rebuild(Tally));
      await blocked(run);
      await rowless(run);
      await uncalled(run);
    });
    world.nowhere = '';
    world.down.clear();
    world.calls.length = 0;
  },
};

/** Rows that are blocked: with a row from before, without one, tried again without success, released, with gaps. */
async function blocked(run: Run): Promise<void> {
  await run.feed(
    booked('blocked'),
    loaded('blocked', 1),
    loaded('blocked', 2, 'torn'),
    loaded('blocked', 3),
    loaded('blocked', 4),
    loaded('blocked', 5),
  );
  await run.skip('board:row-blocked', 2);
  await run.feed(loaded('blocked', 6));
  await run.feed(loaded('blank', 1, 'torn'), loaded('blank', 2));
  await run.feed(loaded('tried again', 1), loaded('tried again', 2, 'torn'), loaded('tried again', 3));
  for (const projection of ['board', 'tally~2']) await run.retry(`${projection}:row-tried again`);
  await run.feed(
    loaded('first skipped', 1),
    loaded('first skipped', 2, 'torn'),
    loaded('first skipped', 3, 'lost'),
    loaded('first skipped', 4),
  );
  await run.skip('board:row-first skipped', 0);
  await run.feed(booked('freed'), loaded('freed', 1, 'lost'), loaded('freed', 2));
  world.down.delete('lost');
  for (const projection of ['board', 'tally~2']) await run.retry(`${projection}:row-freed`);
  world.down.add('lost');
}

/** Events without a row: one is left, one is skipped, one is folded later, one fails again. */
async function rowless(run: Run): Promise<void> {
  const ids = await run.feed(loaded('nowhere', 1), loaded('nowhere', 2), loaded('nowhere', 3), loaded('nowhere', 4));
  const streams = (await run.parked()).filter(({ id, consumer }) => ids.includes(id) && consumer === 'board').map(({ stream }) => stream);
  const [, skipped = '', folded = '', again = ''] = streams;
  await run.skip(skipped, 0);
  await run.retry(again);
  world.nowhere = '';
  await run.retry(folded);
  world.nowhere = 'nowhere';
}

/** Calls that failed, and rows that say that one was begun: one is left, one fails again, one works later, one is skipped. */
async function uncalled(run: Run): Promise<void> {
  const trips = ['not called', 'failed again', 'called later', 'skipped'];
  await run.feed(...trips.map((trip) => booked(trip, { note: 'out' })));
  for (const consumer of ['calls', 'shots']) {
    const [, again = '', later = '', skipped = ''] = (await run.parked())
      .filter((one) => one.consumer === consumer)
      .map(({ stream }) => stream);
    await run.retry(again, 0);
    await run.skip(skipped, 0);
    world.down.delete('out');
    await run.retry(later, 0);
    world.down.add('out');
  }
}
