import { errorOf, event, one, withServer } from './kit';
import { append, Subscriber } from './subscriber';

jest.setTimeout(60_000);

describe.each(['unary', 'batch'] as const)('on the %s path', (path) => {
  test('the identical retry of rows that were hidden since gets a certain answer, with the version at which the stream goes on', () =>
    withServer(async ({ open }) => {
      const store = await open({ path });
      const first = [{ stream: 's', expected: 'none' as const, events: [event(), event()] }];
      await store.append(first);
      await store.append(one('s', 1));
      await store.truncate('s', 2);
      expect(await store.append(first)).toEqual([{ ok: false, actual: 2 }]);
      expect(await store.append(one('s', 2))).toMatchObject([{ ok: true, version: 3 }]);
    }));

  test('an append that never found a connection was not stored, and is told so', () =>
    withServer(async ({ open, server }) => {
      const store = await open({ path, deadline: 300 });
      await server.stop();
      // The connection that the server ended may have taken it; the next one finds nobody.
      await errorOf(() => store.append(one('s', 'none')));
      expect(await errorOf(() => store.append(one('s', 'none')))).toMatchObject({ code: 'STORE_UNAVAILABLE' });
      await server.restart();
    }));
});

test.each([
  ['no name', '', 0, 1],
  ['a version below 0', 's', -1, 1],
  ['half a version', 's', 0.5, 1],
  ['half a row', 's', 0, 1.5],
])('a read of %s is refused at once', (_, stream, from, limit) =>
  withServer(async ({ open, server }) => {
    const store = await open();
    server.faults.next('read', 'hang');
    expect((await errorOf(() => store.read(stream, from, limit))).message).toMatch(/^WRITE_BAD_N.*Fix: /);
    expect(server.faults.left).toBe(1);
  }),
);

test('notices of one outage are told the 1st, 2nd, 4th and 8th time', () =>
  withServer(async ({ open, server }) => {
    const told: string[] = [];
    const store = await open({ onNotice: ({ kind, text }) => void (kind === 'retried' && told.push(text)) });
    server.faults.next('read', 'fail', 11);
    expect(await store.read('s')).toEqual([]);
    expect(told.map((text) => /\((\d+) times\)$/.exec(text)?.[1])).toEqual([undefined, '2', '4', '8']);
  }));

test('the snapshot of a stream whose name is as long as may be is kept', () =>
  withServer(async ({ open }) => {
    const store = await open();
    const stream = 'x'.repeat(512);
    await store.append(one(stream, 'none'));
    await store.snapshot(stream).save({ version: 0, data: '{"n":1}' });
    expect(await store.snapshot(stream).load()).toEqual({ version: 0, data: '{"n":1}' });
  }));

test('a checkpoint that comes before the events that stand up to there hides none of them', () =>
  withServer(async ({ open, server }) => {
    const store = await open();
    await append(store, 's', 30);
    server.faults.next('subscribe', 'earlyCheckpoint');
    const subscriber = new Subscriber(store, { after: 0 });
    await subscriber.until((_, rows) => rows.length === 30);
    await subscriber.end();
    expect(server.faults.left).toBe(0);
  }));

test('a live subscription that is dropped because 600 rows come at once shows all of them, once, in order', () =>
  withServer(async ({ open, server }) => {
    const store = await open();
    server.faults.next('subscribe', 'tooSlow', 2);
    const subscriber = new Subscriber(store, { after: 0 });
    await subscriber.until((pages) => pages.at(-1)?.caughtUp === true);
    await append(store, 's', 600);
    await subscriber.until((_, rows) => rows.length === 600);
    await subscriber.end();
    expect(subscriber.rows.map(({ version }) => version)).toEqual(Array.from({ length: 600 }, (_, n) => n));
  }));
