import { audit, Container } from 'waybill';
import type { NewEvent, Recorded, Store, UseClass } from 'waybill';
import type { Child } from './kit';

interface Sample {
  readonly classes: Readonly<Record<'Orders' | 'OpenOrders' | 'MailOnShipment' | 'Shipping', UseClass>>;
  readonly Mailer: symbol;
  verify(store: Store): Promise<{ broken: number; violations: readonly string[]; complete: number; shipments: number }>;
}
export const { classes, Mailer, verify } = jest.requireActual<Sample>('./sample.js');

export async function appendTo(store: Store, events: readonly NewEvent[]): Promise<void> {
  const rows = await store.read('feed', 0, 1_000_000);
  const [written] = await store.append([{ stream: 'feed', expected: rows.length === 0 ? 'none' : rows.length - 1, events }]);
  expect(written?.ok).toBe(true);
}

export async function everything(store: Store): Promise<Recorded[]> {
  const rows: Recorded[] = [];
  for await (const page of store.subscribe({ everything: true, after: 0, limit: 1_000 }, new AbortController().signal)) {
    rows.push(...page.events);
    if (page.caughtUp) return rows;
  }
  return rows;
}

/** Every row, where it stands, and its id: but for the clock's copies of deadlines, of which each process makes its own, and checkpoints. */
export async function lasting(store: Store): Promise<string[]> {
  const rows = (await everything(store)).filter(({ stream }) => !stream.includes(':due-') && !stream.startsWith('waybill:'));
  return rows.map(({ position, stream, version, id }) => `${position} ${stream}@${version} ${id}`);
}

/** The log keeps what it promises: by its own rules, with its classes, and by the count of the sample, which knows no saga. */
export async function mustBeWhole(store: Store, orders: number): Promise<void> {
  const container = new Container();
  container.bind(Mailer).toConstantValue({ send: () => Promise.resolve() });
  const { violations } = await audit(store, { use: Object.values(classes), container, decisions: true });
  expect(violations).toEqual([]);
  const found = await verify(store);
  expect([found.broken, found.violations]).toEqual([0, []]);
  expect([found.complete, found.shipments]).toEqual([orders, orders]);
}

/** Positions of the messages that Shipping took in, as its rows tell them. */
export async function takenIn(store: Store): Promise<number[]> {
  const rows = (await everything(store)).filter(({ type, stream }) => stream.startsWith('shipping-') && /^took:[OI]/.test(type));
  return rows.map(({ meta }) => (JSON.parse(meta) as { cause: { position: number } }).cause.position).sort((a, b) => a - b);
}

/**
 * What the processes said of messages is what the log says: none was applied in two of them, none that left no row was. Those
 * that were not killed have told of every row between them, and their outcomes add up.
 */
export async function mustBeHonest(store: Store, children: readonly Child[], killed: readonly Child[] = []): Promise<void> {
  const taken = await takenIn(store);
  const told = [...children, ...killed].flatMap((child) =>
    child
      .outcomes('shipping')
      .filter(([kind]) => kind === 'applied')
      .map(([, at]) => Number(at)),
  );
  expect(told.filter((at, i) => told.indexOf(at) !== i)).toEqual([]);
  const known = new Set(taken);
  expect(told.filter((at) => !known.has(at))).toEqual([]);
  if (killed.length === 0) expect(told.sort((a, b) => a - b)).toEqual(taken);
  for (const child of children) {
    const { received, waiting, ...kinds } = child.stopped.counts;
    expect([Object.values(kinds).reduce((a, b) => a + b), waiting]).toEqual([received, 0]);
  }
}

export async function checkpoints(store: Store): Promise<Map<string, number>> {
  const names = [
    'shipping:ItemAdded+OrderAccepted+OrderSubmitted',
    'shipping:deadlines:ShipmentOverdue',
    'open-orders',
    'mail-on-shipment',
  ];
  const found = await Promise.all(names.map(async (name) => [name, (await store.checkpoint(name).load()).position] as const));
  return new Map(found);
}
