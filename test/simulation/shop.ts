import {
  AcceptOrder,
  AddItem,
  ItemAdded,
  OrderSubmitted,
  ShipmentRequested,
  SubmitOrder,
} from '@waybill/sample-orders-shipping/dist/messages';
import { OpenOrders } from '@waybill/sample-orders-shipping/dist/open-orders';
import { Orders } from '@waybill/sample-orders-shipping/dist/orders';
import { Shipping } from '@waybill/sample-orders-shipping/dist/shipping';
import { Actor, Applies, Handler, On, Projection } from 'waybill';
import type { Simulation } from '@waybill/testing';
import { oneShipment } from '../cases/shipments';

/** Letters carry their key: at least once. */
@Handler('letters', { delivery: 'at-least-once' })
export class Letters {
  @On(ShipmentRequested) send() {}
}
/** A bell has no key: at most once. */
@Handler('bell', { delivery: 'at-most-once' })
export class Bell {
  @On(OrderSubmitted) ring() {}
}

/** How many items each order has: to fold one twice is to count it twice. */
@Projection('tally')
export class Tally extends Actor<{ items: number }, ItemAdded> {
  initial() {
    return { items: 0 };
  }
  key({ orderId }: ItemAdded) {
    return orderId;
  }
  @Applies(ItemAdded) added(_: ItemAdded, { items }: { items: number }) {
    return { items: items + 1 };
  }
}

/** Callers, an aggregate, a saga behind it, both kinds of handlers, projections. */
export const shop: Simulation = {
  use: [Orders, Shipping, OpenOrders, Tally, Letters, Bell],
  messages: [
    ...[new SubmitOrder({ orderId: 'o-1', customerId: 'c-1' }), new AddItem({ orderId: 'o-1', sku: 'apple', quantity: 1 })],
    ...[new AddItem({ orderId: 'o-1', sku: 'pear', quantity: 2 }), new AcceptOrder({ orderId: 'o-1' })],
  ],
  workers: 2,
  invariant: oneShipment,
};
