import { ERASED } from 'waybill';
import { world } from './classes/world';
import { describeFixture, opensAsItWas } from './fixture';
import type { Opened } from './fixture';
import { clear } from './inside';
import { rowsOf } from './kit';
import type { Fed } from './kit';
import { nameOf, people, renamed } from './stories/people';

const HOUR = 3_600_000;

/** Names in the letters that this build has written, as they can be read. */
async function letters({ store, time, expected }: Opened): Promise<string[]> {
  const rows = (await rowsOf(clear(store, time))).filter(({ type, position }) => type === 'Letter' && position > expected.head);
  return rows.map(({ data }) => (JSON.parse(data) as { name: string }).name).sort();
}

const gone = (person: string): Fed => ({ type: 'Gone', data: { person } });

describeFixture('people', people, (open) => {
  describe('as the world was', () => {
    opensAsItWas(() => {
      world.down.add('the post');
      world.nowhere = 'to nobody';
      return open();
    });
  });

  test('the names of people who are there can be read in every row, those of people who were forgotten in none', async () => {
    const { store, time } = open();
    const texts: Record<string, Set<string>> = {};
    for (const { data, erased } of await rowsOf(clear(store, time))) {
      const person = /(ada|bob)(-closed)?/.exec(data)?.[1] ?? 'nobody';
      const readable = data.includes('of a house') || data.includes('another');
      (texts[person] ??= new Set()).add(`${erased ? 'erased' : 'whole'}, ${readable ? 'readable' : 'without a name'}`);
    }
    expect(Object.fromEntries(Object.entries(texts).map(([person, said]) => [person, [...said].sort()]))).toEqual({
      ada: ['whole, readable', 'whole, without a name'],
      bob: ['erased, without a name', 'whole, without a name'],
      nobody: ['erased, without a name', 'whole, without a name'],
    });
    expect((await rowsOf(store)).filter(({ data }) => data.includes('of a house'))).toEqual([]);
  });

  test('a deadline writes the name that it holds, or that it was erased; that of a closed actor writes none', async () => {
    const opened = open();
    const run = await opened.start();
    // While a failed message is parked, a deadline waits in line.
    for (const person of ['ada', 'bob']) await run.retry(`letters-${person}`);
    await opened.stop();
    opened.time.skip(2 * HOUR);
    await opened.start();
    expect(await letters(opened)).toEqual([ERASED, nameOf('ada')]);
    await opened.atRest();
  });

  test('copies of what can be read are duplicates, what differs is a conflict; what was erased is compared with nothing', async () => {
    const opened = open();
    const run = await opened.start();
    const ada = [renamed('ada', 1), renamed('ada', 1, { name: 'Ada' }), renamed('ada', 2, { note: 'the post' }), renamed('ada', 3)];
    expect(await run.ends('letters', ada)).toEqual(['duplicate', 'conflict name', 'duplicate', 'duplicate']);
    const bob = [renamed('bob', 1), renamed('bob', 1, { name: 'Bob' }), renamed('bob', 2, { name: 'Bob' }), renamed('bob', 9)];
    expect(await run.ends('letters', bob)).toEqual(['duplicate', 'duplicate', 'duplicate', 'parked']);
    await opened.atRest();
  });

  test('a closed actor knows the keys of what it took in and of what was skipped, also of somebody who was forgotten', async () => {
    const opened = open();
    const run = await opened.start();
    for (const person of ['ada-closed', 'bob-closed']) {
      const known = [renamed(person, 1), renamed(person, 1, { name: 'X' }), renamed(person, 3), renamed(person, 3, { name: 'X' })];
      expect(await run.ends('letters', known)).toEqual(['late', 'late', 'duplicate', 'duplicate']);
      expect(await run.ends('letters', [gone(person), renamed(person, 9)])).toEqual(['late', 'parked']);
    }
    await opened.atRest();
  });

  test('what is parked is tried again with the name, or without it where that was erased', async () => {
    const opened = open();
    const run = await opened.start();
    const name = async (person: string) => ((await opened.states())[`letters-${person}`] as { name: string }).name;
    for (const person of ['ada', 'bob']) expect(await run.retry(`letters-${person}`)).toEqual({ kinds: ['applied', 'applied'], left: 1 });
    expect([await name('ada'), await name('bob')]).toEqual([`3th ${nameOf('ada')}`, ERASED]);
    // What stood there as a text has an actor now.
    expect((await run.parked()).filter(({ stream }) => stream === 'letters:parked').map(({ version }) => version)).toEqual([0, 1, 2, 3]);
    expect(await run.retry('letters:parked', 0)).toMatchObject({ kinds: ['applied'] });
    expect(await run.retry('letters:parked', 2)).toMatchObject({ kinds: ['applied'] });
    expect([await name('ada'), await name('bob')]).toEqual([`4th ${nameOf('ada')}`, ERASED]);
    await opened.atRest();
  });

  test('somebody is forgotten by this build, and with them what an older one wrote', async () => {
    const opened = open();
    const run = await opened.start();
    for (const person of ['ada', 'bob']) await run.retry(`letters-${person}`);
    await run.feed(renamed('ada', 5));
    await opened.time.until(run.app.forget('ada'));
    opened.time.skip(2 * HOUR);
    await opened.stop();
    await opened.start();
    expect(await letters(opened)).toEqual([ERASED, ERASED]);
    await opened.atRest();
  });
});
