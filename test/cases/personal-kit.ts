import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Actor, Aggregate, App, Applies, Command, Event, Handler, Handles, On, Projection, Rejected, Saga } from 'waybill';
import type { AppOptions, Message, Outcome, Recorded, Store, UseClass } from 'waybill';

/** What must not be found where it does not belong. */
export const ADA = 'Ada Lovelace of Ockham Park';
export const STREET = 'St James Square 12';

export interface Address {
  readonly street: string;
  readonly lines: readonly (number | null)[];
}
interface Order {
  readonly orderId: string;
  readonly customerId: string;
  readonly customerName: string;
  readonly address?: Address;
}

const subject = (data: { readonly customerId: string }) => data.customerId;
export class SubmitOrder extends Command('SubmitOrder', { personal: ['customerName', 'address'], subject })<Order> {}
export class OrderSubmitted extends Event('OrderSubmitted', { personal: ['customerName', 'address'], subject })<Order> {}
export class LetterSent extends Event('LetterSent', { personal: ['customerName'], subject })<{
  orderId: string;
  customerId: string;
  customerName: string;
}> {}
/** Tells of nobody, and makes an actor look at its state. */
export class OrderPaid extends Event('OrderPaid')<{ orderId: string; customerId: string }> {}

type State = { readonly name: string };

@Aggregate('orders')
export class Orders extends Actor<State, SubmitOrder, OrderSubmitted> {
  initial(): State {
    return { name: '' };
  }
  key(c: SubmitOrder) {
    return c.orderId;
  }
  @Handles(SubmitOrder) submit({ orderId, customerId, customerName, address }: SubmitOrder, state: State) {
    if (state.name !== '') throw new Rejected('submitted before');
    return new OrderSubmitted({ orderId, customerId, customerName, ...(address ? { address } : {}) });
  }
  @Applies(OrderSubmitted) submitted(e: OrderSubmitted): State {
    return { name: e.customerName };
  }
}

/** Keeps the name of the customer, and writes it again when the order is paid. */
@Saga('letters')
export class Letters extends Actor<State, OrderSubmitted | OrderPaid, LetterSent> {
  /** Of the process: throws while this is above 0, and counts down. */
  static failures = 0;

  initial(): State {
    return { name: '' };
  }
  key(e: OrderSubmitted | OrderPaid) {
    return e.orderId;
  }
  @Handles(OrderSubmitted, { once: true }) submitted() {
    if (Letters.failures-- > 0) throw new Error('not now');
    return [];
  }
  @Handles(OrderPaid) paid({ orderId, customerId }: OrderPaid, { name }: State) {
    return new LetterSent({ orderId, customerId, customerName: name });
  }
  @Applies(OrderSubmitted) name(e: OrderSubmitted): State {
    return { name: e.customerName };
  }
}

/** Holds no personal data itself: views are kept in clear. */
@Projection('lengths')
export class Lengths extends Actor<{ readonly length: number } | undefined, OrderSubmitted> {
  initial(): undefined {
    return undefined;
  }
  key(e: OrderSubmitted) {
    return e.orderId;
  }
  @Applies(OrderSubmitted) submitted(e: OrderSubmitted) {
    return { length: e.customerName.length };
  }
}

@Handler('mail', { delivery: 'at-least-once' })
export class Mail {
  static got: string[] = [];
  @On(OrderSubmitted) submitted(e: OrderSubmitted) {
    Mail.got.push(e.customerName);
    return Promise.resolve();
  }
}

export const ALL = [Orders, Letters, Lengths, Mail] as const;

export const order = (more: Partial<Order> = {}): Order => ({ orderId: 'o-1', customerId: 'c-7', customerName: ADA, ...more });

/** An app on `store`, with its outcomes. */
export async function run(store: Store, use: readonly UseClass[] = ALL, options: Partial<AppOptions> = {}) {
  const failures: unknown[] = [];
  const app = await App.start({ store, use, onFailure: (error) => failures.push(error), ...options });
  const outcomes: Outcome[] = [];
  app.outcomes.subscribe((outcome) => outcomes.push(outcome));
  return { app, outcomes, failures };
}

/** Every row as the log keeps it, in order. */
export async function rowsOf(store: Store): Promise<Recorded[]> {
  const rows: Recorded[] = [];
  const stop = new AbortController();
  for await (const page of store.subscribe({ after: 0, everything: true }, stop.signal)) {
    rows.push(...page.events);
    if (page.caughtUp) stop.abort();
  }
  return rows;
}

/** All that the log keeps, as one text. */
export async function textOf(store: Store): Promise<string> {
  return (await rowsOf(store)).map(({ type, data, meta }) => `${type} ${data} ${meta}`).join('\n');
}

/** A row as a producer outside of any app writes it; the stream goes on. */
export async function feed(store: Store, message: Message, stream = `feed-${message.type}`): Promise<void> {
  const rows = await store.read(stream, 0, 1_000_000);
  const event = { id: randomUUID(), type: message.type, data: JSON.stringify(message), meta: '{}', time: Date.now() };
  const [written] = await store.append([{ stream, expected: rows.at(-1)?.version ?? 'none', events: [event] }]);
  if (!written?.ok) throw new Error(`${stream} has another writer`);
}

/** Bytes of a SQLite store on disk: the file and what stands beside it. */
export function bytesOnDisk(file: string): string {
  const read = (name: string): string => {
    try {
      return readFileSync(name, 'latin1');
    } catch {
      return '';
    }
  };
  return [file, `${file}-wal`, `${file}-shm`].map(read).join('');
}
