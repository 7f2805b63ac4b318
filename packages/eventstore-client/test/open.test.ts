import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { memoryStore } from '@waybill/core';
import { eventStore } from '@waybill/eventstore-client';
import { Appender } from '../dist/append/appender';
import { Connection } from '../dist/connection/connection';
import { readConnectionString } from '../dist/connection/connection-string';
import { unaryPath } from '../dist/append/unary';
import { logId } from '../dist/own-streams/log-id';
import { settingsOf } from '../dist/connection/options';
import { errorOf, one, withServer } from './kit';

describe('the id of a log', () => {
  test('is the one of its first client, of however many come at once; and is there when they come again', async () => {
    await withServer(async ({ server, log }) => {
      const connections = Array.from(
        { length: 8 },
        () => new Connection(readConnectionString(server.url, false), settingsOf({}, undefined)),
      );
      // Its own stream is answered by the dev server itself, so here it is another one.
      const ask = (connection: Connection) => logId(connection, new Appender(connection, unaryPath(connection)), 'waybill:another-log');
      const ids = await Promise.all(connections.map(ask));
      expect(new Set(ids).size).toBe(1);
      expect(ids[0]).toMatch(/^[0-9a-f-]{36}$/);
      expect(await log.read('waybill:another-log')).toHaveLength(1);
      expect(await ask(connections[0] as Connection)).toBe(ids[0]);
      await Promise.all(connections.map((connection) => connection.close()));
    });
  });

  test('is refused when its stream says something else', async () => {
    await withServer(async ({ server, log }) => {
      await log.append(one('waybill:another-log', 'none', { data: '{"name":1}' }));
      const connection = new Connection(readConnectionString(server.url, false), settingsOf({}, undefined));
      const asked = errorOf(() => logId(connection, new Appender(connection, unaryPath(connection)), 'waybill:another-log'));
      expect(await asked).toMatchObject({ code: 'STORE_DAMAGED' });
      await connection.close();
    });
  });

  test('is known when eventStore() resolves, and the same for all who open it', async () => {
    await withServer(async ({ open, log }) => {
      expect([(await open()).id, (await open({ path: 'batch' })).id]).toEqual([log.id, log.id]);
    });
  });
});

describe('a store beside', () => {
  test('keeps the views of each log apart: the same projection on another cluster begins anew', async () => {
    const beside = memoryStore();
    const row = { key: 'k', row: '{}', position: 7 };
    for (let n = 0; n < 2; n++) {
      await withServer(async ({ open, log }) => {
        const { views } = await open({ beside });
        expect(await views?.load('orders', ['k'])).toEqual([]);
        expect(await views?.write('orders', [{ ...row, expected: 0 }])).toEqual([true]);
        expect(await (await open({ beside })).views?.all('orders')).toEqual([row]);
        expect(await beside.views?.all(`${log.id}:orders`)).toEqual([row]);
      });
    }
  });

  test('keeps the keys of people for all logs: who is forgotten is forgotten in every copy; and is not closed with the log', async () => {
    const beside = memoryStore();
    await withServer(async ({ open }) => {
      const store = await open({ beside });
      expect(await store.keys?.keep('anna', 'c2VjcmV0')).toBe('c2VjcmV0');
      await store.close();
      expect(await errorOf(() => store.keys?.load(['anna']))).toMatchObject({ code: 'STORE_CLOSED' });
    });
    expect(await beside.keys?.load(['anna'])).toEqual(new Map([['anna', 'c2VjcmV0']]));
  });

  test('is not needed: then the store has neither views nor keys', async () => {
    await withServer(async ({ open }) => {
      const { views, keys } = await open();
      expect([views, keys]).toEqual([undefined, undefined]);
    });
  });
});

test('an abort while the consumer holds a page, and never comes back, lets go of the subscription', async () => {
  await withServer(async ({ open, server }) => {
    const store = await open();
    await store.append(one('s', 'none'));
    const stop = new AbortController();
    const iterator = store.subscribe({ after: 0 }, stop.signal)[Symbol.asyncIterator]();
    await iterator.next();
    stop.abort();
    // The same connection carries both, in order: what comes back was asked behind the end of the subscription.
    await store.head();
    expect(server.faults.dropSubscriptions('error')).toBe(0);
  });
});

test('what listens to notices and throws changes nothing of a call', async () => {
  await withServer(async ({ open, server }) => {
    const onNotice = () => {
      throw new Error('mine');
    };
    const store = await open({ onNotice });
    server.faults.next('append', 'loseAnswer');
    expect(await store.append(one('s', 'none'))).toMatchObject([{ ok: true, version: 0 }]);
  });
});

test('nothing keeps a process alive after close, whatever it was doing', async () => {
  await withServer(async ({ server }) => {
    const script = `
      const { eventStore } = require('@waybill/eventstore-client');
      const { randomUUID } = require('node:crypto');
      const main = async () => {
        for (const path of ['unary', 'batch']) {
          const store = await eventStore(${JSON.stringify(server.url)}, { path });
          const event = { id: randomUUID(), type: 'Noted', data: '1', meta: '{}', time: 1 };
          await store.append([{ stream: path, expected: 'none', events: [event] }]);
          const waiting = store.subscribe({ after: 0 }, new AbortController().signal);
          (async () => { for await (const _ of waiting); })().catch((error) => console.log(error.code));
          await new Promise(setImmediate);
          await store.close();
        }
        await require('@waybill/eventstore-client').eventStore('esdb://127.0.0.1:1?tls=false', { deadline: 50 }).catch((error) => console.log(error.code));
        console.log('closed');
      };
      main();`;
    const printed = await new Promise<string>((resolve, reject) => {
      execFile(process.execPath, ['-e', script], { cwd: join(__dirname, '..'), timeout: 30_000 }, (error, out) =>
        error ? reject(error) : resolve(out),
      );
    });
    expect(printed.trim().split('\n')).toEqual(['STORE_CLOSED', 'STORE_CLOSED', 'STORE_UNAVAILABLE', 'closed']);
  });
});

test('two stores of one process do not end each other, nor does one that was given up', async () => {
  await withServer(async ({ server }) => {
    const [a, b] = [await eventStore(server.url, { path: 'batch' }), await eventStore(server.url, { path: 'batch' })];
    const pending = Array.from({ length: 50 }, (_, n) => b.append(one(`s-${n}`, 'none')));
    await a.close();
    expect((await Promise.all(pending)).flat().every(({ ok }) => ok)).toBe(true);
    await b.close();
  });
});
