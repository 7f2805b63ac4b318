// Refused where a method decides: what it is given, and what it returns.
import { conflict, discard, Handles } from 'waybill';
import { OrderAccepted, OrderPriced, OrderSubmitted, ShipmentRequested, ShippingBase, SubmitOrder } from './house';
import type { Shipment, ItemAdded } from './house';

const orderId = 'o-1';

export abstract class Given extends ShippingBase {
  // @ts-expect-error an event that the actor does not declare as input
  @Handles(OrderPriced) priced() {
    return [];
  }
  // @ts-expect-error an output is no input
  @Handles(ShipmentRequested) requested() {
    return [];
  }
  // @ts-expect-error a command, in an actor that is fed by events
  @Handles(SubmitOrder) submit() {
    return [];
  }
  // @ts-expect-error the parameter is another event
  @Handles(OrderSubmitted) other(_: ItemAdded) {
    return [];
  }
  // @ts-expect-error the parameter is another event with the same data
  @Handles(OrderAccepted) alike(_: OrderPriced) {
    return [];
  }
  // @ts-expect-error the state is another
  @Handles(OrderSubmitted) state(_: OrderSubmitted, s: { total: number }) {
    return s.total > 0 ? [] : [];
  }
  // @ts-expect-error meta has no clock
  @Handles(OrderSubmitted) meta(_: OrderSubmitted, __: Shipment, meta: { now: number }) {
    return meta.now > 0 ? [] : [];
  }
  // @ts-expect-error a fourth argument never comes
  @Handles(OrderSubmitted) more(_: OrderSubmitted, __: Shipment, ___: unknown, four: string) {
    return four === '' ? [] : [];
  }
  // @ts-expect-error a decorator of methods stands above no field
  @Handles(OrderSubmitted) field = 1;
  // @ts-expect-error a name is no message class
  @Handles('OrderSubmitted') named() {
    return [];
  }
  // @ts-expect-error a message is no message class
  @Handles(new OrderSubmitted({ orderId, customerId: 'c-1' })) made() {
    return [];
  }
}

export abstract class Returned extends ShippingBase {
  // @ts-expect-error nothing returned: doing nothing is []
  @Handles(OrderSubmitted) nothing() {}
  // @ts-expect-error one branch forgets to return
  @Handles(OrderAccepted) sometimes(e: OrderAccepted) {
    if (e.itemCount > 0) return [];
    return;
  }
  // @ts-expect-error undefined is no decision
  @Handles(OrderSubmitted) undefined() {
    return undefined;
  }
  // @ts-expect-error null is no decision
  @Handles(OrderSubmitted) null() {
    return null;
  }
  // @ts-expect-error a decision is made at once
  @Handles(OrderSubmitted) async later() {
    return Promise.resolve([]);
  }
  // @ts-expect-error a generator decides nothing
  @Handles(OrderSubmitted) *generator() {
    yield new ShipmentRequested({ orderId, items: [] });
  }
  // @ts-expect-error an event that the actor does not declare as output
  @Handles(OrderSubmitted) undeclared() {
    return new OrderPriced({ orderId, itemCount: 1 });
  }
  // @ts-expect-error one of the events is not declared
  @Handles(OrderSubmitted) oneOfTwo() {
    return [new ShipmentRequested({ orderId, items: [] }), new OrderPriced({ orderId, itemCount: 1 })];
  }
  // @ts-expect-error an event class in place of an event
  @Handles(OrderSubmitted) cls() {
    return ShipmentRequested;
  }
  // @ts-expect-error a plain object is no event
  @Handles(OrderSubmitted) plain() {
    return { type: 'ShipmentRequested' as const, orderId, items: [] };
  }
  // @ts-expect-error a state is no decision
  @Handles(OrderSubmitted) folded(_: OrderSubmitted, s: Shipment) {
    return s;
  }
  // @ts-expect-error a boolean is no decision
  @Handles(OrderSubmitted) yes() {
    return true;
  }
  // @ts-expect-error a discard stands alone
  @Handles(OrderSubmitted) mixed() {
    return [new ShipmentRequested({ orderId, items: [] }), discard('no')];
  }
}

// @ts-expect-error a conflict has a reason
conflict();
// @ts-expect-error a discard has a reason
discard();
