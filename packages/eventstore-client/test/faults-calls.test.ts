import { startDevServer } from '@waybill/devserver';
import type { Fault } from '@waybill/devserver';
import { eventStore } from '@waybill/eventstore-client';
import { DEADLINE, outlast, withDeadlines } from '../../../test/deadlines';
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
    await withDeadlines(({ pass }) =>
      withServer(async ({ open, server }) => {
        const store = await open({ deadline: DEADLINE });
        await append(store, 's', 50);
        server.faults.next('read', fault, times);
        const read = store.read('s');
        const rows = await (fault === 'hang' ? outlast(server, read, pass) : read);
        expect(rows.map(({ version }) => version)).toEqual(Array.from({ length: 50 }, (_, n) => n));
        expect(server.faults.left).toBe(0);
      }),
    );
  });

  test('without end: STORE_UNAVAILABLE, which passes', async () => {
    await withDeadlines(({ endAfter }) =>
      withServer(async ({ open, server }) => {
        const store = await open({ deadline: DEADLINE, onNotice: endAfter(3) });
        server.faults.next('read', 'refuse', 100_000);
        expect(await errorOf(() => store.read('s'))).toMatchObject({ code: 'STORE_UNAVAILABLE' });
        server.faults.clear();
        expect(await store.read('s')).toEqual([]);
      }),
    );
  });
});

/** Milliseconds. Three attempts may meet the silent member, and all of them end within two deadlines. */
const GOSSIP = 300_000;

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
    await withDeadlines(({ pass }) =>
      withServer(async ({ server, log }) => {
        const silent = await startDevServer({ store: log });
        silent.faults.next('gossip', 'hang', 100);
        server.faults.next('gossip', 'refuse', 2);
        const members = `127.0.0.1:1,127.0.0.1:${silent.port},127.0.0.1:${server.port}`;
        const opened = eventStore(`esdb://${members}?tls=false&gossipTimeout=${GOSSIP / 1_000}`, { deadline: DEADLINE });
        const store = await outlast(silent, opened, () => pass(GOSSIP));
        expect(await store.append(one('s', 'none'))).toMatchObject([{ ok: true }]);
        await store.close();
        await silent.stop();
      }),
    );
  });
});

describe('close', () => {
  test('ends a wait for a server that is silent, in bounded time, and every call that is under way', async () => {
    await withDeadlines(({ pass }) =>
      withServer(async ({ open, server }) => {
        const store = await open({ deadline: DEADLINE });
        server.faults.next('append', 'hang', 100);
        server.faults.next('read', 'hang', 100);
        const calls = [store.append(one('s', 'none')), store.read('s'), store.head(), store.checkpoint('c').load()];
        const codes = Promise.all(calls.map((call) => errorOf(() => call).then(({ code }) => code)));
        await outlast(server, store.close(), pass);
        expect(await codes).toEqual(['STORE_UNKNOWN_OUTCOME', 'STORE_UNAVAILABLE', 'STORE_UNAVAILABLE', 'STORE_UNAVAILABLE']);
      }),
    );
  });
});
