import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryStore } from '@waybill/core';
import type { NewEvent, Store, Write } from '@waybill/core';
import type { DevServer } from '@waybill/devserver';
import { startDevServer } from '@waybill/devserver';
import type { EventStore, EventStoreOptions } from '@waybill/eventstore-client';
import { eventStore } from '@waybill/eventstore-client';
import { sqlite } from '@waybill/sqlite';

/** A server of its own over an empty log, for a contract case: its store opened, opened again, opened twice. */
export async function served(under: () => Store & { cleanup?: () => void } = memoryStore, options: EventStoreOptions = {}) {
  const log = under();
  const server = await startDevServer({ store: log, positionStep: 97 });
  const beside = options.beside ?? memoryStore();
  const open = () => eventStore(server.url, { ...options, beside });
  const cleanup = async () => {
    await server.stop();
    await log.close();
    log.cleanup?.();
  };
  return { store: await open(), reopen: open, second: open, cleanup, server };
}

/** An SQLite log in a folder of its own. */
export function sqliteLog(): Store & { cleanup: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-eventstore-'));
  return Object.assign(sqlite(join(folder, 'log.db')), { cleanup: () => rmSync(folder, { recursive: true }) });
}

export interface World {
  readonly server: DevServer;
  /** What the server keeps. */
  readonly log: Store;
  open(options?: EventStoreOptions): Promise<EventStore>;
}

/** Runs `body` with a server over an empty log in memory; all that was opened is closed afterwards. */
export async function withServer<T>(body: (world: World) => Promise<T>): Promise<T> {
  const log = memoryStore({ id: randomUUID() });
  const server = await startDevServer({ store: log });
  const opened: EventStore[] = [];
  const open = async (options: EventStoreOptions = {}) => {
    const store = await eventStore(server.url, options);
    opened.push(store);
    return store;
  };
  try {
    return await body({ server, log, open });
  } finally {
    await Promise.all(opened.map((store) => store.close()));
    await server.stop();
    await log.close();
  }
}

export function event(over: Partial<NewEvent> = {}): NewEvent {
  return { id: randomUUID(), type: 'Noted', data: '{"n":1}', meta: '{}', time: 1_700_000_000_000, ...over };
}

export function one(stream: string, expected: Write['expected'], over?: Partial<NewEvent>): Write[] {
  return [{ stream, expected, events: [event(over)] }];
}

export async function errorOf(action: () => unknown): Promise<Error & { code?: string }> {
  try {
    await action();
  } catch (error) {
    return error as Error;
  }
  return new Error('no error');
}
