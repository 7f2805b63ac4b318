import { Actor, after, Aggregate, Applies, close, Command, Event, Handler, Handles, On, Projection, Saga } from 'waybill';
import type { Fed } from './messages';

type Of = { of: string };
type Option = { aliases?: readonly string[] };

export class Order extends Command('Order')<Of & { n: number }> {}
export class Ordered extends Event('Ordered')<Of & { n: number }> {}
export class Packed extends Event('Packed')<Of> {}
export class Done extends Event('Done')<Of> {}
export class Chase extends Event('Chase')<Of> {}
export class Shipped extends Event('Shipped')<Of & { n: number }> {}
export class Chased extends Event('Chased')<Of> {}

export const packed = (of: string): Fed => ({ type: 'Packed', data: { of } });
export const done = (of: string): Fed => ({ type: 'Done', data: { of } });

const HOUR = 3_600_000;
/** What the handlers have called out, as `name of`. */
export const calls: string[] = [];

/** One release of all kinds of classes, under these names. */
export function release(names: { orders: string; shipping: string; mails: string; board: string }, options: Option = {}) {
  const of = (name: string): Option => (options.aliases ? { aliases: options.aliases.map((alias) => `${alias}${name}`) } : {});

  @Aggregate(names.orders, of('Orders'))
  class Orders extends Actor<object, Order, Ordered> {
    initial() {
      return {};
    }
    key({ of }: Of) {
      return of;
    }
    @Handles(Order) onOrder({ of, n }: Order) {
      return new Ordered({ of, n });
    }
  }
  @Saga(names.shipping, of('Shipping'))
  class Shipping extends Actor<{ n: number }, Ordered | Packed | Done | Chase, Shipped | Chased> {
    initial() {
      return { n: 0 };
    }
    key({ of }: Of) {
      return of;
    }
    @Handles(Ordered, { once: 'n' }) onOrdered({ of }: Ordered) {
      return after(HOUR, new Chase({ of }));
    }
    @Handles(Packed, { once: true }) onPacked({ of }: Packed, { n }: { n: number }) {
      return new Shipped({ of, n });
    }
    @Handles(Done) onDone() {
      return close();
    }
    @Handles(Chase, { deadline: true }) onChase({ of }: Chase) {
      return new Chased({ of });
    }
    @Applies(Ordered) ordered({ n }: Ordered) {
      return { n };
    }
  }
  @Handler(names.mails, { delivery: 'at-least-once', ...of('Mails') })
  class Mails {
    @On(Shipped) onShipped({ of }: Shipped) {
      calls.push(of);
    }
  }
  @Handler(`${names.mails}.once`, {
    delivery: 'at-most-once',
    ...(options.aliases && { aliases: options.aliases.map((alias) => `${alias}Mails.once`) }),
  })
  class MailsOnce {
    @On(Shipped) onShipped({ of }: Shipped) {
      calls.push(`once ${of}`);
    }
  }
  @Projection(names.board, of('Board'))
  class Board extends Actor<{ of: string; times: number } | undefined, Shipped> {
    initial() {
      return undefined;
    }
    key({ of }: Of) {
      return of;
    }
    @Applies(Shipped) shipped({ of }: Shipped, row: { of: string; times: number } | undefined) {
      return { of, times: (row?.times ?? 0) + 1 };
    }
  }
  return { Orders, Shipping, Mails, MailsOnce, Board, use: [Orders, Shipping, Mails, MailsOnce, Board] };
}

export const old = () => release({ orders: 'oldOrders', shipping: 'oldShipping', mails: 'oldMails', board: 'oldBoard' });
export const today = (...aliases: string[]) =>
  release({ orders: 'orders', shipping: 'shipping', mails: 'mails', board: 'board' }, aliases.length > 0 ? { aliases } : {});
export const tomorrow = (...aliases: string[]) =>
  release({ orders: 'newOrders', shipping: 'newShipping', mails: 'newMails', board: 'newBoard' }, { aliases });
