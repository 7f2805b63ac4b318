import { Actor, Aggregate, Applies, close, Command, conflict, Event, Handles, Refusal, Rejected, Saga } from 'waybill';
import type { Fed } from './messages';

interface Wanted {
  readonly orderId: string;
  readonly sku: string;
  readonly quantity: number;
}

export class Ordered extends Event('Ordered')<Wanted> {}
export class Left extends Event('Left')<{ orderId: string }> {}
export class Reserve extends Command('Reserve')<Wanted> {}
export class Reserved extends Event('Reserved')<Wanted> {}
export class Declined extends Event('Declined')<{ orderId: string; why: string }> {}

type Orders = Ordered | Left | Reserved | Refusal<Reserve>;
type Status = { readonly is: 'open' | 'reserved' | 'declined' };

/** Hears of each of its commands whether it was done or refused. */
@Saga('purchases', { sends: [Reserve] })
export class Purchases extends Actor<Status, Orders, Reserve | Declined> {
  initial(): Status {
    return { is: 'open' };
  }
  key(e: Orders) {
    return e.orderId;
  }
  @Handles(Ordered, { once: true }) ordered({ orderId, sku, quantity }: Ordered) {
    return new Reserve({ orderId, sku, quantity });
  }
  @Handles(Reserved) reserved() {
    return [];
  }
  @Handles(Refusal(Reserve)) refused({ orderId, quantity, sku, refusedBecause }: Refusal<Reserve>) {
    return new Declined({ orderId, why: `${quantity} of ${sku}: ${refusedBecause}` });
  }
  @Handles(Left, { once: true }) left() {
    return close();
  }
  @Applies(Reserved) done(): Status {
    return { is: 'reserved' };
  }
  @Applies(Declined) declined(): Status {
    return { is: 'declined' };
  }
}

type Count = { readonly left: number; readonly refused: number };

/** Has two of each. Its own refusals count too. */
@Aggregate('stock', { refuses: [Reserve] })
export class Stock extends Actor<Count, Reserve, Reserved | Refusal<Reserve>> {
  /** Of the process: its method fails while this is set. */
  static broken = false;

  initial(): Count {
    return { left: 2, refused: 0 };
  }
  key({ sku }: Reserve) {
    return sku;
  }
  @Handles(Reserve) reserve({ orderId, sku, quantity }: Reserve, { left }: Count) {
    if (Stock.broken) throw new Error('the shelf is stuck');
    if (sku === 'odd') return conflict('never sold');
    if (quantity > left) throw new Rejected(`only ${left} left`);
    return new Reserved({ orderId, sku, quantity });
  }
  @Applies(Reserved) reserved({ quantity }: Reserved, count: Count): Count {
    return { ...count, left: count.left - quantity };
  }
  @Applies(Refusal(Reserve)) refused(_: Refusal<Reserve>, count: Count): Count {
    return { ...count, refused: count.refused + 1 };
  }
}

/** The same aggregate, and none of its refusals is told. */
@Aggregate('stock', { fromLog: true })
export class SilentStock extends Actor<Count, Reserve, Reserved> {
  initial(): Count {
    return { left: 2, refused: 0 };
  }
  key({ sku }: Reserve) {
    return sku;
  }
  @Handles(Reserve) reserve(): never {
    throw new Rejected('only 2 left');
  }
}

/** Tells of them, and does not fold them. */
@Aggregate('stock', { refuses: [Reserve], fromLog: true })
export class TellingStock extends SilentStock {}

/** The next release: the command has a new name and another shape. */
export class Hold extends Command('Hold', {
  version: 2,
  aliases: ['Reserve'],
  upcast: { 1: ({ quantity, ...rest }) => ({ ...rest, pieces: quantity }) },
})<{
  orderId: string;
  sku: string;
  pieces: number;
}> {}

@Saga('purchases', { sends: [Hold] })
export class NewPurchases extends Actor<Status, Ordered | Left | Reserved | Refusal<Hold>, Hold | Declined> {
  initial(): Status {
    return { is: 'open' };
  }
  key(e: Ordered | Left | Reserved | Refusal<Hold>) {
    return e.orderId;
  }
  @Handles(Ordered, { once: true }) ordered({ orderId, sku, quantity }: Ordered) {
    return new Hold({ orderId, sku, pieces: quantity });
  }
  @Handles(Reserved) reserved() {
    return [];
  }
  @Handles(Refusal(Hold)) refused({ orderId, pieces, sku, refusedBecause }: Refusal<Hold>) {
    return new Declined({ orderId, why: `${pieces} of ${sku}: ${refusedBecause}` });
  }
  @Handles(Left, { once: true }) left() {
    return close();
  }
}

@Aggregate('stock', { refuses: [Hold] })
export class NewStock extends Actor<Count, Hold, Reserved | Refusal<Hold>> {
  initial(): Count {
    return { left: 2, refused: 0 };
  }
  key({ sku }: Hold) {
    return sku;
  }
  @Handles(Hold) hold({ orderId, sku, pieces }: Hold, { left }: Count) {
    if (pieces > left) throw new Rejected(`only ${left} left`);
    return new Reserved({ orderId, sku, quantity: pieces });
  }
  @Applies(Reserved) reserved({ quantity }: Reserved, count: Count): Count {
    return { ...count, left: count.left - quantity };
  }
  @Applies(Refusal(Hold)) refused(_: Refusal<Hold>, count: Count): Count {
    return { ...count, refused: count.refused + 1 };
  }
}

export const ordered = (orderId: string, quantity: number, sku = 'pear'): Fed => ({ type: 'Ordered', data: { orderId, sku, quantity } });
