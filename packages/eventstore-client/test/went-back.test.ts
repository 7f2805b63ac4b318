import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Store } from '@waybill/core';
import { startDevServer } from '@waybill/devserver';
import type { EventStore, EventStoreOptions } from '@waybill/eventstore-client';
import { eventStore } from '@waybill/eventstore-client';
import { sqlite } from '@waybill/sqlite';
import { Subscriber } from './subscriber';

jest.setTimeout(60_000);

let made = 0;
async function feed(store: Pick<Store, 'append'>, stream: string, many: number): Promise<void> {
  const events = Array.from({ length: many }, () => {
    const id = `00000000-0000-4000-8000-${String(++made).padStart(12, '0')}`;
    return { id, type: 'Noted', data: '{}', meta: '{}', time: 1_700_000_000_000 };
  });
  await store.append([{ stream, expected: 'none', events }]);
}

const codeOf = (action: Promise<unknown>): Promise<unknown> =>
  action.then(
    () => 'no error',
    (error: unknown) => (error as { code?: unknown }).code ?? error,
  );

/** A server whose log can be put back to the state that it was backed up in. */
async function served(body: (world: Served) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-went-back-'));
  const file = join(folder, 'log.db');
  let log = sqlite(file);
  let server = await startDevServer({ store: log });
  const { port, url } = server;
  const open: Store[] = [];
  const stop = async () => {
    await server.stop();
    await log.close();
  };
  try {
    await body({
      log: () => log,
      connect: async (options) => {
        const store = await eventStore(url, { deadline: 10_000, ...options });
        open.push(store);
        return store;
      },
      backUp: async () => {
        await stop();
        copyFileSync(file, join(folder, 'backup.db'));
        log = sqlite(file);
        server = await startDevServer({ store: log, port });
      },
      putBack: async (meanwhile) => {
        await stop();
        rmSync(file);
        copyFileSync(join(folder, 'backup.db'), file);
        log = sqlite(file);
        await meanwhile?.(log);
        server = await startDevServer({ store: log, port });
      },
    });
  } finally {
    for (const store of open) await store.close();
    await stop();
    rmSync(folder, { recursive: true });
  }
}

interface Served {
  log(): Store;
  connect(options?: EventStoreOptions): Promise<EventStore>;
  backUp(): Promise<void>;
  putBack(meanwhile?: (log: Store) => Promise<void>): Promise<void>;
}

for (const [name, meanwhile] of [
  ['and ends before the place', undefined],
  ['and has grown past the place with rows of other streams', (log: Store) => feed(log, 'other', 60)],
  ['and has grown past the place with rows of the same stream', (log: Store) => feed(log, 'after', 60)],
] as const) {
  test(`a log that goes back under a connected store ${name}: the subscription and each save are refused`, () =>
    served(async ({ log, connect, backUp, putBack }) => {
      await feed(log(), 'before', 20);
      await backUp();
      const store = await connect();
      await feed(log(), 'after', 30);
      const subscriber = new Subscriber(store, { after: 0 });
      await subscriber.until((_, rows) => rows.length === 50);
      const checkpoint = store.checkpoint('c');
      const at = await checkpoint.load();
      await checkpoint.save({ ...at, position: 10 });
      await putBack(meanwhile);
      expect(await codeOf(checkpoint.save({ ...at, position: 50 }))).toBe('CHECKPOINT_AHEAD');
      expect(await codeOf(checkpoint.rewind(50))).toBe('CHECKPOINT_AHEAD');
      expect(await codeOf(subscriber.until(() => false))).toBe('CHECKPOINT_AHEAD');
      // Who connects anew goes on from what the log holds.
      expect((await (await connect()).checkpoint('c').load()).position).toBe(0);
    }));
}

test('a log that went back, and has grown past the place: the head that another reader was told first proves nothing', () =>
  served(async ({ log, connect, backUp, putBack }) => {
    await feed(log(), 'before', 20);
    await backUp();
    const store = await connect();
    await feed(log(), 'after', 30);
    let goOn: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (goOn = resolve));
    // It holds its page for as long as the log is being put back.
    const subscriber = new Subscriber(store, { after: 0 }, () => held);
    await subscriber.until((_, rows) => rows.length > 0);
    const all = new Subscriber(store, { after: 0 });
    await all.until((_, rows) => rows.length === 50);
    await putBack((restored) => feed(restored, 'other', 60));
    expect(await store.head()).toBeGreaterThanOrEqual(80);
    expect(await codeOf(store.checkpoint('c').save({ store: store.id, position: 50, epoch: 0 }))).toBe('CHECKPOINT_AHEAD');
    expect(await codeOf(all.until(() => false))).toBe('CHECKPOINT_AHEAD');
    goOn();
    expect(await codeOf(subscriber.until(() => false))).toBe('CHECKPOINT_AHEAD');
  }));

test('a place is refused though nothing but own appends was seen of the part that the log lost', () =>
  served(async ({ log, connect, backUp, putBack }) => {
    await feed(log(), 'before', 20);
    await backUp();
    const store = await connect();
    await feed(store, 'after', 30);
    await putBack((restored) => feed(restored, 'other', 60));
    const checkpoint = store.checkpoint('c');
    expect(await codeOf(checkpoint.save({ store: store.id, position: 50, epoch: 0 }))).toBe('CHECKPOINT_AHEAD');
  }));

test('a log that was stopped and started again, truncated meanwhile, goes on', () =>
  served(async ({ log, connect, backUp }) => {
    await feed(log(), 'before', 20);
    const store = await connect();
    const subscriber = new Subscriber(store, { after: 0 });
    await subscriber.until((_, rows) => rows.length === 20);
    await log().truncate('before', 19);
    await backUp();
    await feed(log(), 'after', 10);
    await subscriber.until((_, rows) => rows.length === 30);
    await store.checkpoint('c').save({ store: store.id, position: 25, epoch: 0 });
    expect((await store.checkpoint('c').load()).position).toBe(25);
    await subscriber.end();
  }));
