import { memoryStore, WaybillError } from '@waybill/core';
import type { Store } from '@waybill/core';
import type { Page, Query } from '@waybill/core/store-kit';
import type { StoreUnderTest } from '@waybill/testing';

/** What a mutant does otherwise than the connection that it is given; state that it keeps is that of one connection. */
export type Mutation = (store: Store) => Partial<Store>;

/** A memory store that plays the disk, and connections to it: so that second and reopen can be done wrong too. */
export function disk(mutation: Mutation = () => ({})): StoreUnderTest {
  const log = memoryStore({ id: 'disk' });
  const open = () => {
    const connection = connect(log);
    return { ...connection, ...mutation(connection) };
  };
  return {
    store: open(),
    second: async () => open(),
    reopen: async () => open(),
    cleanup: () => log.close(),
  };
}

function connect(log: Store): Store {
  const closing = new AbortController();
  const mustBeOpen = () => {
    if (closing.signal.aborted) throw new WaybillError('STORE_CLOSED', 'the connection is closed', 'open a new one');
  };
  const guarded = <Args extends readonly unknown[], T>(call: (...args: Args) => Promise<T>) => {
    return async (...args: Args): Promise<T> => {
      mustBeOpen();
      return call(...args);
    };
  };
  const guardedAll = <T extends object>(calls: T): T =>
    Object.fromEntries(Object.entries(calls).map(([name, call]) => [name, guarded(call as () => Promise<unknown>)])) as T;
  return {
    id: log.id,
    append: guarded((writes) => log.append(writes)),
    read: guarded((stream: string, from?: number, limit?: number) => log.read(stream, from, limit)),
    rowAt: guarded((position: number) => log.rowAt(position)),
    truncate: guarded((stream: string, before: number) => log.truncate(stream, before)),
    head: guarded(() => log.head()),
    async *subscribe(query: Query, signal: AbortSignal): AsyncGenerator<Page> {
      mustBeOpen();
      for await (const page of log.subscribe(query, AbortSignal.any([signal, closing.signal]))) yield page;
      if (!signal.aborted) mustBeOpen();
    },
    checkpoint: (consumer) => guardedAll(log.checkpoint(consumer)),
    snapshot: (stream) => guardedAll(log.snapshot(stream)),
    ...(log.views && { views: guardedAll(log.views) }),
    ...(log.keys && { keys: guardedAll(log.keys) }),
    close: async () => closing.abort(),
  };
}
