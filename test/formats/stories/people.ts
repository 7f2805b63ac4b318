import { Accounts, Letters, Register } from '../classes/people';
import { world } from '../classes/world';
import type { Fed } from '../kit';
import type { Story } from '../story';

/** Made by the long name in it, a content is longer than its digest. */
export const nameOf = (person: string): string =>
  `${person}, of a house with a long name, in a street with a longer one, in the town of the longest`;
export const renamed = (person: string, n: number, more: object = {}): Fed => ({
  type: 'Renamed',
  data: { person, name: `${n}th ${nameOf(person)}`, n, ...more },
});

const KEPT = ['ada', 'ada-closed'];
const FORGOTTEN = ['bob', 'bob-closed'];

/** For each person the same: of those whose keys are there, and of those who are forgotten. */
export const people: Story = {
  use: [Accounts, Letters],
  commands: { Register: [Accounts, Register] },
  async write(pen) {
    world.down.add('the post');
    world.nowhere = 'to nobody';
    await pen.run(async (run) => {
      for (const person of [...KEPT, ...FORGOTTEN]) {
        await pen.send(run, `register-${person}`, 'Register', { person, name: nameOf(person), home: { street: 'St James Square' } });
        await pen.send(run, `again-${person}`, 'Register', { person, name: 'another' });
        await run.feed(renamed(person, 1), renamed(person, 1, { name: 'another' }));
        await run.feed(renamed(person, 2, { note: 'the post' }), renamed(person, 3));
        // For this one no actor is found: it is kept as a text, which is encrypted as a whole.
        await run.feed(renamed(person, 4, { note: 'to nobody' }));
        if (!person.endsWith('closed')) continue;
        const versions = (await run.parked()).filter(({ stream }) => stream === `letters-${person}`).map(({ version }) => version);
        for (const version of versions) await run.skip(`letters-${person}`, version);
        await run.feed({ type: 'Gone', data: { person } });
      }
      for (const person of FORGOTTEN) await pen.time.until(run.app.forget(person));
    });
    world.down.clear();
    world.nowhere = '';
  },
};
