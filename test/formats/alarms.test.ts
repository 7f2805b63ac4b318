import { describeFixture, inTime, opensAsItWas } from './fixture';
import type { Opened } from './fixture';
import { rowsOf } from './kit';
import { alarms, unwound, wound } from './stories/alarms';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** What has rung since the file was written. */
async function rang(opened: Opened): Promise<string[]> {
  const all = (await opened.emitted('Rang')) as { of: string; at: string; note: string }[];
  return all.map(({ of, at, note }) => `${of} ${at} ${note}`.trim()).sort();
}

const WITHIN_THE_HOUR = ['anew a second', 'chain a x+', 'soon a'];
const ALL = ['anew a second', 'chain a x+', 'far a', 'far b second key', 'soon a'];

describeFixture('alarms', alarms, (open) => {
  opensAsItWas(open);

  test('while a process runs, each deadline fires in its minute; of one set anew only the second does, and none that was taken back', async () => {
    const opened = open();
    const run = await opened.start();
    const times: string[][] = [];
    for (const minutes of [4, 2, 20, 3, 20]) {
      await opened.time.pass(minutes * MINUTE);
      await run.settled();
      times.push(await rang(opened));
    }
    expect(times).toEqual([[], ['soon a'], ['soon a'], ['chain a x+', 'soon a'], WITHIN_THE_HOUR]);
    expect(inTime(run)).toEqual(Array.from({ length: 3 }, () => 'alarms Alarm applied'));
    await opened.atRest();
  });

  test('after days without a process, each that is pending fires once', async () => {
    const opened = open();
    opened.time.skip(6 * DAY);
    await opened.start();
    expect(await rang(opened)).toEqual(ALL);
    await opened.stop();
    opened.time.skip(30 * DAY);
    await opened.atRest();
    expect(await rang(opened)).toEqual(ALL);
  });

  test('rows that set deadlines are taken from the log a second time, and each still fires once', async () => {
    const opened = open();
    await opened.store.checkpoint('alarms:deadlines:Alarm').rewind(0);
    await opened.start();
    expect(await rang(opened)).toEqual([]);
    await opened.stop();
    opened.time.skip(6 * DAY);
    await opened.start();
    expect(await rang(opened)).toEqual(ALL);
    await opened.atRest();
  });

  test('a deadline of an older build is set anew and taken back by this one', async () => {
    const opened = open();
    const run = await opened.start();
    await run.feed(wound('far', 'a', 30, { note: 'sooner' }), unwound('far', 'b'), wound('soon', 'a', 90, { note: 'later' }));
    await run.feed(wound('taken back', 'a', 45, { note: 'after all' }), unwound('anew', 'a'), wound('chain', 'b', 50));
    await opened.time.pass(60 * MINUTE);
    await run.settled();
    expect(await rang(opened)).toEqual(['chain a x+', 'chain b', 'far a sooner', 'taken back a after all']);
    await opened.stop();
    opened.time.skip(6 * DAY);
    await opened.start();
    expect(await rang(opened)).toEqual(['chain a x+', 'chain b', 'far a sooner', 'soon a later', 'taken back a after all']);
    await opened.atRest();
  });

  test('a deadline whose method had thrown is parked still, fires once when it is tried again, or never when it is skipped', async () => {
    const opened = open();
    const run = await opened.start();
    expect(await run.retry('alarms-stuck', 2)).toEqual({ kinds: ['applied'], left: 0 });
    expect(await run.skip('alarms-stuck twice', 2)).toBe('discarded');
    expect(await run.retry('alarms-stuck twice')).toEqual({ kinds: ['applied'], left: 0 });
    await expect(run.retry('alarms-stuck', 2)).rejects.toMatchObject({ code: 'NOT_PARKED' });
    expect(await rang(opened)).toEqual(['stuck a the bell']);
    expect(await run.parked()).toEqual([]);
    await opened.stop();
    await opened.store.checkpoint('alarms:deadlines:Alarm').rewind(0);
    await opened.start();
    expect(await rang(opened)).toEqual(['stuck a the bell']);
    await opened.atRest();
  });

  test('explain() says what became of each deadline', async () => {
    const opened = open();
    const run = await opened.start();
    const rows = await rowsOf(opened.store);
    const outcomes: Record<string, string | undefined> = {};
    for (const place of ['far 1', 'far 3', 'soon 1', 'anew 1', 'anew 3', 'taken back 1', 'rang 1', 'chain 1', 'chain 4', 'stuck 1']) {
      const row = rows.find(({ stream, version }) => `${stream} ${version}` === `alarms-${place}`);
      const { copies } = await opened.time.until(run.app.explain(row?.id ?? ''));
      outcomes[place] = copies.map(({ kind, told }) => `${kind} ${told.map(({ outcome }) => outcome).join(', ')}`).join('; ');
    }
    expect(outcomes).toEqual({
      'far 1': 'deadline waiting',
      'far 3': 'deadline waiting',
      'soon 1': 'deadline waiting',
      'anew 1': 'deadline late',
      'anew 3': 'deadline waiting',
      'taken back 1': 'deadline late',
      'rang 1': 'deadline applied',
      'chain 1': 'deadline applied',
      'chain 4': 'deadline waiting',
      'stuck 1': 'deadline parked',
    });
  });
});
