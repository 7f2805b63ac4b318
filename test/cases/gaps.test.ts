import { I } from './messages';
import { withGaps } from './stores';
import { by, Lenient, parkedIn, retry, tallies, Tally } from './tallies';
import { World } from './world';

test('what was parked as invalid or without a key is read again and released where the server refuses a position between two rows', async () => {
  const log = withGaps();
  const world = await World.open(log);
  await world.feed(I('a', 0), I('a', 'one'), I('a', 2), I('no key', 7), I('b', 0));
  const process = await world.start({ use: [Tally] });
  await process.settled();
  const alone = (await parkedIn(world, process)).find(({ park }) => park === 'invalid');
  await process.stop();
  const learned = await world.start({ use: [Lenient] });
  await learned.settled();
  expect(await retry(world, learned, 'a')).toMatchObject({ left: 0 });
  const late = await world.drive(learned.system.operators.retry(alone?.stream as string, undefined, by));
  expect(late).toEqual({ left: 0, results: [{ kind: 'applied' }] });
  expect(await tallies(world)).toEqual({ a: [0, 'one', 2], b: [0], 'no key': [7] });
  await learned.stop();
  await log.close();
});
