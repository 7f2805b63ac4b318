import { Actor, Aggregate, Applies, Handles, Rejected } from 'waybill';
import { AcceptOrder, AddItem, ItemAdded, OrderAccepted, OrderSubmitted, SubmitOrder } from './messages';

type Order = { status: 'new' | 'submitted' | 'accepted'; items: number };

/** Takes what customers ask for. The same request id again gives the same answer: see App.send. */
@Aggregate('orders')
export class Orders extends Actor<Order, SubmitOrder | AddItem | AcceptOrder, OrderSubmitted | ItemAdded | OrderAccepted> {
  initial(): Order {
    return { status: 'new', items: 0 };
  }
  key(c: SubmitOrder | AddItem | AcceptOrder) {
    return c.orderId;
  }

  @Handles(SubmitOrder)
  submit({ orderId, customerId }: SubmitOrder, order: Order) {
    if (order.status !== 'new') throw new Rejected(`order ${orderId} was submitted before`);
    return new OrderSubmitted({ orderId, customerId });
  }

  @Handles(AddItem)
  add({ orderId, sku, quantity }: AddItem, order: Order) {
    if (order.status !== 'submitted') throw new Rejected(`order ${orderId} is ${order.status}`);
    return new ItemAdded({ orderId, index: order.items, sku, quantity });
  }

  @Handles(AcceptOrder)
  accept({ orderId }: AcceptOrder, order: Order) {
    if (order.status !== 'submitted') throw new Rejected(`order ${orderId} is ${order.status}`);
    return new OrderAccepted({ orderId, itemCount: order.items });
  }

  @Applies(OrderSubmitted) submitted(_: OrderSubmitted, order: Order): Order {
    return { ...order, status: 'submitted' };
  }
  @Applies(ItemAdded) added(_: ItemAdded, order: Order): Order {
    return { ...order, items: order.items + 1 };
  }
  @Applies(OrderAccepted) accepted(_: OrderAccepted, order: Order): Order {
    return { ...order, status: 'accepted' };
  }
}
