// Refused in specs.
import { spec } from '@waybill/testing';
import { IndexSet, Saga } from 'waybill';
import {
  ItemAdded,
  Mail,
  OrderAccepted,
  OrderPriced,
  Orders,
  OrderSubmitted,
  ShipmentRequested,
  Shipping,
  ShippingBase,
  SubmitOrder,
} from './house';

const orderId = 'o-1';
const item = new ItemAdded({ orderId, index: 0, sku: 'pen' });
const accepted = new OrderAccepted({ orderId, itemCount: 1 });
const requested = new ShipmentRequested({ orderId, items: [0] });

const items = IndexSet.of(0);
const arranged = spec(Shipping).given(item);

@Saga('rated')
export class Rated extends ShippingBase {
  constructor(readonly rate: number) {
    super();
  }
}

export const wrong = [
  // @ts-expect-error an event that the actor does not take
  () => spec(Shipping).given(new OrderPriced({ orderId, itemCount: 1 })),
  // @ts-expect-error what the actor emits follows by itself
  () => spec(Shipping).given(requested),
  // @ts-expect-error an output is not delivered
  () => spec(Shipping).when(requested),
  // @ts-expect-error a command, to a saga
  () => spec(Shipping).when(new SubmitOrder({ orderId, customerId: 'c-1' })),
  // @ts-expect-error an event, to an aggregate
  () => spec(Orders).when(item),
  // @ts-expect-error a plain object
  () => spec(Shipping).when({ orderId, index: 0, sku: 'pen' }),
  // @ts-expect-error one message at a time
  () => spec(Shipping).when(item, accepted),
  // @ts-expect-error an input is not emitted
  () => spec(Shipping).when(item).then(accepted),
  // @ts-expect-error an event class in place of an event
  () => spec(Shipping).when(item).then(ShipmentRequested),
  // @ts-expect-error nothing expected: thenNothing()
  () => spec(Shipping).when(item).then(),
  // @ts-expect-error nothing said about the first message
  () => spec(Shipping).when(item).when(accepted),
  // @ts-expect-error an expectation before anything was delivered
  () => spec(Shipping).given(item).then(requested),
  // @ts-expect-error half a state
  () => spec(Shipping).given(item).state({ status: 'new' }),
  // @ts-expect-error a status that the lifecycle does not know
  () => arranged.state({ status: 'open', items }),
  // @ts-expect-error a predicate says yes or no
  () => arranged.state((s) => s.items),
  // @ts-expect-error a kind of park that does not exist
  () => spec(Shipping).when(item).thenParked('lost'),
  // @ts-expect-error a constructor that wants something is called by a factory
  () => spec(Rated),
  // @ts-expect-error the factory makes another actor
  () => spec(Rated, () => new Orders()),
  // @ts-expect-error a handler is no actor
  () => spec(Mail),
  // @ts-expect-error an abstract class cannot be made
  () => spec(ShippingBase),
  // @ts-expect-error a spec is no promise
  async () => await spec(Shipping).when(item), // eslint-disable-line @typescript-eslint/await-thenable
];

export const right = [
  () =>
    spec(Shipping)
      .given(item, new OrderSubmitted({ orderId, customerId: 'c-1' }))
      .when(accepted)
      .then(requested),
  () =>
    spec(Shipping)
      .when(item)
      .thenNothing()
      .when(item)
      .thenDuplicate()
      .state((s) => s.items.has(0)),
  () =>
    spec(Rated, () => new Rated(2))
      .given(item)
      .state({ status: 'new', items: IndexSet.of(0) }),
  () =>
    spec(Orders)
      .when(new SubmitOrder({ orderId, customerId: 'c-1' }), { id: 'r-1' })
      .thenRejected(),
];
