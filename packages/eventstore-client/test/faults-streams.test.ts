import { EventStoreDBClient } from '@eventstore/db-client';
import type { Store, Write, Written } from '@waybill/core';
import { memoryStore } from '@waybill/core';
import { startDevServer } from '@waybill/devserver';
import type { EventStore, Notice } from '@waybill/eventstore-client';
import { eventStore } from '@waybill/eventstore-client';
import type { World } from './kit';
import { errorOf, event, one, withServer } from './kit';

/** A server that has lost what it knew of ids: an append that stands is refused as of a wrong version. */
function forgetful(log: Store): Store {
  const append = async (writes: readonly Write[]) =>
    Promise.all(
      writes.map(async (write) => {
        const last = (await log.read(write.stream, 0, 100_000)).at(-1)?.version ?? -1;
        if (last !== (write.expected === 'none' ? -1 : write.expected)) return { ok: false, actual: last < 0 ? 'none' : last } as const;
        return (await log.append([write]))[0] as Written;
      }),
    );
  return new Proxy(log, { get: (target, name) => (name === 'append' ? append : bound(target, name as keyof Store)) });
}

function bound(log: Store, name: keyof Store): unknown {
  const value: unknown = log[name];
  return typeof value === 'function' ? (value as () => unknown).bind(log) : value;
}

describe('a wrong version after an unknown outcome, from a server that no longer knows the ids', () => {
  const run = async (between: (log: Store) => Promise<unknown>, body: (told: Written, log: Store, write: Write) => Promise<void>) => {
    const log = memoryStore();
    const server = await startDevServer({ store: forgetful(log) });
    const notices: Notice[] = [];
    let done: Promise<unknown> = Promise.resolve();
    const store = await eventStore(server.url, {
      onNotice: (notice) => {
        notices.push(notice);
        if (notice.kind === 'retried' && notices.filter(({ kind }) => kind === 'retried').length === 1) done = between(log);
      },
    });
    try {
      const write: Write = { stream: 's', expected: 'none', events: [event(), event()] };
      server.faults.next('append', 'loseAnswer');
      const [told] = await store.append([write]);
      await done;
      await body(told as Written, log, write);
    } finally {
      await store.close();
      await server.stop();
    }
  };

  test('our rows stand at their place: told as stored, though others went on behind them', async () => {
    await run(
      (log) => log.append(one('s', 1)),
      async (told, log, { events }) => {
        const rows = await log.read('s');
        expect(told).toEqual({ ok: true, version: 1, position: rows[1]?.position });
        expect(rows.map(({ id }) => id).slice(0, 2)).toEqual(events.map(({ id }) => id));
        expect(rows).toHaveLength(3);
      },
    );
  });

  test('the first attempt was not stored and another writer was faster: told as refused, and nothing of ours stands', async () => {
    await withServer(async ({ open, log, server }) => {
      let faster: Promise<unknown> = Promise.resolve();
      const store = await open({ onNotice: () => void (faster = log.append(one('s', 'none'))) });
      server.faults.next('append', 'refuse');
      expect(await store.append(one('s', 'none'))).toEqual([{ ok: false, actual: 0 }]);
      await faster;
      expect(await log.read('s')).toHaveLength(1);
    });
  });
});

test('a server that stored a part of an append is found out, and not taken for another writer', async () => {
  await withServer(async ({ open, log, server }) => {
    const events = [event(), event()];
    const tear = () => log.append([{ stream: 's', expected: 'none', events: events.slice(0, 1) }]);
    const store = await open({ onNotice: ({ kind }) => void (kind === 'retried' && tear()) });
    server.faults.next('append', 'refuse');
    const error = await errorOf(() => store.append([{ stream: 's', expected: 'none', events }]));
    expect(error).toMatchObject({ code: 'STORE_TORN_APPEND' });
  });
});

describe('streams that were cut or deleted', () => {
  const withClient = (body: (world: World, client: EventStoreDBClient, store: EventStore) => Promise<void>) =>
    withServer(async (world) => {
      const client = EventStoreDBClient.connectionString(world.server.url);
      try {
        await body(world, client, await world.open());
      } finally {
        await client.dispose();
      }
    });
  const credentials = { username: '-', password: '-' };

  test('soft-deleted by somebody: reads as missing; begins anew behind its old versions; a retry of that is told the first result', async () => {
    await withClient(async (_, client, store) => {
      await store.append([{ stream: 's', expected: 'none', events: [event(), event()] }]);
      await client.deleteStream('s', { credentials });
      expect(await store.read('s')).toEqual([]);
      const again = one('s', 'none');
      const [written] = await store.append(again);
      expect(written).toMatchObject({ ok: true, version: 2 });
      expect(await store.append(again)).toEqual([written]);
      expect((await store.read('s')).map(({ version }) => version)).toEqual([2]);
      expect(await store.append(one('s', 2))).toMatchObject([{ ok: true, version: 3 }]);
    });
  });

  test('closed for ever by a tombstone: refused with a code, and nothing is stored', async () => {
    await withClient(async (_, client, store) => {
      await store.append(one('s', 'none'));
      await client.tombstoneStream('s', { credentials });
      expect(await errorOf(() => store.append(one('s', 0)))).toMatchObject({ code: 'STORE_STREAM_DELETED' });
      expect(await errorOf(() => store.read('s'))).toMatchObject({ code: 'STORE_STREAM_DELETED' });
    });
  });

  test('truncated: what others had set in its metadata stays, also when they set it at the same moment', async () => {
    await withClient(async (_, client, store) => {
      await store.append([{ stream: 's', expected: 'none', events: Array.from({ length: 9 }, () => event()) }]);
      await client.setStreamMetadata('s', { maxCount: 100, mine: { a: 1 } }, { credentials });
      await Promise.all([3, 5, 4].map((before) => store.truncate('s', before)));
      const { metadata } = await client.getStreamMetadata('s', { credentials });
      expect(metadata).toEqual({ maxCount: 100, mine: { a: 1 }, truncateBefore: 5 });
      expect((await store.read('s')).map(({ version }) => version)).toEqual([5, 6, 7, 8]);
    });
  });

  test('a retry of the identical append, with the next version instead, is never what we send', async () => {
    await withServer(async ({ open, log, server }) => {
      const store = await open();
      const [first, next] = [one('s', 'none'), one('s', 0)];
      server.faults.next('append', 'loseAnswer', 2);
      await store.append(first);
      server.faults.next('append', 'timeoutAfter', 2);
      await store.append(next);
      expect((await log.read('s')).map(({ id }) => id)).toEqual([first, next].map(([write]) => write?.events[0]?.id));
    });
  });
});
