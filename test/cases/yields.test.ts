import { NewSums, OldSums, paid, refunded } from './schema-actors';
import { forEachStore } from './stores';
import { World } from './world';
import * as actors from './yields-actors';

const { asked, mailed, paidV2, Put, Take } = actors;
const by = { by: 'ada', why: 'a test' };
const totals = (rows: readonly { type: string; data: object }[]) =>
  rows.filter(({ type }) => type === 'Summed').map(({ data }) => (data as { total: number }).total);

forEachStore('two releases side by side, and a rollback', (open) => {
  beforeEach(() => (mailed.length = 0));

  test('one type more: all messages of the actor are done once, none parked; the old app goes on with all else, and neither stops', async () => {
    const world = await World.open(open());
    const [old, fresh] = [await world.start({ use: [OldSums] }), await world.start({ use: [NewSums] })];
    for (let n = 0; n < 22; n++) await world.feed(n % 2 ? refunded('a', n) : paid('a', n), paid(`b${n}`, 1));
    await world.drive(Promise.all([old.system.settled(), fresh.system.settled()]));
    expect([old.failure, fresh.failure]).toEqual([undefined, undefined]);
    expect(await world.story('sums-a')).toHaveLength(44);
    expect((await world.stream('sums-a')).filter(({ kind }) => kind === 'took')).toHaveLength(22);
    expect([...old.kinds(), ...fresh.kinds()].filter((kind) => kind !== 'applied' && kind !== 'duplicate')).toEqual([]);
    await world.until(() => old.system.operators.yielding().length === 0);
    await fresh.stop();
    await world.feed(paid('c', 7));
    await old.settled();
    expect(await world.story('sums-c')).toEqual(['took Paid', 'Summed']);
    await old.stop();
    await world.check({ use: [NewSums], before: [OldSums] });
  });

  test('a rollback: the old code alone says who waits for what, writes nothing there, goes on with all else; the new code loses nothing', async () => {
    const world = await World.open(open());
    const fresh = await world.start({ use: [NewSums] });
    await world.feed(refunded('a', 1), paid('a', 2));
    await fresh.settled();
    await fresh.stop();
    const rows = (await world.store.read('sums-a')).length;
    for (const use of [OldSums, actors.OldSumsWithSnapshots, OldSums]) {
      const old = await world.start({ use: [use] });
      await world.feed(paid('a', world.clock.time()), paid('b', world.clock.time()));
      await old.settled();
      expect(old.failure).toBeUndefined();
      expect(old.system.operators.yielding()).toMatchObject([
        {
          consumer: 'sums',
          stream: 'sums-a',
          needs: 'Refunded',
          reason: expect.stringContaining('LOG_UNKNOWN_TYPE: "sums" took in a Refunded'),
        },
      ]);
      expect(old.system.counts()).toMatchObject({ parked: 0 });
      await old.stop();
    }
    expect((await world.store.read('sums-a')).length).toBe(rows);
    expect((await world.stream('sums-b')).filter(({ kind }) => kind === 'took')).toHaveLength(3);
    const again = await world.start({ use: [NewSums] });
    await again.settled();
    expect((await world.stream('sums-a')).filter(({ kind }) => kind === 'took')).toHaveLength(5);
    expect(totals(await world.stream('sums-a')).slice(0, 2)).toEqual([-1, 1]);
    await again.stop();
    await world.check({ use: [NewSums] });
  });

  test('one actor that waits, with more messages than the window holds: the others go on; the checkpoint stays, and nothing is lost', async () => {
    const world = await World.open(open());
    const fresh = await world.start({ use: [NewSums] });
    await world.feed(refunded('a', 1));
    await fresh.settled();
    await fresh.stop();
    const old = await world.start({ use: [OldSums], limits: { window: 16, page: 8 } });
    await world.feed(...Array.from({ length: 100 }, (_, n) => paid('a', n + 2)), ...Array.from({ length: 40 }, (_, n) => paid(`b${n}`, 1)));
    await old.settled();
    for (const n of [0, 39]) expect(await world.story(`sums-b${n}`)).toEqual(['took Paid', 'Summed']);
    const next = await world.start({ use: [NewSums] });
    await world.feed(paid('a', 200));
    await next.settled();
    await world.until(() => old.system.operators.yielding().length === 0);
    await world.feed(paid('c', 1));
    await old.settled();
    expect((await world.stream('sums-a')).filter(({ kind }) => kind === 'took')).toHaveLength(102);
    for (const process of [old, next]) await process.stop();
    const checkpoint = await world.store.checkpoint('sums:Paid').load();
    expect(checkpoint.position).toBeGreaterThanOrEqual((await world.rows()).find(({ data }) => data.includes('"c"'))!.position);
    await world.check({ use: [NewSums] });
  });

  test('a newer version of an event: sagas, projections and handlers of the old code wait, and go on when the new code has done it', async () => {
    const world = await World.open(open());
    const old = await world.start({ use: [OldSums, actors.OldList, actors.OldMail] });
    await world.feed(paid('a', 1), paidV2('a', 2), paid('b', 3));
    await old.settled();
    expect(old.failure).toBeUndefined();
    const waits = old.system.operators.yielding().map(({ consumer, stream, needs }) => [consumer, stream, needs]);
    expect(waits.sort()).toEqual(['list', 'mail', 'sums'].map((consumer) => [consumer, undefined, 'Paid version 2']));
    expect(await world.story('sums-a')).toEqual(['took Paid', 'Summed']);
    expect(old.kinds()).toEqual(['applied', 'applied', 'applied']);
    const fresh = await world.start({ use: [actors.SumsV2, actors.NewList, actors.NewMail] });
    await fresh.settled();
    await world.until(() => old.system.operators.yielding().length === 0);
    await world.feed(paid('d', 4));
    await world.drive(Promise.all([old.system.settled(), fresh.system.settled()]));
    expect(await world.story('sums-a')).toEqual(['took Paid', 'Summed', 'took Paid']);
    expect(await world.store.views!.all('list')).toMatchObject([{ row: '{"n":2}' }, { row: '{"n":1}' }, { row: '{"n":1}' }]);
    expect(mailed).toContain('new a2');
    expect([...old.kinds(), ...fresh.kinds()].filter((kind) => kind === 'parked')).toEqual([]);
    for (const process of [old, fresh]) await process.stop();
  });

  test('a command for an actor that waits is told at once what is needed; a retried one gets its answer; others are taken', async () => {
    const world = await World.open(open());
    const old = await world.start({ use: [actors.OldAccounts] });
    const fresh = await world.start({ use: [actors.NewAccounts] });
    await old.send('accounts', new Put({ id: 'a', n: 5 }), 'c1');
    await fresh.send('accounts', new Take({ id: 'a', n: 1 }), 'c2');
    await fresh.send('accounts', new Put({ id: 'a', n: 7 }), 'c3');
    await fresh.send('accounts', new Put({ id: 'b', n: 100 }), 'c4');
    const rows = (await world.rows()).length;
    await expect(old.send('accounts', new Put({ id: 'a', n: 1 }), 'c5')).rejects.toThrow(/LOG_UNKNOWN_TYPE: "accounts" took in a Take/);
    await expect(old.send('accounts', new Put({ id: 'b', n: 1 }), 'c6')).rejects.toThrow(
      /LOG_UNKNOWN_TYPE: "accounts" emitted and folded a Bonus/,
    );
    expect(await old.send('accounts', new Put({ id: 'a', n: 7 }), 'c3')).toMatchObject({ events: [{ by: 7 }] });
    expect((await world.rows()).length).toBe(rows);
    expect(await old.send('accounts', new Put({ id: 'c', n: 1 }), 'c7')).toMatchObject({ version: 1 });
    expect(await fresh.send('accounts', new Put({ id: 'a', n: 1 }), 'c5')).toMatchObject({ events: [{ by: 1 }] });
    expect(old.failure).toBeUndefined();
    for (const process of [old, fresh]) await process.stop();
    await world.check({ use: [actors.NewAccounts] });
  });

  test('a deadline of a type that the old code does not know: it fires nothing, loses nothing, and goes on with its own', async () => {
    const world = await World.open(open());
    const fresh = await world.start({ use: [actors.NewBells] });
    await world.feed(asked('a', true));
    await fresh.settled();
    await fresh.stop();
    const old = await world.start({ use: [actors.OldBells] });
    await world.feed(asked('a'), asked('b'));
    await world.until(() => old.kinds().length === 2);
    expect(old.failure).toBeUndefined();
    expect(await world.story('bells-b')).toEqual(['took Asked', 'timer Rang', 'took Rang', 'Heard']);
    expect(await world.story('bells-a')).toEqual(['took Asked', 'timer RangTwice']);
    await old.stop();
    const again = await world.start({ use: [actors.NewBells] });
    await world.until(() => again.kinds().filter((kind) => kind === 'applied').length === 3);
    expect((await world.story('bells-a')).sort()).toEqual(
      ['Heard', 'Heard', 'timer Rang', 'timer RangTwice', 'took Asked', 'took Asked', 'took Rang', 'took RangTwice'].sort(),
    );
    await again.stop();
  });

  test('operators of the old code see what is parked there, and may not decide about it; the new code may', async () => {
    const world = await World.open(open());
    const fresh = await world.start({ use: [NewSums] });
    await world.feed(paid('a', 1), refunded('a', 1), { type: 'Paid', data: { of: 'a', n: 1, other: true } });
    await fresh.settled();
    await fresh.stop();
    const old = await world.start({ use: [OldSums] });
    await world.feed(paid('a', 9));
    await world.until(() => old.system.operators.yielding().length === 1);
    const seen: string[] = [];
    const look = async () => {
      for await (const { stream, version, park } of old.system.operators.parked()) seen.push(`${stream} ${version} ${park}`);
    };
    await world.drive(look());
    expect(seen).toEqual(['sums-a 4 conflict']);
    const rows = (await world.rows()).length;
    await expect(world.drive(old.system.operators.retry('sums-a', 4, by))).rejects.toThrow('LOG_UNKNOWN_TYPE');
    await expect(world.drive(old.system.operators.skip('sums-a', 4, by))).rejects.toThrow('LOG_UNKNOWN_TYPE');
    expect((await world.rows()).length).toBe(rows);
    await old.stop();
    const again = await world.start({ use: [NewSums] });
    expect(await world.drive(again.system.operators.skip('sums-a', 4, by))).toMatchObject({ kind: 'discarded' });
    await again.stop();
  });
});
