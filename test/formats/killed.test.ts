import { world } from './classes/world';
import { describeFixture } from './fixture';
import { killed } from './stories/killed';

const MINUTE = 60_000;

describeFixture('killed', killed, (open) => {
  test('deadlines that were set by a process that died before it kept them fire, each once, when they are due', async () => {
    const opened = open();
    const run = await opened.start();
    expect(await opened.emitted('Rang')).toEqual([{ of: 'lost', at: 'b', note: 'at once' }]);
    await opened.time.pass(16 * MINUTE);
    await run.settled();
    const both = [
      { of: 'lost', at: 'a', note: 'later' },
      { of: 'lost', at: 'b', note: 'at once' },
    ];
    expect(await opened.emitted('Rang')).toEqual(both);
    await opened.stop();
    await opened.store.checkpoint('alarms:deadlines:Alarm').rewind(0);
    await opened.start();
    expect(await opened.emitted('Rang')).toEqual(both);
    await opened.atRest();
  });

  test('a message that killed three processes before is parked without its method; the others go on', async () => {
    const opened = open();
    let ran = 0;
    world.kill = () => void ran++;
    const run = await opened.start();
    expect(ran).toBe(0);
    expect((await run.parked()).map(({ stream, version, park }) => [stream, version, park])).toEqual([
      ['trips-deadly', 0, 'failed'],
      ['trips-deadly', 1, 'behind'],
    ]);
    expect(run.take().sort()).toEqual([
      'alarms Alarm applied',
      'alarms Wound duplicate',
      'alarms Wound duplicate',
      'trips Passed applied',
      'trips Passed parked',
      'trips Passed parked',
    ]);
    expect(await run.retry('trips-deadly')).toEqual({ kinds: ['applied', 'applied'], left: 0 });
    expect(ran).toBe(1);
    await opened.atRest();
  });
});
