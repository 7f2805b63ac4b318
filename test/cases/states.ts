import type { Recorded, Runtime, Store } from '@waybill/core';
import { define, load } from '@waybill/core/internal';
import type { ActorDefinition } from '@waybill/core/internal';
import { Shipping } from './shipping';
import { actorRow } from './log';
import type { ActorRow } from './log';
import { shippingFold } from './shipping-fold';

/** I9: what the flow loads of an order is what the folds make of its rows, one by one. */
export async function compareStates(store: Store, log: readonly Recorded[], runtime: Runtime): Promise<void> {
  const orders = new Map<string, ActorRow[]>();
  for (const row of log) {
    const entry = actorRow(row);
    if (!entry?.stream.startsWith('shipping-')) continue;
    const rows = orders.get(entry.stream);
    if (rows) rows.push(entry);
    else orders.set(entry.stream, [entry]);
  }
  const definition = define(Shipping, new Shipping()) as ActorDefinition;
  for (const [stream, rows] of orders) {
    const state = rows.reduce((before, row) => shippingFold.apply(row, before), shippingFold.initial());
    expect((await load(store, definition, stream, runtime)).state).toEqual(state);
  }
}
