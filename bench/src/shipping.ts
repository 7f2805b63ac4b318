import { Actor, Applies, conflict, Handles, IndexSet, Lifecycle, Saga } from 'waybill';
import type { StatusOf } from 'waybill';
import { ItemAdded, OrderAccepted, OrderSubmitted, ShipmentRequested } from '@waybill/sample-orders-shipping/dist/messages';

const lifecycle = Lifecycle('new', 'submitted', 'accepted', 'requested');
type Shipment = { status: StatusOf<typeof lifecycle>; items: IndexSet; expected?: number };
type In = OrderSubmitted | ItemAdded | OrderAccepted;

/** The sample's saga without deadlines and late items: the plain flow, which bench measures and whose rows the cases count. */
@Saga('shipping', { lifecycle, takes: [OrderSubmitted, ItemAdded, OrderAccepted] })
export class Shipping extends Actor<Shipment, In, ShipmentRequested> {
  initial(): Shipment {
    return { status: 'new', items: IndexSet.empty };
  }
  key(e: In) {
    return e.orderId;
  }

  // once: a late duplicate cannot move the order back.
  @Handles(OrderSubmitted, { once: true })
  onSubmitted() {
    return [];
  }

  // once: one item per index; before: an item first seen after the shipment was requested is parked, not lost.
  @Handles(ItemAdded, { once: 'index', before: 'requested' })
  onItem(e: ItemAdded, s: Shipment) {
    if (s.expected !== undefined && e.index >= s.expected) return conflict(`the order has ${s.expected} items`);
    return this.complete(e.orderId, this.item(e, s));
  }

  @Handles(OrderAccepted, { once: true })
  onAccepted(e: OrderAccepted, s: Shipment) {
    return this.complete(e.orderId, this.accepted(e, s));
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
    return new ShipmentRequested({ orderId, items: [...items].filter((index) => index < expected) });
  }
}
