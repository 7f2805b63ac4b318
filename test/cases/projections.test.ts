import type { Views } from '@waybill/core';
import { ProjectionRows } from '@waybill/core/internal';
import type { ViewRow } from '@waybill/core/store-kit';
import { Actor, Applies, Projection } from 'waybill';
import { ItemAdded, OrderAccepted, OrderSubmitted } from '@waybill/sample-orders-shipping/dist/messages';
import { Hold } from './faulty-store';
import { A, I, retried, S } from './messages';
import { forEachStore } from './stores';
import { World } from './world';

type Row = { items: number };
type In = OrderSubmitted | ItemAdded | OrderAccepted;

/** Counts events, so that each one that is folded twice or not at all shows; an accepted order has no row. */
@Projection('open')
class Open extends Actor<Row | undefined, In> {
  initial(): Row {
    return { items: 0 };
  }
  key(e: In) {
    return e.orderId;
  }
  @Applies(OrderSubmitted) submitted(_: OrderSubmitted, row: Row | undefined): Row | undefined {
    return row;
  }
  @Applies(ItemAdded) item(e: ItemAdded, row: Row | undefined): Row {
    if (e.sku === 'poison') throw new Error('this row cannot be folded');
    return { items: (row?.items ?? 0) + 1 };
  }
  @Applies(OrderAccepted) accepted(): undefined {
    return undefined;
  }
}

const CHECKPOINT = 'open';

async function rows(world: World): Promise<Record<string, number>> {
  const all = await new ProjectionRows(world.store.views as Views, 'open').page();
  return Object.fromEntries(all.rows.map(({ key, row }) => [key, (JSON.parse(row) as Row).items]));
}

forEachStore('a projection', (open) => {
  test('folds each event once, whatever the checkpoint says: a rewind to the start changes no row', async () => {
    const world = await World.open(open());
    const item = I('o-1', 0);
    await world.feed(S('o-1'), item, retried(item), I('o-2', 0));
    const first = await world.start({ use: [Open] });
    await first.settled();
    expect(await rows(world)).toEqual({ 'o-1': 2, 'o-2': 1 });
    await first.stop();
    await world.store.checkpoint(CHECKPOINT).rewind(0);
    const second = await world.start({ use: [Open] });
    await second.settled();
    expect(second.kinds()).toEqual(['duplicate', 'duplicate', 'duplicate', 'duplicate']);
    expect(await rows(world)).toEqual({ 'o-1': 2, 'o-2': 1 });
    await second.stop();
  });

  test('keeps the position of a deleted row: what came before the deletion does not bring it back', async () => {
    const world = await World.open(open());
    await world.feed(I('o-1', 0), A('o-1', 1));
    const first = await world.start({ use: [Open] });
    await first.settled();
    expect(await rows(world)).toEqual({});
    await first.stop();
    await world.store.checkpoint(CHECKPOINT).rewind(0);
    const second = await world.start({ use: [Open] });
    await second.settled();
    expect(await rows(world)).toEqual({});
    const stored: readonly ViewRow[] = await (world.store.views as Views).load('open', ['o-1']);
    expect(stored).toEqual([{ key: 'o-1', row: undefined, position: 2 }]);
    await second.stop();
  });

  test('run by two workers at once folds each event once: the row that lost its compare-and-set is read anew', async () => {
    const world = await World.open(open());
    const workers = [await world.start({ use: [Open] }), await world.start({ use: [Open] })];
    for (let n = 0; n < 20; n++) {
      await world.feed(I('o-1', n), I('o-2', n));
      if (n % 5 === 4) for (const worker of workers) await worker.settled();
    }
    for (const worker of workers) await worker.settled();
    expect(await rows(world)).toEqual({ 'o-1': 20, 'o-2': 20 });
    for (const worker of workers) await worker.stop();
  });

  test('parks an event that cannot be folded before its row moves past it, also when the process dies at the park', async () => {
    const world = await World.open(open());
    await world.feed(I('o-1', 0), I('o-1', 1, { sku: 'poison' }), I('o-1', 2));
    const first = await world.start({ use: [Open], faults: ['die before'] });
    await first.died();
    expect(await rows(world)).toEqual({ 'o-1': 1 });
    const hold = new Hold();
    const second = await world.start({ use: [Open], faults: [hold] });
    await world.drive(hold.arrived);
    expect(await rows(world)).toEqual({ 'o-1': 1 });
    hold.release();
    await second.settled();
    // What the first one finished comes again only if its checkpoint was not saved.
    expect(second.kinds().filter((kind) => kind !== 'duplicate')).toEqual(['parked', 'parked']);
    expect(await rows(world)).toEqual({ 'o-1': 1 });
    expect((await world.stream('open:row-o-1')).map(({ kind, reason }) => [kind, reason])).toEqual([
      ['parked', 'this row cannot be folded'],
      ['parked', 'behind the parked message at version 0'],
    ]);
    await second.stop();
  });
});
