import type { StandardSchemaV1 } from '@standard-schema/spec';
import { Actor, Event, Handles, Saga } from 'waybill';
import type { Fed } from './messages';

type Stock = { orderId: string; index: number; quantity: number; note?: string };

/** Stocked as it was first written, and as it is now: it has learned a quantity. */
export class StockedV1 extends Event('Stocked')<{ orderId: string; index: number; note?: string }> {}
const addQuantity = (data: Record<string, unknown>) => ({ quantity: 1, ...data });
export class Stocked extends Event('Stocked', { version: 2, upcast: { 1: addQuantity } })<Stock> {}

@Saga('stock')
export class StockingV1 extends Actor<null, StockedV1> {
  initial() {
    return null;
  }
  key({ orderId }: StockedV1) {
    return orderId;
  }
  @Handles(StockedV1, { once: 'index' }) onStocked() {
    return [];
  }
}

@Saga('stock')
export class Stocking extends Actor<null, Stocked> {
  initial() {
    return null;
  }
  key({ orderId }: Stocked) {
    return orderId;
  }
  @Handles(Stocked, { once: 'index' }) onStocked() {
    return [];
  }
}

export function stocked(v: number, data: Readonly<Record<string, unknown>>): Fed {
  return { type: 'Stocked', data, v };
}

type Reading = { of: string; value: number };
const positive: StandardSchemaV1<Reading, Reading> = {
  '~standard': {
    version: 1,
    vendor: 'cases',
    validate: (data) =>
      (data as Reading).value > 0 ? { value: data as Reading } : { issues: [{ message: 'not above 0', path: ['value'] }] },
  },
};

/** Read as yesterday's code takes it, and as today's does, which accepts less. */
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

export function read(of: string, value: number): Fed {
  return { type: 'Read', data: { of, value } };
}
