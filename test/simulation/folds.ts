import { Actor, Applies, Event, Projection } from 'waybill';
import type { Simulation } from '@waybill/testing';
import { lives } from './changes';
import { only } from './only';

/** Another fold of a projection, rebuilt while the former release still runs. */
export class Sold extends Event('Sold')<{ shop: string; cents: number }> {}
class CountSales extends Actor<{ n: number }, Sold> {
  initial() {
    return { n: 0 };
  }
  key({ shop }: Sold) {
    return shop;
  }
  @Applies(Sold) sold(_: Sold, { n }: { n: number }) {
    return { n: n + 1 };
  }
}
class SumSales extends Actor<{ n: number; cents: number }, Sold> {
  initial() {
    return { n: 0, cents: 0 };
  }
  key({ shop }: Sold) {
    return shop;
  }
  @Applies(Sold) sold({ cents }: Sold, s: { n: number; cents: number }) {
    return { n: s.n + 1, cents: s.cents + cents };
  }
}
Projection('sales')(CountSales);
Projection('sales', { version: 2 })(SumSales);
export const anotherFold: Simulation = {
  before: [CountSales],
  use: [SumSales],
  messages: Array.from({ length: 5 }, (_, i) => new Sold({ shop: `shop-${i % 2}`, cents: 10 ** i })),
  workers: 2,
  ...only({ ...lives, rebuild: 0.3 }),
};
