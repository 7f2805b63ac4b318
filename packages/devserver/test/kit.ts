import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AllStreamResolvedEvent, EventData, JSONEventType, ResolvedEvent } from '@eventstore/db-client';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { memoryStore } from '@waybill/core';
import type { Recorded, Store } from '@waybill/core';
import type { DevServer } from '@waybill/devserver';
import { startDevServer } from '@waybill/devserver';
import { sqlite } from '@waybill/sqlite';

jest.setTimeout(60_000);

export type Kind = 'memory' | 'SQLite';
export const KINDS: readonly Kind[] = ['memory', 'SQLite'];

export interface Served {
  readonly store: Store;
  readonly server: DevServer;
  readonly client: EventStoreDBClient;
  /** Another client, disposed of at the end as well. */
  connect(options?: string): EventStoreDBClient;
}

/** Credentials of their own send an append the unary way; on an insecure connection nobody is sent them. */
export const UNARY = { credentials: { username: 'any', password: 'any' } } as const;

/** Runs `body` with a server on an empty store; whatever was opened is closed afterwards. */
export async function serving(kind: Kind, body: (served: Served) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-devserver-'));
  const store = kind === 'memory' ? memoryStore({ id: randomUUID() }) : sqlite(join(folder, 'log.db'));
  const server = await startDevServer({ store });
  const clients: EventStoreDBClient[] = [];
  const connect = (options = ''): EventStoreDBClient => {
    const client = EventStoreDBClient.connectionString(server.url + options);
    clients.push(client);
    return client;
  };
  try {
    await body({ store, server, client: connect(), connect });
  } finally {
    await Promise.all(clients.map((client) => client.dispose()));
    await server.stop();
    await store.close();
    rmSync(folder, { recursive: true });
  }
}

export function event(type = 'Noted', data: JSONEventType['data'] = { n: 1 }, over: { id?: string; metadata?: object } = {}): EventData {
  const { id = randomUUID(), metadata = { t: 1 } } = over;
  return jsonEvent({ id, type, data, metadata: metadata as Record<string, unknown> });
}

export function events(count: number, type?: string): EventData[] {
  return Array.from({ length: count }, (_, n) => event(type, { n }));
}

export async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

/** Revisions of a stream as a client reads them. */
export async function revisions(source: AsyncIterable<ResolvedEvent | AllStreamResolvedEvent>): Promise<number[]> {
  return (await all(source)).map(({ event: one }) => Number(one?.revision));
}

/** The rows of a stream as they stand in the store. */
export function rowsOf(store: Store, stream: string): Promise<readonly Recorded[]> {
  return store.read(stream, 0, 1_000_000);
}

/** The error of a call that must fail. */
export async function failure<E extends object>(call: Promise<unknown>): Promise<E & { type?: string; code?: number; message: string }> {
  const outcome = await call.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('error' in outcome) return outcome.error as E & { message: string };
  throw new Error(`a call that must fail gave ${String(outcome.value)}`);
}

/** Waits, within reason, for what must come. */
export async function eventually(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 1_500; tries++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`${what} did not come within 30 seconds`);
}

/** A client after a restart: its old connection may break at the first call, and the next one finds the server. */
export async function reachable(client: EventStoreDBClient): Promise<EventStoreDBClient> {
  await eventually('an answer after a restart', () =>
    all(client.readStream('waybill:log')).then(
      () => true,
      () => false,
    ),
  );
  return client;
}
