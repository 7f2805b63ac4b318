import { Alarms } from '../classes/alarms';
import { world } from '../classes/world';
import type { Fed } from '../kit';
import type { Story } from '../story';

export const wound = (of: string, at: string, minutes: number, more: object = {}): Fed => ({
  type: 'Wound',
  data: { of, at, minutes, ...more },
});
export const unwound = (of: string, at: string): Fed => ({ type: 'Unwound', data: { of, at } });

/** Deadlines in every state that they can be in. All are kept in buckets. The file ends some six minutes after its begin. */
export const alarms: Story = {
  use: [Alarms],
  async write(pen) {
    await pen.feed(wound('far', 'a', 3 * 24 * 60), wound('far', 'b', 5 * 24 * 60, { note: 'second key' }));
    await pen.feed(wound('soon', 'a', 10), wound('rang', 'a', 1, { note: 'once' }), wound('chain', 'a', 2, { note: 'x', again: 30 }));
    await pen.feed(wound('anew', 'a', 20, { note: 'first' }), wound('taken back', 'a', 20), wound('off', 'a', 20));
    await pen.feed(wound('stuck', 'a', 3, { note: 'the bell' }), wound('stuck twice', 'a', 3, { note: 'the bell' }));
    // Far enough in the past to be due at once.
    await pen.feed({ ...wound('overdue', 'a', 30, { note: 'at once' }), ago: 3_600_000 });
    await pen.run(async (app) => {
      await app.feed(wound('anew', 'a', 40, { note: 'second' }), unwound('taken back', 'a'));
      await app.feed({ type: 'SwitchedOff', data: { of: 'off' } });
      world.down.add('the bell');
      await pen.time.pass(5 * 60_000);
      await app.settled();
      // It fails again: a note, and it stays parked.
      await app.retry('alarms-stuck twice', 2);
      await app.feed(unwound('stuck twice', 'b'));
    });
    world.down.clear();
  },
};
