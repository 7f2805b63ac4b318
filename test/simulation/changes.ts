import type { StandardSchemaV1 } from '@standard-schema/spec';
import { Actor, Aggregate, Applies, Command, Event, Handles, Saga } from 'waybill';
import type { Simulation } from '@waybill/testing';
import { only } from './only';

export const lives = { restart: 0.03, crash: 0.03, delay: 0.5, reorder: 0.3, slow: 0.05, forget: 0.1 };

/** Another once key: what stands in a row under the former key goes on standing. */
export class Item extends Event('Item')<{ cart: string; line: number; kind?: string }> {}
export class Counted extends Event('CartCounted')<{ cart: string; items: number }> {}
type Cart = { readonly items: number };
class ByLine extends Actor<Cart, Item, Counted> {
  initial(): Cart {
    return { items: 0 };
  }
  key({ cart }: Item) {
    return cart;
  }
  @Handles(Item, { once: 'line' }) onItem({ cart }: Item, { items }: Cart) {
    return new Counted({ cart, items: items + 1 });
  }
  @Applies(Counted) counted({ items }: Counted): Cart {
    return { items };
  }
}
class ByKind extends Actor<Cart, Item, Counted> {
  initial(): Cart {
    return { items: 0 };
  }
  key({ cart }: Item) {
    return cart;
  }
  @Handles(Item, { once: (item: Item) => `${item.line} ${item.kind?.toLowerCase() ?? missing()}` }) onItem(
    { cart }: Item,
    { items }: Cart,
  ) {
    return new Counted({ cart, items: items + 1 });
  }
  @Applies(Counted) counted({ items }: Counted): Cart {
    return { items };
  }
}
function missing(): never {
  throw new Error('no kind');
}
Saga('carts')(ByLine);
Saga('carts')(ByKind);
const cart = 'c-1';
export const anotherKey: Simulation = {
  before: [ByLine],
  use: [ByKind],
  messages: [new Item({ cart, line: 1 }), new Item({ cart, line: 2, kind: 'a' }), new Item({ cart, line: 3, kind: 'b' })],
  workers: 1,
  ...only(lives),
};

/** A schema gains a default: in events, and in commands that are sent again across the deploy. */
type Line = { cart: string; sku: string; qty: number };
const withDefault: StandardSchemaV1<Omit<Line, 'qty'> & { qty?: number }, Line> = {
  '~standard': {
    version: 1,
    vendor: 'simulation',
    validate: (data) => ({ value: { ...(data as Line), qty: (data as Partial<Line>).qty ?? 1 } }),
  },
};
export class BareLine extends Event('Line')<{ cart: string; sku: string }> {}
export class FullLine extends Event('Line', { schema: withDefault }) {}
export class Checkout extends Event('Checkout')<{ cart: string }> {}
export class Bought extends Event('Bought')<{ cart: string; sum: number }> {}
class BareBasket extends Actor<{ sum: number }, BareLine | Checkout, Bought> {
  initial() {
    return { sum: 0 };
  }
  key(e: BareLine | Checkout) {
    return e.cart;
  }
  @Handles(BareLine, { once: 'sku' }) onLine() {
    return [];
  }
  @Handles(Checkout, { once: true }) onCheckout({ cart: of }: Checkout, { sum }: { sum: number }) {
    return new Bought({ cart: of, sum });
  }
  @Applies(BareLine) line(_: BareLine, { sum }: { sum: number }) {
    return { sum: sum + 1 };
  }
}
class FullBasket extends Actor<{ sum: number }, FullLine | Checkout, Bought> {
  initial() {
    return { sum: 0 };
  }
  key(e: FullLine | Checkout) {
    return e.cart;
  }
  @Handles(FullLine, { once: 'sku' }) onLine() {
    return [];
  }
  @Handles(Checkout, { once: true }) onCheckout({ cart: of }: Checkout, { sum }: { sum: number }) {
    return new Bought({ cart: of, sum });
  }
  @Applies(FullLine) line({ qty }: FullLine, { sum }: { sum: number }) {
    return { sum: sum + qty };
  }
}
Saga('baskets')(BareBasket);
Saga('baskets')(FullBasket);
export class BareAdd extends Command('Add')<{ cart: string; sku: string }> {}
export class FullAdd extends Command('Add', { schema: withDefault }) {}
export class Added extends Event('Added')<{ cart: string; sku: string }> {}
class BareShelf extends Actor<null, BareAdd, Added> {
  initial() {
    return null;
  }
  key(e: BareAdd) {
    return e.cart;
  }
  @Handles(BareAdd) add({ cart: of, sku }: BareAdd) {
    return new Added({ cart: of, sku });
  }
}
class FullShelf extends Actor<null, FullAdd, Added> {
  initial() {
    return null;
  }
  key(e: FullAdd) {
    return e.cart;
  }
  @Handles(FullAdd) add({ cart: of, sku }: FullAdd) {
    return new Added({ cart: of, sku });
  }
}
Aggregate('shelf')(BareShelf);
Aggregate('shelf')(FullShelf);
export const defaults: Simulation = {
  before: [BareBasket, BareShelf],
  use: [FullBasket, FullShelf],
  messages: [
    ...[new BareLine({ cart, sku: 'a' }), new FullLine({ cart, sku: 'b' }), new Checkout({ cart })],
    ...[new BareAdd({ cart, sku: 'a' }), new BareAdd({ cart, sku: 'b' })],
  ],
  workers: 1,
  rollback: false,
  ...only({ ...lives, copy: 0.3, retry: 0.3, lostAnswer: 0.2, late: 0.05 }),
};

/** A version with an upcast: the former release cannot read what the newer one writes. */
export class Grams extends Event('Weighed')<{ of: string; no: number; grams: number }> {}
export class Kilos extends Event('Weighed', {
  version: 2,
  upcast: { 1: ({ of, no, grams }) => ({ of, no, kilos: Number(grams) / 1_000 }) },
})<{ of: string; no: number; kilos: number }> {}
export class Total extends Event('TotalWeight')<{ of: string; grams: number }> {}
type Scale = { readonly grams: number };
class GramScale extends Actor<Scale, Grams, Total> {
  initial(): Scale {
    return { grams: 0 };
  }
  key({ of }: Grams) {
    return of;
  }
  @Handles(Grams, { once: 'no' }) onWeighed({ of, grams }: Grams, s: Scale) {
    return new Total({ of, grams: s.grams + grams });
  }
  @Applies(Total) total({ grams }: Total): Scale {
    return { grams };
  }
}
class KiloScale extends Actor<Scale, Kilos, Total> {
  initial(): Scale {
    return { grams: 0 };
  }
  key({ of }: Kilos) {
    return of;
  }
  @Handles(Kilos, { once: 'no' }) onWeighed({ of, kilos }: Kilos, s: Scale) {
    return new Total({ of, grams: s.grams + 1_000 * kilos });
  }
  @Applies(Total) total({ grams }: Total): Scale {
    return { grams };
  }
}
Saga('scales')(GramScale);
Saga('scales')(KiloScale);
const of = 's-1';
export const upcast: Simulation = {
  before: [GramScale],
  use: [KiloScale],
  messages: [
    ...[new Grams({ of, no: 1, grams: 1_000 }), new Kilos({ of, no: 2, kilos: 2 }), new Grams({ of, no: 3, grams: 3_000 })],
    ...[new Kilos({ of: 's-2', no: 1, kilos: 1 }), new Grams({ of: 's-3', no: 1, grams: 1_000 })],
  ],
  workers: 2,
  ...only({ ...lives, retry: 0.2 }),
};
