// Refused above a class: sagas, aggregates, projections, handlers to the outside, and what an actor is made of.
import { Actor, Aggregate, Applies, Event, Handler, Handles, Lifecycle, On, Projection, Saga } from 'waybill';
import { CancelOrder, ItemAdded, OpenOrders, OrdersBase, OrderSubmitted, ShipmentRequested, ShippingBase, SubmitOrder } from './house';
import type { In, Order, Shipment } from './house';

// Sagas
// @ts-expect-error the state knows a status that the lifecycle does not
@Saga('shipping', { lifecycle: Lifecycle('new', 'submitted', 'accepted') })
export abstract class TooShort extends ShippingBase {}
// @ts-expect-error the lifecycle knows a status that the state does not
@Saga('shipping', { lifecycle: Lifecycle('new', 'submitted', 'accepted', 'requested', 'closed') })
export abstract class TooLong extends ShippingBase {}
type Counted = { count: number };
export abstract class CountedBase extends Actor<Counted, OrderSubmitted> {
  initial(): Counted {
    return { count: 0 };
  }
  key(e: OrderSubmitted) {
    return e.orderId;
  }
}
// @ts-expect-error a lifecycle over a state without a status
@Saga('counted', { lifecycle: Lifecycle('new', 'old') })
export abstract class NoStatus extends CountedBase {}
// @ts-expect-error a saga is not fed by commands
@Saga('orders')
export abstract class CommandSaga extends OrdersBase {}
// @ts-expect-error a saga lists events, not commands
@Saga('shipping', { takes: [SubmitOrder] })
export abstract class TakesCommand extends ShippingBase {}
// @ts-expect-error an option that does not exist
@Saga('shipping', { once: true })
export abstract class Option extends ShippingBase {}
// @ts-expect-error a saga has a name
@Saga()
export abstract class Nameless extends ShippingBase {}
// @ts-expect-error a saga is an actor
@Saga('plain')
export class PlainSaga {}
export abstract class BeforeNoStatus extends CountedBase {
  // @ts-expect-error `before` in a state without a status
  @Handles(OrderSubmitted, { once: true, before: 'old' }) submitted() {
    return [];
  }
}

// Lifecycles
// @ts-expect-error one status is no order
Lifecycle('new');
// @ts-expect-error a status is a text
Lifecycle('new', 2);
const door = Lifecycle('closed', 'open');
// @ts-expect-error a status of another lifecycle
door.forward('closed', 'requested');
// @ts-expect-error a status of another lifecycle
door.index('requested');

// Aggregates
// @ts-expect-error an aggregate is not fed by events
@Aggregate('shipping')
export abstract class EventAggregate extends ShippingBase {}
// @ts-expect-error an aggregate lists commands, not events
@Aggregate('orders', { takes: [OrderSubmitted] })
export abstract class TakesEvent extends OrdersBase {}
// @ts-expect-error an aggregate has no lifecycle option
@Aggregate('orders', { lifecycle: Lifecycle('new', 'submitted') })
export abstract class WithLifecycle extends OrdersBase {}
// @ts-expect-error a mix of commands and events is neither aggregate nor saga
@Aggregate('mix')
export abstract class Mix extends Actor<Order, SubmitOrder | ItemAdded, OrderSubmitted> {}
export abstract class Undeclared extends OrdersBase {
  // @ts-expect-error a command that the aggregate does not declare
  @Handles(CancelOrder) cancel() {
    return [];
  }
}
// @ts-expect-error an aggregate emits events; only a saga sends commands
@Aggregate('commanding')
export abstract class EmitsCommands extends Actor<Order, SubmitOrder, CancelOrder> {}

// Projections
// @ts-expect-error a projection is not fed by commands
@Projection('orders')
export abstract class CommandProjection extends OrdersBase {}
export abstract class Rows extends Actor<{ id: string }, OrderSubmitted> {
  // @ts-expect-error an event that the projection does not take
  @Applies(ShipmentRequested) requested(_: ShipmentRequested, row: { id: string }): { id: string } {
    return row;
  }
  // @ts-expect-error a row that may be missing, where State does not say so
  @Applies(OrderSubmitted) deleted(): undefined {
    return undefined;
  }
}
// @ts-expect-error a projection has no lifecycle
@Projection('open-orders', { lifecycle: door })
export abstract class ProjectionOption extends OpenOrders {}
// @ts-expect-error a fold is pure: what has thrown throws again
@Projection('open-orders', { retry: { attempts: 3 } })
export abstract class ProjectionRetry extends OpenOrders {}

// Handlers to the outside
// @ts-expect-error exactly once does not hold for the outside
@Handler('mail', { delivery: 'exactly-once' })
export class ExactlyOnce {}
// @ts-expect-error a handler says which delivery it stands
@Handler('mail')
export class Unsaid {}
export class Calls {
  // @ts-expect-error the parameter is another event
  @On(ShipmentRequested) async other(_: OrderSubmitted) {}
  // @ts-expect-error commands are not in the log for others
  @On(SubmitOrder) async command(_: SubmitOrder) {}
  // @ts-expect-error there is no state
  @On(ShipmentRequested) async state(_: ShipmentRequested, s: Shipment) {
    await Promise.resolve(s);
  }
  // @ts-expect-error what is returned goes nowhere
  @On(ShipmentRequested) emits() {
    return 5;
  }
}

// What an actor is made of
// @ts-expect-error an actor that emits what it takes would feed itself
@Saga('loop')
export abstract class Loop extends Actor<Shipment, In, ItemAdded | ShipmentRequested> {}
// @ts-expect-error no initial state
export class NoInitial extends Actor<Order, SubmitOrder> {
  key(c: SubmitOrder) {
    return c.orderId;
  }
}
// @ts-expect-error no key
export class NoKey extends Actor<Order, SubmitOrder> {
  initial(): Order {
    return { status: 'new' };
  }
}
export abstract class NumberKey extends Actor<Shipment, In> {
  // @ts-expect-error a key is a string
  key(e: In) {
    return e.orderId.length;
  }
}
// @ts-expect-error a key for one of the inputs only: the others would be for no actor
@Saga('narrow')
export abstract class NarrowKey extends Actor<Shipment, In> {
  key(e: ItemAdded) {
    return e.sku;
  }
}
export abstract class WrongInitial extends Actor<Shipment, In> {
  // @ts-expect-error an initial state without its index set
  initial() {
    return { status: 'new' as const };
  }
}
// @ts-expect-error an input is a message
export abstract class PlainIn extends Actor<Order, { orderId: string }> {}

class Sent extends Event('Sent')<{ to: string }> {}
class Bounced extends Event('Bounced')<{ reason: string }> {}
@Handler('answers', { delivery: 'at-least-once', emits: [Sent, Bounced] })
export class Answers {
  @On(ItemAdded) added({ sku }: ItemAdded) {
    return sku === '' ? new Bounced({ reason: 'none' }) : new Sent({ to: sku });
  }
}
// @ts-expect-error an answer that is not listed
@Handler('answers-more', { delivery: 'at-least-once', emits: [Sent] })
export class AnswersMore extends Answers {}
