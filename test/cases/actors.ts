import { Shipping } from '@waybill/bench/dist/shipping';
import { ItemAdded, OrderSubmitted } from '@waybill/sample-orders-shipping/dist/messages';
import { Actor, Aggregate, Applies, Command, Event, Handles, IndexSet, Lifecycle, Saga } from 'waybill';
import type { Meta } from 'waybill';
import type { Fed } from './messages';

const lifecycle = Lifecycle('new', 'submitted', 'accepted', 'requested');

/** Shipping, but an item of the kind 'poison' makes its method throw. */
@Saga('shipping', { lifecycle })
export class Touchy extends Shipping {
  override onItem(e: ItemAdded, s: ReturnType<Shipping['initial']>) {
    if (e.sku === 'poison') throw new Error('the dependency of this item is down');
    return super.onItem(e, s);
  }
}
export const poison = { sku: 'poison' };

/** Shipping whose method for items throws as often as `failures` says, then works: a dependency that comes back. */
@Saga('shipping', { lifecycle })
export class Flaky extends Shipping {
  static failures = 0;
  override onItem(e: ItemAdded, s: ReturnType<Shipping['initial']>) {
    if (Flaky.failures-- > 0) throw new Error('not yet');
    return super.onItem(e, s);
  }
}

export class Parcel extends Event('Parcel')<{ tenant: string; orderId: string; index: number }> {}

/** Counts the parcels of an order, a tenant's apart from another's. */
@Saga('parcels')
export class Parcels extends Actor<{ items: IndexSet }, Parcel> {
  initial() {
    return { items: IndexSet.empty };
  }
  key({ tenant, orderId }: Parcel) {
    return `${tenant}/${orderId}`;
  }
  @Handles(Parcel, { once: 'index' }) onParcel() {
    return [];
  }
  @Applies(Parcel) parcel({ index }: Parcel, s: { items: IndexSet }) {
    return { items: s.items.add(index) };
  }
}
export function parcel(tenant: string, orderId: string, index: number): Fed {
  return { type: 'Parcel', data: { tenant, orderId, index } };
}
export class Pause extends Command('Pause')<{ of: string }> {}
export class Resume extends Command('Resume')<{ of: string }> {}
export class Stamp extends Command('Stamp')<{ of: string }> {}
export class Paused extends Event('Paused')<{ of: string }> {}
export class Resumed extends Event('Resumed')<{ of: string }> {}
export class Stamped extends Event('Stamped')<{ of: string; at: number }> {}

/** Pausing what is paused is nothing to do. A stamp bears the time of the worker that decided on it. */
@Aggregate('switches')
export class Switches extends Actor<{ paused: boolean }, Pause | Resume | Stamp, Paused | Resumed | Stamped> {
  initial() {
    return { paused: false };
  }
  key({ of }: Pause | Resume | Stamp) {
    return of;
  }
  @Handles(Pause) pause({ of }: Pause, s: { paused: boolean }) {
    return s.paused ? [] : new Paused({ of });
  }
  @Handles(Resume) resume({ of }: Resume, s: { paused: boolean }) {
    return s.paused ? new Resumed({ of }) : [];
  }
  @Handles(Stamp) stamp({ of }: Stamp, _: unknown, { time }: Meta) {
    return new Stamped({ of, at: time });
  }
  @Applies(Paused) paused() {
    return { paused: true };
  }
  @Applies(Resumed) resumed() {
    return { paused: false };
  }
}

/** The shipping of yesterday, under the same name: it does not know OrderAccepted yet. */
@Saga('shipping')
export class OldShipping extends Actor<{ items: IndexSet }, OrderSubmitted | ItemAdded> {
  initial() {
    return { items: IndexSet.empty };
  }
  key({ orderId }: OrderSubmitted | ItemAdded) {
    return orderId;
  }
  @Handles(OrderSubmitted, { once: true }) onSubmitted() {
    return [];
  }
  @Handles(ItemAdded, { once: 'index' }) onItem() {
    return [];
  }
  @Applies(ItemAdded) item({ index }: ItemAdded, s: { items: IndexSet }) {
    return { items: s.items.add(index) };
  }
}
