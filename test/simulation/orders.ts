import { ItemAdded, OrderAccepted, OrderSubmitted } from '@waybill/sample-orders-shipping/dist/messages';
import type { Simulation } from '@waybill/testing';
import { oneShipment } from '../cases/shipments';
import { Shipping } from '@waybill/bench/dist/shipping';

export const S = (orderId: string, customerId = 'c-1') => new OrderSubmitted({ orderId, customerId });
export const I = (orderId: string, index: number, quantity = 1) => new ItemAdded({ orderId, index, sku: `sku-${index}`, quantity });
export const A = (orderId: string, itemCount: number) => new OrderAccepted({ orderId, itemCount });

/** S, every item and A of an order. */
export function order(orderId: string, items: number) {
  return [S(orderId), ...Array.from({ length: items }, (_, index) => I(orderId, index)), A(orderId, items)];
}

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
