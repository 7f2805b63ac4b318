/** What an event of the feed says, as far as a shipment depends on it. */
export interface Fact {
  readonly orderId: string;
  readonly customerId?: string;
  readonly index?: number;
  readonly sku?: string;
  readonly quantity?: number;
  readonly itemCount?: number;
}

export interface Incomplete {
  readonly count: number;
  /** The first 1,000 of them: what each waits for. */
  readonly orders: readonly { readonly orderId: string; readonly lacks: string }[];
}

interface Order {
  /** What the first acceptance in the log says. */
  count: number | undefined;
  readonly items: Set<number>;
  shipments: number;
  reminders: number;
}

const SHOWN = { orders: 1_000, indexes: 20 };

/** What is known of each order, and what must have been shipped of it. */
export class Book {
  private readonly orders = new Map<string, Order>();

  constructor(private readonly violated: (what: string) => void) {}

  enter({ orderId, index, itemCount }: Fact): void {
    const order = this.order(orderId);
    if (index !== undefined) order.items.add(index);
    if (itemCount !== undefined) order.count ??= itemCount;
  }

  /** At its place in the log a shipment stands behind all that it rests on. */
  ship(orderId: string, items: readonly number[], position: number): void {
    const order = this.orders.get(orderId);
    const at = `position ${position}: shipment of ${JSON.stringify(orderId)}`;
    if (!order) return this.violated(`${at}, which is no order`);
    order.shipments++;
    if (order.shipments > 1) this.violated(`${at} is its shipment number ${order.shipments}`);
    if (!isComplete(order)) this.violated(`${at}, which was not complete (${lacks(order)})`);
    else if (items.length !== order.count || items.some((item, place) => item !== place))
      this.violated(`${at} has the items ${items.slice(0, SHOWN.indexes).join(', ')}, not those from 0 to ${order.count - 1}`);
  }

  /** Told once, of an order that is not complete at that place of the log, with what it lacks. */
  remind(data: string, position: number): void {
    const { orderId, missing } = JSON.parse(data) as { orderId: string; missing: readonly number[] };
    const order = this.orders.get(orderId);
    const at = `position ${position}: OrderIncomplete of ${JSON.stringify(orderId)}`;
    if (!order) return this.violated(`${at}, which is no order`);
    if (++order.reminders > 1) this.violated(`${at} is its number ${order.reminders}`);
    if (isComplete(order)) return this.violated(`${at}, which was complete`);
    const lacking = Array.from({ length: order.count ?? 0 }, (_, index) => index).filter((index) => !order.items.has(index));
    if (JSON.stringify(lacking.slice(0, 1_000)) !== JSON.stringify(missing)) this.violated(`${at} names other items than it lacks`);
  }

  close(): { complete: number; incomplete: Incomplete } {
    let [complete, count] = [0, 0];
    const orders: { orderId: string; lacks: string }[] = [];
    for (const [orderId, order] of this.orders) {
      if (isComplete(order)) {
        complete++;
        if (order.shipments === 0) this.violated(`order ${JSON.stringify(orderId)} is complete and has no shipment`);
      } else if (count++ < SHOWN.orders) orders.push({ orderId, lacks: lacks(order) });
    }
    return { complete, incomplete: { count, orders } };
  }

  private order(orderId: string): Order {
    let order = this.orders.get(orderId);
    if (!order) this.orders.set(orderId, (order = { count: undefined, items: new Set(), shipments: 0, reminders: 0 }));
    return order;
  }
}

/** Accepted, and every item from 0 to count - 1 is there; with a count of 0 at once. Items past the count do not matter. */
function isComplete(order: Order): order is Order & { count: number } {
  if (order.count === undefined || order.items.size < order.count) return false;
  for (let index = 0; index < order.count; index++) if (!order.items.has(index)) return false;
  return true;
}

function lacks({ count, items }: Order): string {
  const some = (indexes: readonly number[], all: number): string =>
    `${all === 1 ? 'item' : 'items'} ${indexes.join(', ')}${all > indexes.length ? ` and ${all - indexes.length} more` : ''}`;
  if (count === undefined) {
    const there = [...items].sort((a, b) => a - b);
    return `not accepted; has ${there.length === 0 ? 'no items' : some(there.slice(0, SHOWN.indexes), there.length)}`;
  }
  let within = 0;
  for (const index of items) if (index < count) within++;
  const missing: number[] = [];
  for (let index = 0; index < count && missing.length < Math.min(SHOWN.indexes, count - within); index++) {
    if (!items.has(index)) missing.push(index);
  }
  return `lacks ${some(missing, count - within)}`;
}
