import { Shipping } from '../cases/shipping';
import { ItemAdded, OrderAccepted, OrderSubmitted, ShipmentRequested } from '@waybill/sample-orders-shipping/dist/messages';
import type { Invariant, Simulation } from '@waybill/testing';

export const S = (orderId: string, customerId = 'c-1') => new OrderSubmitted({ orderId, customerId });
export const I = (orderId: string, index: number, quantity = 1) => new ItemAdded({ orderId, index, sku: `sku-${index}`, quantity });
export const A = (orderId: string, itemCount: number) => new OrderAccepted({ orderId, itemCount });

/** S, every item and A of an order. */
export function order(orderId: string, items: number) {
  return [S(orderId), ...Array.from({ length: items }, (_, index) => I(orderId, index)), A(orderId, items)];
}

/** I1 and I3: a shipment per order at the most, with exactly its items; at rest, one for each order that is complete. */
export const oneShipment: Invariant = (log) => {
  const wanted = new Map<string, number>();
  for (const { orderId, itemCount } of log.events(OrderAccepted)) wanted.set(orderId, itemCount);
  const shipped = new Set<string>();
  for (const { orderId, items } of log.events(ShipmentRequested)) {
    if (shipped.has(orderId)) return `${orderId} is shipped twice`;
    shipped.add(orderId);
    const count = wanted.get(orderId) ?? 0;
    if (items.length !== count || items.some((item, i) => item !== i))
      return `${orderId} ships the items ${items.join()}, wanted are the first ${count}`;
  }
  if (!log.atRest) return undefined;
  for (const [orderId, itemCount] of wanted) {
    const found = new Set(
      log.events(ItemAdded).flatMap((item) => (item.orderId === orderId && item.index < itemCount ? [item.index] : [])),
    );
    const skipped = log.rows.some(({ stream, meta }) => stream === `shipping-${orderId}` && meta.includes('"park":"skipped"'));
    if (found.size === itemCount && !shipped.has(orderId) && !skipped) return `${orderId} is complete and is not shipped`;
  }
  return undefined;
};

/** One order of two items: the workload that schedules per second are counted with. */
export const oneOrder: Simulation = { use: [Shipping], messages: order('o-1', 2), workers: 2, invariant: oneShipment };

/** Two orders side by side. */
export const orders: Simulation = { ...oneOrder, messages: [...order('o-1', 2), ...order('o-2', 1)] };

/** One order, an item of it with other content, an item past the count, a second customer. */
export const conflicts: Simulation = {
  use: [Shipping],
  messages: [...order('o-1', 2), I('o-1', 0, 9), I('o-1', 5), S('o-1', 'c-2')],
  workers: 2,
};
