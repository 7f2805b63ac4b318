import type { StandardSchemaV1 } from '@standard-schema/spec';
import { oneShipment } from '../cases/shipments';
import { Shipping } from '@waybill/bench/dist/shipping';
import { ItemAdded, OrderSubmitted } from '@waybill/sample-orders-shipping/dist/messages';
import { Actor, Aggregate, Applies, Command, Event, Handles, IndexSet, Saga } from 'waybill';
import type { Simulation } from '@waybill/testing';
import { order } from './orders';

/** The shipping of yesterday: it does not know OrderAccepted yet. */
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

/** A rolling upgrade, and back, and again: the messages that old code did not know are taken in by the new. */
export const upgrade: Simulation = {
  before: [OldShipping],
  use: [Shipping],
  messages: order('o-1', 2),
  workers: 2,
  invariant: oneShipment,
};

type Reading = { of: string; value: number };
const positive: StandardSchemaV1<Reading, Reading> = {
  '~standard': {
    version: 1,
    vendor: 'simulation',
    validate: (data) => ((data as Reading).value > 0 ? { value: data as Reading } : { issues: [{ message: 'not above 0' }] }),
  },
};
export class AnyRead extends Event('Read')<Reading> {}
export class PositiveRead extends Event('Read', { schema: positive }) {}
export class Noted extends Event('Noted')<Reading> {}

@Saga('meters')
export class LooseMeters extends Actor<null, AnyRead, Noted> {
  initial() {
    return null;
  }
  key({ of }: AnyRead) {
    return of;
  }
  @Handles(AnyRead) onRead({ of, value }: AnyRead) {
    return new Noted({ of, value });
  }
}
@Saga('meters')
export class StrictMeters extends Actor<null, PositiveRead, Noted> {
  initial() {
    return null;
  }
  key({ of }: PositiveRead) {
    return of;
  }
  @Handles(PositiveRead) onRead({ of, value }: PositiveRead) {
    return new Noted({ of, value });
  }
}

/** A schema becomes stricter: what was taken in stays taken in. */
export const stricter: Simulation = {
  before: [LooseMeters],
  use: [StrictMeters],
  messages: [new AnyRead({ of: 'm-1', value: 0 }), new AnyRead({ of: 'm-1', value: 1 })],
  workers: 2,
};

export class Pause extends Command('Pause')<{ of: string }> {}
export class Resume extends Command('Resume')<{ of: string }> {}
export class Paused extends Event('Paused')<{ of: string }> {}
export class Resumed extends Event('Resumed')<{ of: string }> {}

/** Pausing what is paused is nothing to do, and an answer all the same. */
@Aggregate('switches')
export class Switches extends Actor<{ paused: boolean }, Pause | Resume, Paused | Resumed> {
  initial() {
    return { paused: false };
  }
  key({ of }: Pause | Resume) {
    return of;
  }
  @Handles(Pause) pause({ of }: Pause, s: { paused: boolean }) {
    return s.paused ? [] : new Paused({ of });
  }
  @Handles(Resume) resume({ of }: Resume, s: { paused: boolean }) {
    return s.paused ? new Resumed({ of }) : [];
  }
  @Applies(Paused) paused() {
    return { paused: true };
  }
  @Applies(Resumed) resumed() {
    return { paused: false };
  }
}
const of = 's-1';
export const switches: Simulation = {
  use: [Switches],
  messages: [new Pause({ of }), new Pause({ of }), new Resume({ of }), new Resume({ of })],
  workers: 2,
};
