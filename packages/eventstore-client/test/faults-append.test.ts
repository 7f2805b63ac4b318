import type { Write, Written } from '@waybill/core';
import type { Fault } from '@waybill/devserver';
import { startDevServer } from '@waybill/devserver';
import type { EventStore, EventStoreOptions } from '@waybill/eventstore-client';
import type { Deadlines } from '../../../test/deadlines';
import { DEADLINE, outlast, withDeadlines } from '../../../test/deadlines';
import type { World } from './kit';
import { errorOf, event, one, withServer } from './kit';

const ALWAYS = 100_000;

/** A server, and a time that passes where nothing else can end what is waited for. */
function inTime(body: (world: World & Deadlines) => Promise<void>): Promise<void> {
  return withDeadlines((deadlines) => withServer((world) => body({ ...world, ...deadlines })));
}

/** One write of two rows that meets `faults`, and what the log holds of it. */
async function met(world: World & Deadlines, options: EventStoreOptions, faults: readonly (readonly [Fault, number?])[]) {
  const { log, open, server, pass, endAfter } = world;
  const isEndless = faults.some(([, times]) => times === ALWAYS);
  const store = await open({ deadline: DEADLINE, ...(isEndless ? { onNotice: endAfter(3) } : {}), ...options });
  for (const [fault, times] of faults) server.faults.next(callOf(options), fault, times);
  const write: Write = { stream: 's', expected: 'none', events: [event(), event()] };
  const call = Promise.resolve(store.append([write])).then(
    ([written]) => written,
    (error: { code?: string }) => error.code,
  );
  const isStored = async () => faults.every(([fault]) => fault !== 'hangAfter') || (await log.head()) === 2;
  const hangs = faults.some(([fault]) => fault === 'hang' || fault === 'hangAfter');
  const told = await (hangs ? outlast(server, call, pass, isStored) : call);
  const held = await log.read('s');
  return { store, write, told, ids: held.map(({ id }) => id), position: held.at(-1)?.position };
}

function callOf({ path }: EventStoreOptions): 'append' | 'batchAppend' {
  return path === 'batch' ? 'batchAppend' : 'append';
}

