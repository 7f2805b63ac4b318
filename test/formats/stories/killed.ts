import { Alarms } from '../classes/alarms';
import { Trips } from '../classes/trips';
import { world } from '../classes/world';
import type { Story } from '../story';
import { wound } from './alarms';
import { booked, passed } from './trips';

/** How often a message must have killed its process before it is parked. */
const DEATHS = 3;

/** What killed processes left: deadlines that stand in no bucket, and marks of a message that kills. */
export const killed: Story = {
  use: [Alarms, Trips],
  async write(pen) {
    await pen.feed(booked('well'));
    await pen.run();
    await pen.feed(wound('lost', 'a', 15, { note: 'later' }), { ...wound('lost', 'b', 10, { note: 'at once' }), ago: 3_600_000 });
    await pen.killed([Alarms], { last: 'took:Wound' });
    await pen.feed(passed('deadly', { note: 'deadly' }), passed('deadly'), passed('well'));
    // Two that are not looked at, after which each message is marked before its method runs.
    for (let run = 0; run < 2 + DEATHS; run++) await pen.killed([Trips], { dying: (die) => (world.kill = die) });
    world.kill = () => undefined;
  },
};
