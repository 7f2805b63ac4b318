import { audit, exportLog, importLog, memoryStore, Rejected } from 'waybill';
import type { UseClass } from 'waybill';
import { MAX_BYTES } from '@waybill/core/internal';
import type { Fault } from './faulty-store';
import { retried } from './messages';
import type { Fed } from './messages';
import { NewPurchases, NewStock, ordered, Purchases, Reserve, SilentStock, Stock, TellingStock } from './refusal-actors';
import { forEachStore } from './stores';
import { World } from './world';

const use = [Purchases, Stock];
const took = (times: number) => Array.from({ length: times }, () => 'took Reserve');
const by = { by: 'ada', why: 'looked at it' };

async function isSound(world: World, classes: readonly UseClass[]): Promise<void> {
  const runtime = world.clock.runtime();
  for (const options of [{}, { use: classes }, { use: classes, decisions: true }])
    expect((await audit(world.store, { ...options, runtime })).violations).toEqual([]);
}
const metaOf = async (world: World, stream: string) =>
  (await world.store.read(stream)).map(({ meta }) => JSON.parse(meta) as { told?: true });

const NO_SKU: Fed = { type: 'Ordered', data: { orderId: 'o-4', quantity: 1 } };

forEachStore('the refusal of a command that a saga sent', (open) => {
  afterEach(() => (Stock.broken = false));

  test('is an event after the row that takes the command in, with its fields and the reason, and the saga decides on it', async () => {
    const world = await World.open(open());
    const process = await world.start({ use });
    await world.feed(ordered('o-1', 2), ordered('o-2', 1), ordered('o-3', 9, 'odd'));
    await process.settled();
    expect(await world.story('stock-pear')).toEqual(['took Reserve', 'Reserved', 'took Reserve', 'Reserve.refused']);
    expect(await world.story('purchases-o-2')).toEqual(['took Ordered', 'Reserve', 'took Reserve.refused', 'Declined']);
    const [, , took, refusal] = await world.stream('stock-pear');
    expect(took).toMatchObject({ refused: 'only 0 left' });
    expect(refusal).toMatchObject({
      cause: took?.cause,
      data: { orderId: 'o-2', sku: 'pear', quantity: 1, refusedBecause: 'only 0 left' },
    });
    expect((await world.stream('purchases-o-2')).at(-1)?.data).toEqual({ orderId: 'o-2', why: '1 of pear: only 0 left' });
    expect((await world.stream('purchases-o-3')).at(-1)?.data).toEqual({ orderId: 'o-3', why: '9 of odd: never sold' });
    expect((await metaOf(world, 'stock-pear')).map(({ told }) => told)).toEqual([undefined, undefined, true, undefined]);
    await world.check({ use });
    await isSound(world, use);
  });

  test.each<[string, Fault[]]>([
    ['the process dies after the append of the refusal', ['ok', 'die after']],
    ['the process dies before the append of the refusal', ['ok', 'die before']],
    ['the append of the refusal was stored, and its answer lost', ['ok', 'lose answer']],
    ['the append of the refusal was lost', ['ok', 'lose request']],
    ['the process dies after the saga has heard of it, before the checkpoints', ['ok', 'ok', 'die after']],
  ])('is told once where %s', async (_, faults) => {
    const world = await World.open(open());
    const first = await world.start({ use, faults });
    await world.feed(ordered('o-1', 3));
    if (faults.some((fault) => String(fault).startsWith('die'))) await first.died();
    else await first.settled();
    const second = await world.start({ use });
    await second.settled();
    expect(await world.story('stock-pear')).toEqual(['took Reserve', 'Reserve.refused']);
    expect(await world.story('purchases-o-1')).toEqual(['took Ordered', 'Reserve', 'took Reserve.refused', 'Declined']);
    await world.check({ use });
  });

  test('is told once by two workers, and once where a producer repeats what led to the command', async () => {
    const world = await World.open(open());
    const workers = [await world.start({ use }), await world.start({ use })];
    const order = ordered('o-1', 3);
    await world.feed(order, ordered('o-2', 4), order, { ...order });
    for (const worker of workers) await worker.settled();
    expect((await world.rows()).map(({ type }) => type).filter((type) => /^(Reserve.refused|Declined)$/.test(type))).toHaveLength(4);
    await world.check({ use });
    await isSound(world, use);
  });

  test('is told to nobody but the caller where a caller sent the command, however often', async () => {
    const world = await World.open(open());
    const process = await world.start({ use });
    const command = () => process.send('stock', new Reserve({ orderId: 'o-1', sku: 'pear', quantity: 3 }), 'r-1');
    await expect(command()).rejects.toThrow(Rejected);
    await expect(command()).rejects.toThrow('only 2 left');
    await process.settled();
    expect(await world.story('stock-pear')).toEqual(['took Reserve']);
    expect((await world.rows()).length).toBe(1);
    await world.check({ use });
    await isSound(world, use);
  });

  test('of a command that was parked is told once its retry refuses it, and never where it is skipped', async () => {
    const world = await World.open(open());
    Stock.broken = true;
    const process = await world.start({ use, limits: { attempts: 1 } });
    await world.feed(ordered('o-1', 3), ordered('o-2', 3, 'plum'));
    await process.settled();
    expect(await world.story('stock-pear')).toEqual(['parked Reserve']);
    Stock.broken = false;
    const { operators } = process.system;
    const retry = () => operators.retry('stock-pear', 0, by);
    await world.drive(Promise.all([retry(), retry()]));
    await world.drive(operators.skip('stock-plum', 0, by));
    await process.settled();
    expect(await world.story('stock-pear')).toEqual(['parked Reserve', 'took Reserve', 'Reserve.refused']);
    expect(await world.story('stock-plum')).toEqual(['parked Reserve', 'parked Reserve']);
    expect(await world.story('purchases-o-1')).toEqual(['took Ordered', 'Reserve', 'took Reserve.refused', 'Declined']);
    expect(await world.story('purchases-o-2')).toEqual(['took Ordered', 'Reserve']);
    await world.check({ use });
    await isSound(world, use);
  });

  test('comes to a saga that has closed meanwhile: it is parked, and an operator sees it', async () => {
    const world = await World.open(open());
    Stock.broken = true;
    const process = await world.start({ use, limits: { attempts: 1 } });
    await world.feed(ordered('o-1', 3), { type: 'Left', data: { orderId: 'o-1' } });
    await process.settled();
    Stock.broken = false;
    await world.drive(process.system.operators.retry('stock-pear', 0, by));
    await process.settled();
    const parked = (await world.stream('purchases-o-1')).at(-1);
    expect(parked).toMatchObject({ kind: 'parked', type: 'Reserve.refused', park: 'late' });
    await process.stop();
    await isSound(world, use);
  });

  test('is not told of what was refused before the class declared it, nor by the former code again, and the log is sound', async () => {
    const world = await World.open(open());
    const silent = [SilentStock];
    const sent = new Reserve({ orderId: 'o-0', sku: 'pear', quantity: 3 });
    const byLog = { type: 'Reserve', data: { ...sent } };
    const run = async (classes: readonly UseClass[], ...messages: Fed[]) => {
      const process = await world.start({ use: classes });
      await world.feed(...messages);
      await process.settled();
      await process.stop();
    };
    const told = [TellingStock, Purchases];
    await run(silent, byLog);
    await run(told, ordered('o-1', 3));
    await run(silent, byLog, retried(byLog));
    expect(await world.story('stock-pear')).toEqual([...took(2), 'Reserve.refused', ...took(2)]);
    await isSound(world, told);
    await isSound(world, silent);
  });

  test('follows its command to another name and another version: what was told under the former ones is read as of today, and not told again', async () => {
    const world = await World.open(open());
    const before = await world.start({ use: [Purchases, Stock] });
    await world.feed(ordered('o-1', 3));
    await before.settled();
    await before.stop();
    const now = [NewPurchases, NewStock];
    const process = await world.start({ use: now });
    await world.feed(ordered('o-2', 4));
    await process.settled();
    expect(await world.story('purchases-o-1')).toEqual(['took Ordered', 'Reserve', 'took Reserve.refused', 'Declined']);
    expect(await world.story('purchases-o-2')).toEqual(['took Ordered', 'Hold', 'took Hold.refused', 'Declined']);
    expect(await world.story('stock-pear')).toEqual(['took Reserve', 'Reserve.refused', 'took Hold', 'Hold.refused']);
    expect((await world.stream('purchases-o-2')).at(-1)?.data).toEqual({ orderId: 'o-2', why: '4 of pear: only 2 left' });
    await process.stop();
    await isSound(world, now);
  });

  test('told under the former name, and heard of only by the code of today', async () => {
    const world = await World.open(open());
    const before = await world.start({ use: [Stock, Purchases], faults: ['ok', 'die after'] });
    await world.feed(ordered('o-1', 3));
    await before.died();
    const now = [NewPurchases, NewStock];
    const process = await world.start({ use: now });
    await process.settled();
    expect((await world.stream('purchases-o-1')).at(-1)?.data).toEqual({ orderId: 'o-1', why: '3 of pear: only 2 left' });
    expect(await world.story('stock-pear')).toEqual(['took Reserve', 'Reserve.refused']);
    await process.stop();
    await isSound(world, now);
  });

  test('that is too large for a row parks the command, and says so; a command without a key is parked alone, and told', async () => {
    const world = await World.open(open());
    const process = await world.start({ use });
    const data = { note: '', orderId: 'o-1', quantity: 3, sku: 'pear' };
    const most = Math.min(MAX_BYTES, (world.store.maxWrite ?? Infinity) - 10_000);
    const note = 'x'.repeat(most - JSON.stringify(data).length);
    await world.feed({ type: 'Reserve', data: { ...data, note } }, ordered('o-2', 1, ''), ordered('o-3', 1, 'plum'), NO_SKU);
    await process.settled();
    const [large] = await world.stream('stock-pear');
    expect(large).toMatchObject({
      kind: 'parked',
      park: 'failed',
      reason: expect.stringMatching(/^(CONTENT|DECISION)_TOO_LARGE/) as string,
    });
    const [keyless] = await world.stream('stock:parked');
    expect(keyless).toMatchObject({
      kind: 'parked',
      type: 'Reserve',
      park: 'invalid',
      reason: expect.stringContaining('KEY_INVALID') as string,
    });
    const told = process.outcomes
      .filter(({ kind }) => kind === 'parked')
      .map(({ consumer, type, reason }) => [consumer, type, reason?.split(':')[0]?.replace('DECISION', 'CONTENT')]);
    expect(told.sort()).toEqual([
      ['stock', 'Reserve', 'CONTENT_TOO_LARGE'],
      ['stock', 'Reserve', 'KEY_INVALID'],
      ['stock', 'Reserve', 'KEY_INVALID'],
    ]);
    expect(await world.story('stock-plum')).toEqual(['took Reserve', 'Reserved']);
    await process.stop();
    await isSound(world, use);
  });
});

test('a refusal stands in a copy of the log, and is not told there again', async () => {
  const log = memoryStore();
  const world = await World.open({ connect: () => Promise.resolve(log), close: () => log.close() });
  const process = await world.start({ use });
  await world.feed(ordered('o-1', 3));
  await process.settled();
  await process.stop();
  const copy = memoryStore();
  await importLog(exportLog(log), copy);
  const there = await World.open({ connect: () => Promise.resolve(copy), close: () => copy.close() });
  for (const target of ['stock:Reserve', 'purchases:Left+Ordered+Reserve.refused+Reserved']) await copy.checkpoint(target).rewind(0);
  const other = await there.start({ use });
  await other.settled();
  expect(other.published()).toEqual({ duplicate: 3 });
  expect(other.store.appends).toBe(0);
  await there.check({ use });
});
