import { randomUUID } from 'node:crypto';
import type { Database, Statement } from './database';
import { openDatabase } from './database';
import { feed } from './workload';

/**
 * The limit: the same work by hand, on the same driver with the same durability, without anything that makes it general.
 * It keeps all state in memory, is never killed, has one writer and one consumer, so it needs none of what guards against that.
 */
interface Limit {
  readonly db: Database;
  readonly insert: Statement;
  readonly save: Statement;
  readonly page: Statement;
  transaction(run: () => void): void;
}

function openLimit(file: string): Limit {
  const db = openDatabase(file);
  db.exec('PRAGMA journal_mode = WAL');
  db.exec('PRAGMA synchronous = FULL');
  db.exec(`CREATE TABLE IF NOT EXISTS events (position INTEGER PRIMARY KEY, stream TEXT, version INTEGER, type TEXT, id TEXT, data TEXT, meta TEXT, time INTEGER);
    CREATE UNIQUE INDEX IF NOT EXISTS place ON events (stream, version);
    CREATE TABLE IF NOT EXISTS checkpoint (consumer TEXT PRIMARY KEY, position INTEGER)`);
  const insert = db.prepare('INSERT INTO events (stream, version, type, id, data, meta, time) VALUES (?, ?, ?, ?, ?, ?, ?)');
  const save = db.prepare("INSERT OR REPLACE INTO checkpoint VALUES ('shipping', ?)");
  const page = db.prepare(
    "SELECT position, type, id, data FROM events WHERE position > ? AND type IN ('OrderSubmitted', 'ItemAdded', 'OrderAccepted') ORDER BY position LIMIT ?",
  );
  const begin = db.prepare('BEGIN');
  const commit = db.prepare('COMMIT');
  const transaction = (run: () => void): void => {
    begin.run();
    run();
    commit.run();
  };
  return { db, insert, save, page, transaction };
}

interface Shipment {
  version: number;
  readonly seen: Map<string, string>;
  count: number;
  expected: number | undefined;
  requested: boolean;
}

/** Decides one delivery and inserts its rows; what a saga does. */
export function shipping(insert: Statement, orders: Map<string, Shipment>, type: string, id: string, data: string, position: number): void {
  const e = JSON.parse(data) as { orderId: string; index?: number; itemCount?: number };
  let s = orders.get(e.orderId);
  if (!s) orders.set(e.orderId, (s = { version: 0, seen: new Map(), count: 0, expected: undefined, requested: false }));
  const key = type + (e.index ?? '');
  if (s.seen.has(key)) return;
  s.seen.set(key, data);
  const meta = `{"cause":{"id":"${id}","position":${position}}}`;
  insert.run(`shipping-${e.orderId}`, s.version++, `took:${type}`, randomUUID(), data, meta, Date.now());
  if (type === 'ItemAdded') s.count++;
  if (type === 'OrderAccepted') s.expected = e.itemCount;
  if (s.requested || s.count !== s.expected) return;
  s.requested = true;
  const items = Array.from({ length: s.count }, (_, i) => i);
  insert.run(
    `shipping-${e.orderId}`,
    s.version++,
    'ShipmentRequested',
    randomUUID(),
    JSON.stringify({ orderId: e.orderId, items }),
    meta,
    Date.now(),
  );
}

/** Appends the workload, as events of others: not measured. */
export function fillLimit(file: string, orders: number): number {
  const { db, insert, transaction } = openLimit(file);
  let version = 0;
  transaction(() => {
    for (const e of feed(orders)) insert.run('feed', version++, e.type, e.id, e.data, e.meta, e.time);
  });
  db.close();
  return version;
}

/** Reads all that was filled in, in batches, each with its rows and the checkpoint in one durable transaction. Seconds. */
export function catchUpLimit(file: string, batch: number): number {
  const { db, insert, save, page, transaction } = openLimit(file);
  const orders = new Map<string, Shipment>();
  const start = performance.now();
  for (let after = 0; ;) {
    const rows = page.all(after, batch) as { position: number; type: string; id: string; data: string }[];
    const last = rows.at(-1);
    if (!last) break;
    transaction(() => {
      for (const row of rows) shipping(insert, orders, row.type, row.id, row.data, row.position);
      save.run(last.position);
    });
    after = last.position;
  }
  const seconds = (performance.now() - start) / 1_000;
  db.close();
  return seconds;
}

/** Commands in memory, `inFlight` per durable transaction: each leaves its request and its event. Milliseconds per transaction. */
export function liveLimit(file: string, inFlight: number, commands: number): number[] {
  const { db, insert, transaction } = openLimit(file);
  const orders = new Map<string, { version: number; items: number; ids: Map<string, string> }>();
  const took: number[] = [];
  for (let sent = 0; sent < commands; sent += inFlight) {
    const start = performance.now();
    transaction(() => {
      for (let i = 0; i < inFlight; i++) {
        const id = `request-${sent + i}`;
        const orderId = `order-${i}`;
        const data = JSON.stringify({ orderId, sku: `sku-${i}`, quantity: 1 });
        let order = orders.get(orderId);
        if (!order) orders.set(orderId, (order = { version: 0, items: 0, ids: new Map() }));
        if (order.ids.has(id)) continue;
        order.ids.set(id, data);
        const meta = `{"cause":{"id":"${id}"}}`;
        insert.run(`orders-${orderId}`, order.version++, 'took:AddItem', randomUUID(), data, meta, Date.now());
        const event = JSON.stringify({ orderId, index: order.items++, sku: `sku-${i}`, quantity: 1 });
        insert.run(`orders-${orderId}`, order.version++, 'ItemAdded', randomUUID(), event, meta, Date.now());
      }
    });
    took.push(performance.now() - start);
  }
  db.close();
  return took;
}
