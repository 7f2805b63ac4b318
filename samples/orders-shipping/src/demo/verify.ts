import { createHash } from 'node:crypto';
import type { OutcomeKind, Recorded, Store } from 'waybill';
import { Book } from './book';
import type { Fact, Incomplete } from './book';
import { Tally } from './tally';

/** What the log says. */
export interface Audit {
  readonly rows: number;
  /** Outcomes of Shipping, of the whole log, as its rows tell them; what has no row of its own was dropped as a duplicate. */
  readonly tally: Tally;
  /** Events for Shipping that stand above `after` and not above `to`. */
  readonly received: number;
  readonly shipments: number;
  /** Orders that were told to be incomplete when their time was up, and items that came behind their shipment. */
  readonly overdue: number;
  readonly tooLate: number;
  readonly complete: number;
  readonly incomplete: Incomplete;
  /** Why and how often messages were set aside, of any consumer. */
  readonly parked: ReadonlyMap<string, { readonly count: number; readonly example: string }>;
  /** Empty: the promise holds. At most 100 of `broken`. */
  readonly violations: readonly string[];
  readonly broken: number;
}

export interface Ask {
  readonly after?: number;
  /** Shipping has settled here; what others append meanwhile stands above, and nobody has worked it off yet. */
  readonly to?: number;
  readonly onShipment?: (orderId: string, items: readonly number[]) => void;
}

const INPUTS: ReadonlySet<string> = new Set(['OrderSubmitted', 'ItemAdded', 'OrderAccepted']);
const REASONS = 1_000;

/**
 * Reads the log from its first row and works out, from the events alone, what must have been shipped. Of the actors it
 * knows the names of their rows and nothing else. It looks for: a complete order without its one shipment or with other
 * items; a shipment of an order that was not complete at that place of the log; an event that Shipping took in twice; an
 * event that left no trace, neither a row nor an equal copy that has one. Memory: a set of numbers per order.
 */
export async function verify(store: Store, { after = 0, to = Infinity, onShipment }: Ask = {}): Promise<Audit> {
  const violations: string[] = [];
  let broken = 0;
  const violated = (what: string): void => {
    if (broken++ < 100) violations.push(what);
  };
  const book = new Book(violated);
  const tally = new Tally();
  const parked = new Map<string, { count: number; example: string }>();
  /** Events without a row so far: position → what they say. An event whose saying is in `traced` is a duplicate. */
  const open = new Map<number, { readonly type: string; readonly saying: number }>();
  const traced = new Set<number>();
  let [rows, received, shipments, overdue, tooLate] = [0, 0, 0, 0, 0];

  const input = (row: Recorded): void => {
    const fact = factOf(row.type, row.data);
    tally.add(row.type, 'received');
    if (row.position > after) received++;
    open.set(row.position, { type: row.type, saying: digest(row.type, fact ?? row.position) });
    if (fact) book.enter(fact);
  };
  const trace = (row: Recorded, kind: OutcomeKind, type: string, position: number): void => {
    const event = open.get(position);
    if (!event) return violated(`position ${row.position}: ${row.type} of position ${position}, which is no event or was taken in before`);
    open.delete(position);
    traced.add(event.saying);
    tally.add(type, kind);
  };
  const actorRow = (row: Recorded): void => {
    const meta = JSON.parse(row.meta) as {
      cause: { position: number; source: string };
      discarded?: string;
      park?: string;
      reason?: string;
    };
    const [prefix, type] = row.type.split(':', 2) as [string, string];
    // Deadlines are rows of the same streams, and no messages of the feed.
    if (prefix === 'timer' || meta.park === 'due' || meta.park === 'cancelled' || (isShipping(row.stream) && !INPUTS.has(type))) return;
    if (prefix === 'parked') {
      const told = `${type}: ${meta.reason}`;
      const reason = parked.has(told) || parked.size < REASONS ? told : 'other reasons';
      const entry = parked.get(reason) ?? { count: 0, example: row.stream };
      entry.count++;
      parked.set(reason, entry);
    }
    if (!isShipping(row.stream)) return;
    const kind =
      prefix === 'took' ? (meta.discarded === undefined ? 'applied' : 'discarded') : meta.park === 'conflict' ? 'conflict' : 'parked';
    trace(row, kind, type, meta.cause.position);
  };

  reading: for await (const page of store.subscribe({ after: 0, everything: true, limit: 1_000 }, new AbortController().signal)) {
    for (const row of page.events) {
      if (row.position > to) break reading;
      rows++;
      if (/^(took|parked|timer):/.test(row.type)) actorRow(row);
      else if (INPUTS.has(row.type)) input(row);
      else if (row.type === 'ShipmentRequested') {
        const { orderId, items } = shipmentOf(row.data);
        shipments++;
        book.ship(orderId, items, row.position);
        onShipment?.(orderId, items);
      } else if (row.type === 'OrderIncomplete') {
        overdue++;
        book.remind(row.data, row.position);
      } else if (row.type === 'ItemCameTooLate') tooLate++;
    }
    if (page.caughtUp) break;
  }
  for (const [position, { type, saying }] of open) {
    tally.add(type, 'duplicate');
    if (!traced.has(saying)) violated(`position ${position}: ${type} left no trace, nor did an equal one`);
  }
  const { complete, incomplete } = book.close();
  return { rows, tally, received, shipments, overdue, tooLate, complete, incomplete, parked, violations, broken };
}

function isShipping(stream: string): boolean {
  return stream.startsWith('shipping-') || stream.startsWith('shipping:');
}

/** What an event says; undefined when it is not what its type asks for. */
function factOf(type: string, data: string): Fact | undefined {
  let value: Record<string, unknown> | null;
  try {
    value = JSON.parse(data) as Record<string, unknown> | null;
  } catch {
    return undefined;
  }
  const { orderId, customerId, index, sku, quantity, itemCount } = value ?? {};
  const isCount = (n: unknown): n is number => Number.isSafeInteger(n) && (n as number) >= 0;
  if (typeof orderId !== 'string' || orderId === '') return undefined;
  if (type === 'OrderSubmitted') return typeof customerId === 'string' ? { orderId, customerId } : undefined;
  if (type === 'OrderAccepted') return isCount(itemCount) ? { orderId, itemCount } : undefined;
  return isCount(index) && isCount(quantity) && typeof sku === 'string' ? { orderId, index, sku, quantity } : undefined;
}

/** What is no list of items has none: then they are not those of its order. */
function shipmentOf(data: string): { orderId: string; items: readonly number[] } {
  const { orderId, items } = JSON.parse(data) as { orderId: unknown; items: unknown };
  return { orderId: String(orderId), items: Array.isArray(items) ? items : [] };
}

/** 48 bits: two different sayings that meet here could hide a loss, one run in a thousand among a million of them. */
function digest(type: string, saying: Fact | number): number {
  return createHash('sha256')
    .update(JSON.stringify([type, saying]))
    .digest()
    .readUIntBE(0, 6);
}
