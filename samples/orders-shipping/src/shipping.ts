import { Actor, after, Applies, cancel, conflict, Handles, HandlesLate, IndexSet, Lifecycle, Saga } from 'waybill';
import type { StatusOf } from 'waybill';
import { ItemAdded, ItemCameTooLate, OrderAccepted, OrderIncomplete, OrderSubmitted, ShipmentOverdue, ShipmentRequested } from './messages';

const lifecycle = Lifecycle('new', 'submitted', 'accepted', 'requested');
type Shipment = { status: StatusOf<typeof lifecycle>; items: IndexSet; expected?: number };
type In = OrderSubmitted | ItemAdded | OrderAccepted | ShipmentOverdue;
type Out = ShipmentRequested | OrderIncomplete | ItemCameTooLate;

/** One shipment per order, when it was accepted and all its items are in, in whatever order and however often they came. */
@Saga('shipping', { lifecycle, takes: [OrderSubmitted, ItemAdded, OrderAccepted, ShipmentOverdue] })
export class Shipping extends Actor<Shipment, In, Out> {
  initial(): Shipment {
    return { status: 'new', items: IndexSet.empty };
  }
  key(e: In) {
    return e.orderId;
  }

  // once: a late duplicate cannot move the order back.
  @Handles(OrderSubmitted, { once: true })
  onSubmitted({ orderId }: OrderSubmitted) {
    return after('3 days', new ShipmentOverdue({ orderId }));
  }

  // once: one item per index; before: an item first seen after the shipment was requested came too late.
  @Handles(ItemAdded, { once: 'index', before: 'requested' })
  onItem(e: ItemAdded, s: Shipment) {
    if (s.expected !== undefined && e.index >= s.expected) return conflict(`the order has ${s.expected} items`);
    return this.complete(e.orderId, this.item(e, s));
  }

  // Without this method such an item would be parked.
  @HandlesLate(ItemAdded)
  onLateItem({ orderId, index }: ItemAdded) {
    return new ItemCameTooLate({ orderId, index });
  }

  @Handles(OrderAccepted, { once: true })
  onAccepted(e: OrderAccepted, s: Shipment) {
    return this.complete(e.orderId, this.accepted(e, s));
  }

  @Handles(ShipmentOverdue, { deadline: true, before: 'requested' })
  onOverdue({ orderId }: ShipmentOverdue, s: Shipment) {
    return new OrderIncomplete({ orderId, missing: s.items.missing(s.expected ?? 0) });
  }

  @Applies(OrderSubmitted) submitted(_: OrderSubmitted, s: Shipment): Shipment {
    return { ...s, status: lifecycle.forward(s.status, 'submitted') };
  }
  @Applies(ItemAdded) item(e: ItemAdded, s: Shipment): Shipment {
    return { ...s, items: s.items.add(e.index) };
  }
  @Applies(OrderAccepted) accepted(e: OrderAccepted, s: Shipment): Shipment {
    return { ...s, expected: e.itemCount, status: lifecycle.forward(s.status, 'accepted') };
  }
  @Applies(ShipmentRequested) requested(_: ShipmentRequested, s: Shipment): Shipment {
    return { ...s, status: 'requested' };
  }

  private complete(orderId: string, { expected, items }: Shipment) {
    if (expected === undefined || !items.covers(expected)) return [];
    // An item past the count, taken in before the count was known, does not ship.
    return [new ShipmentRequested({ orderId, items: [...items].filter((index) => index < expected) }), cancel(ShipmentOverdue)];
  }
}
