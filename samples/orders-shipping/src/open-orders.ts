import { Actor, Applies, Projection } from 'waybill';
import { OrderAccepted, OrderSubmitted, ShipmentRequested } from './messages';

export type OpenOrder = { orderId: string; customerId?: string; itemCount?: number; shipped: boolean };
type In = OrderSubmitted | OrderAccepted | ShipmentRequested;

/**
 * Which orders wait for their shipment. The log may hold an event twice, and S may come after the shipment: so the first
 * copy wins, and a shipped order keeps its row to stay shipped.
 */
@Projection('open-orders')
export class OpenOrders extends Actor<OpenOrder, In> {
  initial(): OpenOrder {
    return { orderId: '', shipped: false };
  }
  key(e: In) {
    return e.orderId;
  }

  @Applies(OrderSubmitted) submitted({ orderId, customerId }: OrderSubmitted, row: OpenOrder): OpenOrder {
    return { customerId, ...row, orderId };
  }
  @Applies(OrderAccepted) accepted({ orderId, itemCount }: OrderAccepted, row: OpenOrder): OpenOrder {
    return { itemCount, ...row, orderId };
  }
  @Applies(ShipmentRequested) requested({ orderId }: ShipmentRequested, row: OpenOrder): OpenOrder {
    return { ...row, orderId, shipped: true };
  }
}
