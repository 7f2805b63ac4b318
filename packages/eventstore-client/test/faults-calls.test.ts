import { startDevServer } from '@waybill/devserver';
import type { Fault } from '@waybill/devserver';
import { eventStore } from '@waybill/eventstore-client';
import { errorOf, one, withServer } from './kit';
import { append } from './subscriber';

describe('reads', () => {
  const faults: readonly (readonly [Fault, number])[] = [
    ['refuse', 2],
    ['hang', 1],
    [{ drop: 'cut', after: 5 }, 2],
    [{ drop: 'error', after: 5 }, 2],
  ];
  test.each(faults)('%p: are repeated, and give all rows once', async (fault, times) => {
    await withServer(async ({ open, server }) => {
      const store = await open({ deadline: 300 });
      await append(store, 's', 50);
      server.faults.next('read', fault, times);
      expect((await store.read('s')).map(({ version }) => version)).toEqual(Array.from({ length: 50 }, (_, n) => n));
      expect(server.faults.left).toBe(0);
    });
  });

  test('without end: STORE_UNAVAILABLE, which passes', async () => {
    await withServer(async ({ open, server }) => {
      const store = await open({ deadline: 100 });
      server.faults.next('read', 'refuse', 100_000);
      expect(await errorOf(() => store.read('s'))).toMatchObject({ code: 'STORE_UNAVAILABLE' });
      server.faults.clear();
      expect(await store.read('s')).toEqual([]);
    });
  });
});

describe('what other calls of the client depend on', () => {
  test('features of the server are never asked for: their failure or silence harms nothing', async () => {
    await withServer(async ({ open, server }) => {
      server.faults.next('features', 'hang', 100);
      for (const path of ['unary', 'batch'] as const)
        expect(await (await open({ path })).append(one(path, 'none'))).toMatchObject([{ ok: true }]);
      expect(server.faults.left).toBe(100);
    });
  });

  test('a member of the cluster that is silent, and one that is down, do not hide the one that leads', async () => {
    await withServer(async ({ server, log }) => {
      const silent = await startDevServer({ store: log });
      silent.faults.next('gossip', 'hang', 100);
      server.faults.next('gossip', 'refuse', 2);
      const store = await eventStore(`esdb://127.0.0.1:1,127.0.0.1:${silent.port},127.0.0.1:${server.port}?tls=false`, { deadline: 2_500 });
      expect(await store.append(one('s', 'none'))).toMatchObject([{ ok: true }]);
      await store.close();
      await silent.stop();
    });
  }, 30_000);
});

describe('close', () => {
  test('ends a wait for a server that is silent, in bounded time, and every call that is under way', async () => {
    await withServer(async ({ open, server }) => {
      const store = await open({ deadline: 200 });
      server.faults.next('append', 'hang', 100);
      server.faults.next('read', 'hang', 100);
      const calls = [store.append(one('s', 'none')), store.read('s'), store.head(), store.checkpoint('c').load()];
      const codes = Promise.all(calls.map((call) => errorOf(() => call).then(({ code }) => code)));
      await store.close();
      expect(await codes).toEqual(['STORE_UNKNOWN_OUTCOME', 'STORE_UNAVAILABLE', 'STORE_UNAVAILABLE', 'STORE_UNAVAILABLE']);
    });
  });
});
