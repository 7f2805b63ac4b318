// Refused where a method folds.
import { Applies } from 'waybill';
import { ItemAdded, OrderPriced, OrderSubmitted, ShipmentRequested, ShippingBase } from './house';
import type { Shipment } from './house';

export abstract class Folds extends ShippingBase {
  // @ts-expect-error neither input nor output
  @Applies(OrderPriced) priced(_: OrderPriced, s: Shipment): Shipment {
    return s;
  }
  // @ts-expect-error the parameter is another event
  @Applies(OrderSubmitted) other(_: ItemAdded, s: Shipment): Shipment {
    return s;
  }
  // @ts-expect-error the state is another
  @Applies(ItemAdded) state(_: ItemAdded, s: { total: number }): { total: number } {
    return s;
  }
  // @ts-expect-error half a state
  @Applies(ItemAdded) half(_: ItemAdded, s: Shipment) {
    return { items: s.items };
  }
  // @ts-expect-error nothing returned: a fold that changes nothing returns the state
  @Applies(ItemAdded) nothing() {}
  // @ts-expect-error a state at a later time
  @Applies(ItemAdded) async later(_: ItemAdded, s: Shipment) {
    return Promise.resolve(s);
  }
  // @ts-expect-error a status that the lifecycle does not know
  @Applies(ShipmentRequested) status(_: ShipmentRequested, s: Shipment) {
    return { ...s, status: 'shipped' };
  }
  // @ts-expect-error an event is no state
  @Applies(ItemAdded) event(e: ItemAdded) {
    return e;
  }
  // @ts-expect-error a fold gets no meta: it must not depend on a delivery
  @Applies(ItemAdded) meta(_: ItemAdded, s: Shipment, meta: { time: number }): Shipment {
    return meta.time > 0 ? s : s;
  }
}
