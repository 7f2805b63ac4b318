// Correct code, as a user writes it: every refused case differs from this in one place.
import {
  Actor,
  Aggregate,
  Applies,
  Command,
  conflict,
  discard,
  Event,
  Handler,
  Handles,
  IndexSet,
  Lifecycle,
  On,
  Projection,
  Saga,
} from 'waybill';
import type { Meta, StatusOf } from 'waybill';

export class OrderSubmitted extends Event('OrderSubmitted')<{ orderId: string; customerId: string }> {}
export class ItemAdded extends Event('ItemAdded')<{ orderId: string; index: number; sku: string }> {}
export class OrderAccepted extends Event('OrderAccepted')<{ orderId: string; itemCount: number }> {}
export class ShipmentRequested extends Event('ShipmentRequested')<{ orderId: string; items: readonly number[] }> {}
/** The data of OrderAccepted under another name. */
export class OrderPriced extends Event('OrderPriced')<{ orderId: string; itemCount: number }> {}
export class SubmitOrder extends Command('SubmitOrder')<{ orderId: string; customerId: string }> {}
export class CancelOrder extends Command('CancelOrder')<{ orderId: string }> {}

export const lifecycle = Lifecycle('new', 'submitted', 'accepted', 'requested');
export type Shipment = { status: StatusOf<typeof lifecycle>; items: IndexSet; expected?: number };
export type In = OrderSubmitted | ItemAdded | OrderAccepted;

export abstract class ShippingBase extends Actor<Shipment, In, ShipmentRequested> {
  initial(): Shipment {
    return { status: 'new', items: IndexSet.empty };
  }
  key(e: In) {
    return e.orderId;
  }
}

@Saga('shipping', { lifecycle, takes: [OrderSubmitted, ItemAdded, OrderAccepted] })
export class Shipping extends ShippingBase {
  @Handles(OrderSubmitted, { once: true }) onSubmitted() {
    return [];
  }
  @Handles(ItemAdded, { once: 'index', before: 'requested' }) onItem(e: ItemAdded, s: Shipment, meta: Meta) {
    if (s.expected !== undefined && e.index >= s.expected) return conflict(`${meta.id}: the order has ${s.expected} items`);
    return this.complete(e.orderId, this.item(e, s));
  }
  @Handles(OrderAccepted, { once: true }) onAccepted(e: OrderAccepted, s: Shipment) {
    return e.itemCount === 0 ? discard('nothing to ship') : this.complete(e.orderId, this.accepted(e, s));
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
  private complete(orderId: string, s: Shipment) {
    if (s.expected === undefined || !s.items.covers(s.expected)) return [];
    return new ShipmentRequested({ orderId, items: [...s.items] });
  }
}

export type Order = { status: 'new' | 'submitted' };
export abstract class OrdersBase extends Actor<Order, SubmitOrder, OrderSubmitted> {
  initial(): Order {
    return { status: 'new' };
  }
  key(c: SubmitOrder) {
    return c.orderId;
  }
}

@Aggregate('orders', { takes: [SubmitOrder] })
export class Orders extends OrdersBase {
  @Handles(SubmitOrder) submit({ orderId, customerId }: SubmitOrder, order: Order) {
    return order.status === 'new' ? new OrderSubmitted({ orderId, customerId }) : conflict('submitted before');
  }
  @Applies(OrderSubmitted) submitted(): Order {
    return { status: 'submitted' };
  }
}

export type OpenOrder = { orderId: string; shipped: boolean };
@Projection('open-orders')
export class OpenOrders extends Actor<OpenOrder | undefined, OrderSubmitted | ShipmentRequested> {
  initial(): OpenOrder {
    return { orderId: '', shipped: false };
  }
  key(e: OrderSubmitted | ShipmentRequested) {
    return e.orderId;
  }
  @Applies(OrderSubmitted) submitted({ orderId }: OrderSubmitted, row: OpenOrder | undefined): OpenOrder {
    return { shipped: false, ...row, orderId };
  }
  @Applies(ShipmentRequested) requested(): undefined {
    return undefined;
  }
}

@Handler('mail', { delivery: 'at-least-once' })
export class Mail {
  @On(ShipmentRequested) async shipped(e: ShipmentRequested, meta: Meta) {
    await Promise.resolve(`${meta.id} ${e.orderId}`);
  }
}
