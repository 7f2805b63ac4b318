import { WaybillError } from '@waybill/core';
import type { Released, Views } from '@waybill/core';
import { ProjectionRows } from '@waybill/core/internal';
import type { ViewRow } from '@waybill/core/store-kit';
import { Hold } from './faulty-store';
import { I } from './messages';
import type { Fed } from './messages';
import { forEachStore } from './stores';
import { by, deaf, Healed, Lenient, leftovers, lined, parkedBy, parkedIn, retry, tallies, Tally } from './tallies';
import { World } from './world';

const poison = { sku: 'poison' };
/** An item at which the fold throws. */
const P = (order: string, index: number): Fed => I(order, index, poison);

forEachStore('a projection that cannot fold an event', (open) => {
  beforeEach(() => (Tally.cannot = new Set(['poison'])));

  test('parks it and those behind it for its row, in order; readers see the row as it was, other rows go on, and a restart from the start of the log changes nothing', async () => {
    const world = await World.open(open());
    const process = await world.start({ use: [Tally] });
    await world.feed(I('a', 0), P('a', 1), I('b', 0), I('a', 2));
    await process.settled();
    await world.feed(I('a', 3), I('b', 1), P('c', 0), I('c', 1));
    await process.settled();
    expect(await tallies(world)).toEqual({ a: [0], b: [0, 1] });
    expect(await lined(world, process)).toEqual(['failed 1', 'behind 2', 'behind 3', 'failed 0', 'behind 1']);
    expect((await parkedIn(world, process))[0]).toMatchObject({
      consumer: 'tally',
      stream: 'tally:row-a',
      version: 0,
      attempts: 1,
      reason: 'item 1 cannot be folded',
      stack: expect.stringContaining('item 1') as string,
    });
    expect(process.kinds().sort()).toEqual(['applied', 'applied', 'applied', ...Array<string>(5).fill('parked')]);
    await process.stop();
    const rows = (await world.rows()).length;
    await world.store.checkpoint('tally').rewind(0);
    const again = await world.start({ use: [Tally] });
    await again.settled();
    expect(new Set(again.kinds())).toEqual(new Set(['duplicate']));
    expect((await world.rows()).length).toBe(rows);
    expect(await tallies(world)).toEqual({ a: [0], b: [0, 1] });
    await again.stop();
    expect(leftovers(world)).toEqual([]);
  });

  test('folds all of them in order at a retry once the code can, and goes on from there', async () => {
    const world = await World.open(open());
    const process = await world.start({ use: [Tally] });
    await world.feed(I('a', 0), P('a', 1), I('a', 2), P('a', 3), I('a', 4));
    await process.settled();
    expect(await retry(world, process, 'a')).toMatchObject({ left: 4, results: [{ kind: 'parked', reason: 'item 1 cannot be folded' }] });
    Tally.cannot.clear();
    expect(await retry(world, process, 'a')).toEqual({ left: 0, results: Array(4).fill({ kind: 'applied' }) });
    expect(await tallies(world)).toEqual({ a: [0, 1, 2, 3, 4] });
    expect(await lined(world, process)).toEqual([]);
    await world.feed(I('a', 5));
    await process.settled();
    expect(await tallies(world)).toEqual({ a: [0, 1, 2, 3, 4, 5] });
    await expect(world.drive(process.system.operators.retry('tally:row-a', 0, by))).rejects.toThrow('NOT_PARKED');
    expect(await retry(world, process, 'a')).toEqual({ left: 0, results: [] });
    await process.stop();
    expect(leftovers(world)).toEqual([]);
  });

  test('keeps what a retry got through when a later one of the line throws, and shows it to readers', async () => {
    const world = await World.open(open());
    const process = await world.start({ use: [Tally] });
    await world.feed(P('a', 0), I('a', 1), I('a', 2, { sku: 'venom' }), I('a', 3));
    await process.settled();
    expect(await tallies(world)).toEqual({});
    Tally.cannot = new Set(['venom']);
    expect(await retry(world, process, 'a')).toMatchObject({
      left: 2,
      results: [{ kind: 'applied' }, { kind: 'applied' }, { kind: 'parked' }],
    });
    expect(await tallies(world)).toEqual({ a: [0, 1] });
    expect(await lined(world, process)).toEqual(['behind 2', 'behind 3']);
    await world.feed(I('a', 4));
    await process.settled();
    Tally.cannot.clear();
    expect(await retry(world, process, 'a')).toMatchObject({ left: 0 });
    expect(await tallies(world)).toEqual({ a: [0, 1, 2, 3, 4] });
    await process.stop();
  });

  test('goes on with a row that an earlier version of the code held up, and keeps it as this one does from its next write on', async () => {
    const world = await World.open(open());
    const process = await world.start({ use: [Tally] });
    const views = world.store.views as Views;
    const load = async (key: string) => (await views.load('tally', [key]))[0] as ViewRow;
    /** Until format 4 both stood in one text. */
    const age = async (key: string) => {
      const { row, blocked, position } = await load(key);
      const text = ` {"~blocked":${blocked}${row === undefined ? '' : `,"row":${row}`}}`;
      expect(await views.write('tally', [{ key, row: text, position, expected: position }])).toEqual([true]);
    };
    await world.feed(I('a', 0), P('a', 1), I('a', 2), P('b', 0), I('c', 0));
    await process.settled();
    for (const key of ['a', 'b']) await age(key);
    expect(await tallies(world)).toEqual({ a: [0], c: [0] });
    expect(await new ProjectionRows(views, 'tally').get('b')).toBeUndefined();
    expect((await lined(world, process)).sort()).toEqual(['behind 2', 'failed 0', 'failed 1']);
    await world.feed(I('a', 3));
    await process.settled();
    expect(await load('a')).toMatchObject({ row: '{"items":[0]}', blocked: expect.stringContaining('"head":0') as string });
    await age('a');
    Tally.cannot.clear();
    for (const key of ['a', 'b']) expect(await retry(world, process, key)).toMatchObject({ left: 0 });
    expect(await tallies(world)).toEqual({ a: [0, 1, 2, 3], b: [0], c: [0] });
    expect((await load('a')).blocked).toBeUndefined();
    await process.stop();
  });

  test('of one version folds only the first in line; another one stays where it is', async () => {
    const world = await World.open(open());
    const process = await world.start({ use: [Tally] });
    await world.feed(P('a', 0), I('a', 1), I('a', 2));
    await process.settled();
    Tally.cannot.clear();
    const early = await retry(world, process, 'a', 1);
    expect(early).toEqual({ left: 3, results: [{ kind: 'parked', reason: 'behind the parked message at version 0' }] });
    expect(await retry(world, process, 'a', 0)).toEqual({ left: 2, results: [{ kind: 'applied' }] });
    expect(await tallies(world)).toEqual({ a: [0] });
    expect(await retry(world, process, 'a')).toMatchObject({ left: 0 });
    expect(await tallies(world)).toEqual({ a: [0, 1, 2] });
    await process.stop();
  });

  test('leaves out what is skipped, first or later in line, with who and why in the log; the last skip lets the row go on', async () => {
    const world = await World.open(open());
    const process = await world.start({ use: [Tally] });
    await world.feed(I('a', 0), P('a', 1), I('a', 2), P('a', 3), I('a', 4));
    await process.settled();
    const skip = (version: number) => world.drive(process.system.operators.skip('tally:row-a', version, by));
    expect(await skip(2)).toEqual({ kind: 'discarded', reason: 'skipped by ada: the code is another now' });
    expect(await lined(world, process)).toEqual(['failed 1', 'behind 2', 'behind 4']);
    await expect(skip(2)).rejects.toThrow('NOT_PARKED');
    expect(await skip(0)).toMatchObject({ kind: 'discarded' });
    expect(await lined(world, process)).toEqual(['behind 2', 'behind 4']);
    expect(await tallies(world)).toEqual({ a: [0] });
    expect(await retry(world, process, 'a')).toMatchObject({ left: 0, results: [{ kind: 'applied' }, { kind: 'applied' }] });
    expect(await tallies(world)).toEqual({ a: [0, 2, 4] });
    await world.feed(P('a', 5), I('b', 0));
    await process.settled();
    const [only] = await parkedIn(world, process);
    await skip(only?.version as number);
    await world.feed(I('a', 6));
    await process.settled();
    expect(await tallies(world)).toEqual({ a: [0, 2, 4, 6], b: [0] });
    const notes = (await world.store.read('tally:row-a')).map(
      ({ meta }) => JSON.parse(meta) as { park: string; of?: number; by?: string; why?: string },
    );
    expect(notes.filter(({ park }) => park === 'skipped')).toMatchObject([
      { of: 2, ...by },
      { of: 0, ...by },
      { of: only?.version, ...by },
    ]);
    await process.stop();
    const next = await world.start({ use: [Healed] });
    await world.store.checkpoint('tally').rewind(0);
    await next.stop();
    const last = await world.start({ use: [Healed] });
    await last.settled();
    expect(await tallies(world)).toEqual({ a: [0, 2, 4, 6], b: [0] });
    await last.stop();
  });

  test('takes along what came while a retry was folding: the row is read anew, nothing is folded past it', async () => {
    const world = await World.open(open());
    const process = await world.start({ use: [Tally] });
    const operator = await world.start({ use: [Tally], through: deaf });
    await world.feed(P('a', 0), I('a', 1));
    await process.settled();
    Tally.cannot.clear();
    operator.store.beforeViews.push(async () => {
      await world.feed(I('a', 2), I('a', 3));
      await process.system.settled();
    });
    expect(await retry(world, operator, 'a')).toEqual({ left: 0, results: Array(4).fill({ kind: 'applied' }) });
    expect(await tallies(world)).toEqual({ a: [0, 1, 2, 3] });
    expect(process.kinds()).toEqual(Array(4).fill('parked'));
    await world.feed(I('a', 4));
    await process.settled();
    expect(await tallies(world)).toEqual({ a: [0, 1, 2, 3, 4] });
    await process.stop();
    await operator.stop();
  });

  test('keeps a retry that ended while a worker was parking one more event: the worker folds that one itself', async () => {
    const world = await World.open(open());
    const process = await world.start({ use: [Tally] });
    const operator = await world.start({ use: [Tally], through: deaf });
    await world.feed(P('a', 0), I('a', 1));
    await process.settled();
    Tally.cannot.clear();
    let released: unknown;
    const hold = new Hold();
    process.store.faults.push(hold);
    await world.feed(I('a', 2));
    await world.drive(hold.arrived);
    released = await retry(world, operator, 'a');
    expect(released).toEqual({ left: 0, results: Array(2).fill({ kind: 'applied' }) });
    hold.release();
    await process.settled();
    expect(process.kinds()).toEqual(['parked', 'parked', 'applied']);
    expect(await tallies(world)).toEqual({ a: [0, 1, 2] });
    expect(await lined(world, process)).toEqual([]);
    await world.feed(P('a', 3), I('a', 4));
    Tally.cannot = new Set(['poison']);
    await world.feed(P('a', 5), I('a', 6));
    await process.settled();
    Tally.cannot.clear();
    await retry(world, operator, 'a');
    expect(await tallies(world)).toEqual({ a: [0, 1, 2, 3, 4, 5, 6] });
    await process.stop();
    await operator.stop();
  });

  test('keeps a retry that ended between the park of one more event and its row: the row was unblocked, the write on its old place loses', async () => {
    const world = await World.open(open());
    const process = await world.start({ use: [Tally] });
    const operator = await world.start({ use: [Tally], through: deaf });
    await world.feed(P('a', 0), I('a', 1));
    await process.settled();
    Tally.cannot.clear();
    let released: Released | undefined;
    process.store.beforeViews.push(async () => (released = await operator.system.operators.retry('tally:row-a', undefined, by)));
    await world.feed(I('a', 2));
    await process.settled();
    expect(released).toEqual({ left: 0, results: Array(3).fill({ kind: 'applied' }) });
    expect(process.kinds()).toEqual(['parked', 'parked', 'duplicate']);
    expect(await tallies(world)).toEqual({ a: [0, 1, 2] });
    await process.stop();
    await operator.stop();
  });

  test('lets of two operators at once, one retrying and one skipping, one win: what is folded was not skipped, and what was skipped is not folded', async () => {
    for (const skipFirst of [true, false]) {
      const world = await World.open(open());
      Tally.cannot = new Set(['poison']);
      const process = await world.start({ use: [Tally] });
      const [ada, bob] = [await world.start({ use: [Tally], through: deaf }), await world.start({ use: [Tally], through: deaf })];
      await world.feed(I('a', 0), P('a', 1), I('a', 2));
      await process.settled();
      Tally.cannot.clear();
      const [slow, quick] = skipFirst ? [ada, bob] : [bob, ada];
      const skip = () => bob.system.operators.skip('tally:row-a', 0, by);
      const release = () => ada.system.operators.retry('tally:row-a', undefined, by);
      // The slower one has written its note, and is about to write the row.
      slow.store.beforeViews.push(async () => (skipFirst ? skip() : release()));
      const ended = await world.drive(Promise.allSettled([skipFirst ? release() : skip()]));
      expect(quick.failure).toBeUndefined();
      if (skipFirst) expect(ended).toMatchObject([{ value: { results: [{ kind: 'applied' }], left: 0 } }]);
      else expect(ended).toMatchObject([{ reason: { code: 'NOT_PARKED' } }]);
      expect(await tallies(world)).toEqual({ a: skipFirst ? [0, 2] : [0, 1, 2] });
      await world.feed(I('a', 3));
      await process.settled();
      expect(await tallies(world)).toEqual({ a: skipFirst ? [0, 2, 3] : [0, 1, 2, 3] });
      for (const one of [process, ada, bob]) await one.stop();
    }
  });

  test('of two workers, one with code that can fold it, does one of the two: no later event is folded without it', async () => {
    for (const parkerFirst of [true, false]) {
      const world = await World.open(open());
      await world.feed(I('a', 0), P('a', 1), I('a', 2));
      const hold = new Hold();
      const parker = await world.start({ use: [Tally], faults: [hold] });
      await world.drive(hold.arrived);
      if (parkerFirst) hold.release();
      if (parkerFirst) await parker.settled();
      const folder = await world.start({ use: [Healed] });
      await folder.settled();
      hold.release();
      await parker.settled();
      await world.feed(I('a', 3));
      await Promise.all([parker.settled(), folder.settled()]);
      expect(await tallies(world)).toEqual({ a: parkerFirst ? [0] : [0, 1, 2, 3] });
      expect(await lined(world, parker)).toEqual(parkerFirst ? ['failed 1', 'behind 2', 'behind 3'] : []);
      if (parkerFirst) expect(await retry(world, folder, 'a')).toMatchObject({ left: 0 });
      expect(await tallies(world)).toEqual({ a: [0, 1, 2, 3] });
      // What one of them parked and the other folded is in line no more when the row is held up again.
      await world.feed(P('a', 4), I('a', 5));
      await parker.settled();
      await folder.stop();
      await world.feed(P('a', 6));
      await parker.settled();
      const healed = await world.start({ use: [Healed], through: deaf });
      await retry(world, healed, 'a');
      expect(await tallies(world)).toEqual({ a: [0, 1, 2, 3, 4, 5, 6] });
      await parker.stop();
      await healed.stop();
    }
  });

  test('waits for a store that is busy while it parks, and tells each event once', async () => {
    const world = await World.open(open());
    await world.feed(I('a', 0), P('a', 1), I('a', 2));
    const busy = () => Promise.reject(new WaybillError('STORE_BUSY', 'busy', 'wait'));
    const process = await world.start({ use: [Tally], faults: ['busy', 'lose answer', 'lose request'], readFaults: ['busy'] });
    process.store.beforeViews.push(busy, () => Promise.resolve(), busy);
    await process.settled();
    expect(await tallies(world)).toEqual({ a: [0] });
    expect(process.kinds().sort()).toEqual(['applied', 'parked', 'parked']);
    expect(await lined(world, process)).toEqual(['failed 1', 'behind 2']);
    expect((await world.store.read('tally:row-a')).length).toBe(2);
    await process.stop();
  });

  test('holds a row up whose event is no valid message, and folds it from the log once it is one', async () => {
    const world = await World.open(open());
    await world.feed(I('a', 0), I('a', 'one'), I('a', 2), I('no key', 7), I('b', 0));
    const process = await world.start({ use: [Tally] });
    await process.settled();
    expect(await tallies(world)).toEqual({ a: [0], b: [0] });
    const waiting = await parkedIn(world, process);
    expect(waiting.map(({ park, stream }) => `${park} ${stream.replace(/\d+$/, 'n')}`).sort()).toEqual([
      'behind tally:row-a',
      'failed tally:row-a',
      'invalid tally:parked-n',
    ]);
    expect(await retry(world, process, 'a')).toMatchObject({ left: 2, results: [{ kind: 'parked' }] });
    await process.stop();
    const learned = await world.start({ use: [Lenient] });
    await learned.settled();
    expect(await retry(world, learned, 'a')).toMatchObject({ left: 0 });
    const late = await world.drive(
      learned.system.operators.retry(waiting.find(({ park }) => park === 'invalid')?.stream as string, undefined, by),
    );
    expect(late).toEqual({ left: 0, results: [{ kind: 'applied' }] });
    expect(await tallies(world)).toEqual({ a: [0, 'one', 2], b: [0], 'no key': [7] });
    expect(await lined(world, learned)).toEqual([]);
    await learned.stop();
  });

  test('parks an event alone for which no row can be found, and folds it later only if nothing behind it is in its row', async () => {
    Tally.cannot = new Set(['keyless']);
    const world = await World.open(open());
    const process = await world.start({ use: [Tally] });
    const { operators } = process.system;
    const streams = async () => (await parkedIn(world, process)).map(({ stream }) => stream);
    let early: Released | undefined;
    // The event before it is under way, its row not written yet.
    process.store.beforeViews.push(async () => {
      Tally.cannot.clear();
      const [parked] = await parkedBy(process);
      early = await operators.retry(parked?.stream as string, undefined, by);
    });
    await world.feed(I('a', 0), I('a', 1, { sku: 'keyless' }));
    await process.settled();
    expect(early).toEqual({ left: 1, results: [{ kind: 'parked', reason: 'events before it are still under way' }] });
    expect(await tallies(world)).toEqual({ a: [0] });
    const [first] = await streams();
    expect(await world.drive(operators.retry(first as string, undefined, by))).toEqual({ left: 0, results: [{ kind: 'applied' }] });
    expect(await tallies(world)).toEqual({ a: [0, 1] });
    Tally.cannot = new Set(['keyless']);
    await world.feed(I('a', 2, { sku: 'keyless' }), I('a', 3));
    await process.settled();
    Tally.cannot.clear();
    const [second] = await streams();
    expect(await world.drive(operators.retry(second as string, undefined, by))).toMatchObject({ left: 1, results: [{ kind: 'parked' }] });
    expect(await world.drive(operators.skip(second as string, 0, by))).toMatchObject({ kind: 'discarded' });
    expect([await tallies(world), await streams()]).toEqual([{ a: [0, 1, 3] }, []]);
    await expect(world.drive(operators.skip(second as string, 0, by))).rejects.toThrow('NOT_PARKED');
    await process.stop();
  });
});
