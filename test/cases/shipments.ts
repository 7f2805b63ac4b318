import { ItemAdded, OrderAccepted, ShipmentRequested } from '@waybill/sample-orders-shipping/dist/messages';
import type { Invariant, Observed } from '@waybill/testing';
import { Shipping } from '@waybill/bench/dist/shipping';

/** I1 and I3: at most one shipment per order, once all its items are taken in, with exactly these; at rest, one for each complete order. */
export const oneShipment: Invariant = (log) => {
  const shipped = new Set<string>();
  for (const { orderId, items } of log.events(ShipmentRequested)) {
    if (shipped.has(orderId)) return `${orderId} is shipped twice`;
    shipped.add(orderId);
    const { expected, items: taken } = log.state(Shipping, orderId) ?? new Shipping().initial();
    if (expected === undefined || !taken.covers(expected)) return `${orderId} is shipped, and it is not complete`;
    const wanted = [...taken].filter((index) => index < expected).join();
    if (items.join() !== wanted) return `${orderId} ships the items ${items.join()}, wanted are ${wanted}`;
  }
  return log.atRest ? unshipped(log, shipped) : undefined;
};

/** An order that its own rows, or the messages in the log, say is complete. */
function unshipped(log: Observed, shipped: ReadonlySet<string>): string | undefined {
  const counts = new Map<string, Set<number>>();
  for (const { orderId, itemCount } of log.events(OrderAccepted)) counts.set(orderId, (counts.get(orderId) ?? new Set()).add(itemCount));
  for (const [orderId, [count = 0, ...others]] of counts) {
    if (shipped.has(orderId)) continue;
    const { expected, items } = log.state(Shipping, orderId) ?? new Shipping().initial();
    if (expected !== undefined && items.covers(expected)) return `${orderId} is complete and is not shipped`;
    const found = new Set(log.events(ItemAdded).flatMap((item) => (item.orderId === orderId && item.index < count ? [item.index] : [])));
    if (others.length === 0 && found.size === count && !isHeldUp(log, `shipping-${orderId}`))
      return `${orderId} has all its items and is not shipped`;
  }
  return undefined;
}

/** A message of it is parked, or was skipped by an operator. */
function isHeldUp(log: Observed, stream: string): boolean {
  return (
    log.parked.some((parked) => parked.stream === stream) ||
    log.rows.some((row) => row.stream === stream && row.meta.includes('"park":"skipped"'))
  );
}
