import type { Outcome, ParkedMessage, Released, Store, Views } from '@waybill/core';
import { ProjectionRows } from '@waybill/core/internal';
import { Actor, Applies, Event, Projection } from 'waybill';
import { ItemAdded, OrderAccepted } from '@waybill/sample-orders-shipping/dist/messages';
import type { Process } from './process';
import type { World } from './world';

type Row = { items: number[] };

/** Rows list what was folded into them, in order: what is lost, doubled or out of order shows. An accepted order has no row. */
@Projection('tally')
export class Tally extends Actor<Row | undefined, ItemAdded | OrderAccepted> {
  /** Kinds of items that this code cannot fold. */
  static cannot = new Set<string>();
  initial(): Row {
    return { items: [] };
  }
  key(e: ItemAdded | OrderAccepted) {
    if (e.orderId === 'no key' || ('sku' in e && e.sku === 'keyless' && Tally.cannot.has('keyless'))) throw new Error('whose order is it');
    return e.orderId;
  }
  @Applies(ItemAdded) item({ index, sku }: ItemAdded, row: Row | undefined): Row {
    if (Tally.cannot.has(sku)) throw new Error(`item ${index} cannot be folded`);
    return { items: [...(row?.items ?? []), index] };
  }
  @Applies(OrderAccepted) accepted(): undefined {
    return undefined;
  }
}

/** The same, with code that can fold everything. */
@Projection('tally')
export class Healed extends Tally {
  override item({ index }: ItemAdded, row: Row | undefined): Row {
    return { items: [...(row?.items ?? []), index] };
  }
}

/** The same, with code that folds something else. */
@Projection('tally')
export class Negated extends Tally {
  override item({ index }: ItemAdded, row: Row | undefined): Row {
    return { items: [...(row?.items ?? []), -index] };
  }
}

/** The same, with code that cannot fold an item but the first where there is no row. */
@Projection('tally')
export class Strict extends Tally {
  override item(e: ItemAdded, row: Row | undefined): Row {
    if (e.index > 0 && !row?.items.length) throw new Error('where are the items before it');
    return super.item(e, row);
  }
}

class AnyItem extends Event('ItemAdded')<{ orderId: string; index: number | string }> {}

/** The same, with code that takes items whose index is a text, and finds a row for each. */
@Projection('tally')
export class Lenient extends Actor<{ items: (number | string)[] }, AnyItem> {
  initial(): { items: (number | string)[] } {
    return { items: [] };
  }
  key(e: AnyItem) {
    return e.orderId;
  }
  @Applies(AnyItem) item({ index }: AnyItem, { items }: { items: (number | string)[] }) {
    return { items: [...items, index] };
  }
}

export const by = { by: 'ada', why: 'the code is another now' };

/** What readers see. */
export async function tallies({ store }: Pick<World, 'store'>): Promise<Record<string, number[]>> {
  const { rows } = await new ProjectionRows(store.views as Views, 'tally').page();
  return Object.fromEntries(rows.map(({ key, row }) => [key, (JSON.parse(row) as Row).items]));
}

export async function parkedBy({ system }: Process): Promise<ParkedMessage[]> {
  const found: ParkedMessage[] = [];
  for await (const one of system.operators.parked()) found.push(one);
  return found;
}

export function parkedIn(world: World, process: Process): Promise<ParkedMessage[]> {
  return world.drive(parkedBy(process));
}

/** Indexes of the items that are parked, by kind, in order. */
export async function lined(world: World, process: Process): Promise<string[]> {
  return (await parkedIn(world, process)).map(({ park, content }) => {
    const parsed = JSON.parse(content) as { index: number } | string;
    return `${park} ${typeof parsed === 'string' ? parsed.slice(0, 60) : parsed.index}`;
  });
}

export function retry(world: World, process: Process, order: string, version?: number): Promise<Released> {
  return world.drive(process.system.operators.retry(`tally:row-${order}`, version, by));
}

/** Runs once before the process writes rows of this view, the first time or the nth. */
export function beforeWrite({ store }: Process, view: string, run: () => Promise<unknown>, nth = 1): void {
  let left = nth;
  const look = async (written: string): Promise<void> => {
    if (written === view && --left === 0) await run();
    else store.beforeViews.unshift(look);
  };
  store.beforeViews.unshift(look);
}

/** For a process that works for operators only: nothing of the log comes to it. */
export function deaf(store: Store): Store {
  const subscribe: Store['subscribe'] = async function* ({ after }, signal) {
    yield { events: [], position: after, caughtUp: true };
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
  };
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = name === 'subscribe' ? subscribe : Reflect.get(target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

/** How the item ended for whoever watched, oldest first. */
export function endingsOf(outcomes: readonly Outcome[], position: number): string[] {
  return outcomes.filter((outcome) => outcome.position === position).map(({ kind }) => kind);
}

/** Timers that a stopped process left behind. */
export function leftovers({ history }: World): string[] {
  return history.problems.filter((problem) => problem.includes('timers'));
}