describe.each(['unary', 'batch'] as const)('an append on the %s path', (path) => {
  const passing: readonly (readonly [what: string, faults: readonly (readonly [Fault, number?])[]])[] = [
    ['stored, the answer lost with the connection', [['loseAnswer']]],
    ['stored, the answer lost three times', [['loseAnswer', 3]]],
    ['stored, the server says that it timed out', [['timeoutAfter', 2]]],
    ['stored, no answer until the deadline', [['hangAfter']]],
    ['not stored, no answer until the deadline', [['hang']]],
    ['not stored, the server is not ready', [['refuse', 3]]],
    ['slow, but in time', [[{ delay: 100 }]]],
  ];
  test.each(passing)('%s: is repeated with the same ids at the same version; told the first result; stands once', async (_, faults) => {
    await inTime(async (world) => {
      const { told, write, ids, position } = await met(world, { path }, faults);
      expect(told).toEqual({ ok: true, version: 1, position });
      expect(ids).toEqual(write.events.map(({ id }) => id));
      expect(world.server.faults.left).toBe(0);
    });
  });

  const lasting: readonly (readonly [fault: Fault, rows: number])[] = [
    ['refuse', 0],
    ['hang', 0],
    ['hangAfter', 2],
    ['timeoutAfter', 2],
    ['loseAnswer', 2],
  ];
  test.each(lasting)(
    '%s without end: STORE_UNKNOWN_OUTCOME, %i rows stand, and the identical append later is told the one result',
    async (fault, rows) => {
      await inTime(async (world) => {
        const { server, log } = world;
        const { store, told, ids, write } = await met(world, { path }, [[fault, ALWAYS]]);
        expect([told, ids.length]).toEqual(['STORE_UNKNOWN_OUTCOME', rows]);
        server.faults.clear();
        const [again] = await store.append([write]);
        const held = await log.read('s');
        expect(again).toEqual({ ok: true, version: 1, position: held[1]?.position });
        expect(held.map(({ id }) => id)).toEqual(write.events.map(({ id }) => id));
      });
    },
  );

  test('another node leads: the append goes there, and the connection stays with it', async () => {
    await inTime(async (world) => {
      const leader = await startDevServer({ store: world.log });
      try {
        const where = { host: '127.0.0.1', port: leader.port };
        const { store, told, ids } = await met(world, { path }, [[{ notLeader: where }]]);
        expect(told).toMatchObject({ ok: true });
        expect(ids).toHaveLength(2);
        await world.server.stop();
        expect(await store.append(one('another', 'none'))).toMatchObject([{ ok: true }]);
        expect(await store.read('another')).toHaveLength(1);
      } finally {
        await leader.stop();
      }
    });
  });

  test('no node leads for longer than it is repeated: nothing is stored, and the code says so', async () => {
    await inTime(async (world) => {
      const where = { host: '127.0.0.1', port: world.server.port };
      const { told, ids } = await met(world, { path }, [[{ notLeader: where }, ALWAYS]]);
      expect([told, ids]).toEqual([path === 'unary' ? 'STORE_UNAVAILABLE' : 'STORE_UNKNOWN_OUTCOME', []]);
    });
  });

  test('of a call of two writes one is stored and the other never answered: the whole call is of unknown outcome', async () => {
    await inTime(async ({ open, log, server, endAfter }) => {
      const store = await open({ path, deadline: DEADLINE, onNotice: endAfter(3) });
      server.faults.next(callOf({ path }), { delay: 0 });
      server.faults.next(callOf({ path }), 'refuse', ALWAYS);
      const writes = [...one('a', 'none'), ...one('b', 'none')];
      expect(await errorOf(() => store.append(writes))).toMatchObject({ code: 'STORE_UNKNOWN_OUTCOME' });
      expect([(await log.read('a')).length, (await log.read('b')).length]).toEqual([1, 0]);
      server.faults.clear();
      expect(await store.append(writes)).toMatchObject([{ ok: true }, { ok: true }]);
      expect([(await log.read('a')).length, (await log.read('b')).length]).toEqual([1, 1]);
    });
  });

  test('the connection is cut again and again while appends of 20 rows are on it: each stands whole, and each is told so', async () => {
    await withServer(async ({ open, log, server }) => {
      const store = await open({ path, maxInFlight: 50 });
      const data = JSON.stringify('x'.repeat(2_000));
      const writes = Array.from({ length: 150 }, (_, n): Write => {
        return { stream: `s-${n}`, expected: 'none', events: Array.from({ length: 20 }, () => event({ data })) };
      });
      const stop = new AbortController();
      const watching = (async () => {
        for await (const _ of store.subscribe({ after: 0 }, stop.signal));
      })();
      const told = writes.map((write) => untilKnown(store, [write]));
      for (let n = 0; n < 10; n++) {
        await Promise.race(told.slice(12 * n));
        while (server.faults.dropSubscriptions('cut') === 0) await new Promise(setImmediate);
      }
      for (const [n, written] of (await Promise.all(told)).entries()) {
        const rows = await log.read(`s-${n}`);
        expect(rows.map(({ id }) => id)).toEqual(writes[n]?.events.map(({ id }) => id));
        expect(written).toEqual({ ok: true, version: 19, position: rows[19]?.position });
      }
      stop.abort();
      await watching;
    });
  });

  test('200 appends at once over a server that restarts twice: each stands once, and each is told where', async () => {
    await withServer(async ({ open, log, server }) => {
      const store = await open({ path, maxInFlight: 20 });
      const streams = Array.from({ length: 200 }, (_, n) => `s-${n}`);
      const appends = streams.map((stream) => untilKnown(store, one(stream, 'none')));
      for (let n = 0; n < 2; n++) {
        await Promise.race(appends.slice(60 * n));
        await server.restart();
      }
      for (const [n, written] of (await Promise.all(appends)).entries()) {
        const rows = await log.read(streams[n] as string);
        expect([written, rows.length]).toEqual([{ ok: true, version: 0, position: rows[0]?.position }, 1]);
      }
    });
  });
});

/** As the flow does it: the identical append again, until it is told. */
async function untilKnown(store: EventStore, writes: readonly Write[]): Promise<Written | undefined> {
  for (;;) {
    try {
      return (await store.append(writes))[0];
    } catch (error) {
      expect(error).toMatchObject({ code: 'STORE_UNKNOWN_OUTCOME' });
    }
  }
}
