import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryStore } from '@waybill/core';
import type { Store, Views } from '@waybill/core';
import { startDevServer } from '@waybill/devserver';
import { eventStore } from '@waybill/eventstore-client';
import { sqlite } from '@waybill/sqlite';
import { Actor, App, Applies, Event, Projection } from 'waybill';

class Paid extends Event('Paid')<{ account: string; cents: number }> {}

type Sums = { n: number; cents: number };

@Projection('sums')
class Sum extends Actor<Sums, Paid> {
  initial(): Sums {
    return { n: 0, cents: 0 };
  }
  key(e: Paid) {
    return e.account;
  }
  @Applies(Paid) paid({ cents }: Paid, { n, cents: before }: Sums): Sums {
    return { n: n + 1, cents: before + cents };
  }
}

/** The fold before: it counts alone. */
@Projection('sums')
class Count extends Actor<{ n: number }, Paid> {
  initial() {
    return { n: 0 };
  }
  key(e: Paid) {
    return e.account;
  }
  @Applies(Paid) paid(_: Paid, { n }: { n: number }) {
    return { n: n + 1 };
  }
}

/** Today's. */
@Projection('sums', { version: 2 })
class Sum2 extends Sum {}

let made = 0;
async function pay(store: Store, account: string, many: number): Promise<void> {
  for (let i = 0; i < many; i++) {
    const id = `00000000-0000-4000-8000-${String(++made).padStart(12, '0')}`;
    const events = [{ id, type: 'Paid', data: JSON.stringify({ account, cents: 10 }), meta: '{}', time: 1_700_000_000_000 }];
    await store.append([{ stream: `bank-${made}`, expected: 'none', events }]);
  }
}

/** Runs an app until it has read the whole log, and gives the row. */
async function read(store: Store, views?: Views, use: typeof Sum = Sum, account = 'a'): Promise<unknown> {
  const app = await App.start({ store, ...(views && { views }), use: [use] });
  try {
    await app.settled();
    return await app.view(use).get(account);
  } finally {
    await app.stop();
  }
}

const codeOf = (action: Promise<unknown>): Promise<unknown> =>
  action.then(
    () => 'no error',
    (error: unknown) => (error as { code?: unknown }).code ?? error,
  );

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'waybill-places-'))));
afterEach(() => rmSync(folder, { recursive: true }));

describe('views that stand apart from their log', () => {
  test('two nodes on one log, each with views of its own: each view is whole, whichever node ran before', async () => {
    const log = memoryStore();
    const [a, b] = [memoryStore({ id: 'a' }).views, memoryStore({ id: 'b' }).views];
    await pay(log, 'a', 1);
    expect(await read(log, a)).toEqual({ n: 1, cents: 10 });
    await pay(log, 'a', 10);
    expect(await read(log, b)).toEqual({ n: 11, cents: 110 });
    await pay(log, 'a', 90);
    expect(await read(log, a)).toEqual({ n: 101, cents: 1010 });
    expect(await read(log, b)).toEqual({ n: 101, cents: 1010 });
  });

  test('two nodes on one server, each with a file of views beside it: each view is whole', async () => {
    const served = sqlite(join(folder, 'log.db'));
    const server = await startDevServer({ store: served, port: 0 });
    const files = ['a', 'b'].map((name) => sqlite(join(folder, `${name}.db`)));
    const nodes = await Promise.all(files.map((beside) => eventStore(server.url, { beside })));
    try {
      const [a, b] = nodes as [Store, Store];
      await pay(a, 'a', 1);
      expect(await read(a)).toEqual({ n: 1, cents: 10 });
      await pay(a, 'a', 10);
      expect(await read(b)).toEqual({ n: 11, cents: 110 });
      await pay(b, 'a', 90);
      expect(await read(a)).toEqual({ n: 101, cents: 1010 });
    } finally {
      for (const store of [...nodes, ...files]) await store.close();
      await server.stop();
      await served.close();
    }
  });

  test('views that were deleted are folded anew', async () => {
    const log = memoryStore();
    await pay(log, 'a', 3);
    const views = memoryStore({ id: 'a' }).views as Views;
    await read(log, views);
    await views.drop('sums');
    await pay(log, 'a', 2);
    expect(await read(log, views)).toEqual({ n: 5, cents: 50 });
    expect(await read(log, memoryStore({ id: 'b' }).views)).toEqual({ n: 5, cents: 50 });
  });

  test('views in the store of the log that were deleted are folded anew', async () => {
    for (const log of [memoryStore(), sqlite(join(folder, 'own.db'))]) {
      await pay(log, 'a', 3);
      await read(log);
      await (log.views as Views).drop('sums');
      await pay(log, 'a', 2);
      expect(await read(log)).toEqual({ n: 5, cents: 50 });
      await log.close();
    }
  });

  test('views that were put back to an older state take in what they lack', async () => {
    const log = memoryStore();
    await pay(log, 'a', 3);
    const file = join(folder, 'views.db');
    const before = sqlite(file);
    await read(log, before.views);
    await before.close();
    copyFileSync(file, `${file}.old`);
    await pay(log, 'a', 4);
    const after = sqlite(file);
    await read(log, after.views);
    await after.close();
    const restored = sqlite(`${file}.old`);
    expect(await read(log, restored.views)).toEqual({ n: 7, cents: 70 });
    await restored.close();
  });

  test('views of another log, ahead of the log, or of a log that has other rows now are refused, and dropped they are folded anew', async () => {
    const log = memoryStore({ id: 'one' });
    await pay(log, 'a', 5);
    const views = memoryStore({ id: 'views' }).views as Views;
    await read(log, views);
    const other = memoryStore({ id: 'other' });
    await pay(other, 'a', 7);
    expect(await codeOf(read(other, views))).toBe('CHECKPOINT_OTHER_STORE');
    const shorter = memoryStore({ id: 'one' });
    await pay(shorter, 'a', 3);
    expect(await codeOf(read(shorter, views))).toBe('CHECKPOINT_AHEAD');
    await pay(shorter, 'a', 7);
    expect(await codeOf(read(shorter, views))).toBe('CHECKPOINT_AHEAD');
    await views.drop('sums');
    expect(await read(shorter, views)).toEqual({ n: 10, cents: 100 });
  });

  test('rows of before, whose checkpoint stood with the log, are folded anew: nobody knows whose checkpoint that is', async () => {
    const log = memoryStore();
    await pay(log, 'a', 3);
    const views = memoryStore({ id: 'views' }).views as Views;
    await views.write('sums', [{ key: 'a', row: '{"n":2,"cents":20}', position: 3, expected: 0 }]);
    await log.checkpoint('sums').save({ store: log.id, position: 3, epoch: 0 });
    await pay(log, 'a', 1);
    expect(await read(log, views)).toEqual({ n: 4, cents: 40 });
  });
});

test('a log of a server that goes back under a running app stops it with CHECKPOINT_AHEAD, and the next start takes in all that the log holds', async () => {
  const file = join(folder, 'log.db');
  let log = sqlite(file);
  let server = await startDevServer({ store: log });
  const { port, url } = server;
  const stop = async () => {
    await server.stop();
    await log.close();
  };
  await pay(log, 'a', 20);
  await stop();
  copyFileSync(file, `${file}.backup`);
  log = sqlite(file);
  server = await startDevServer({ store: log, port });
  const beside = sqlite(join(folder, 'views.db'));
  const store = await eventStore(url, { beside });
  const failed = new Promise<unknown>((resolve) => {
    void App.start({ store, use: [Sum], onFailure: resolve }).then(async (app) => {
      await pay(log, 'a', 40);
      await app.settled();
      await stop();
      copyFileSync(`${file}.backup`, file);
      log = sqlite(file);
      await pay(log, 'b', 70);
      server = await startDevServer({ store: log, port });
    });
  });
  expect(await failed).toMatchObject({ code: 'CHECKPOINT_AHEAD' });
  await store.close();
  const again = await eventStore(url, { beside });
  expect(await codeOf(read(again))).toBe('CHECKPOINT_AHEAD'); // its views are of the log that is gone
  await (again.views as Views).drop('sums');
  expect([await read(again), await read(again, undefined, Sum, 'b')]).toEqual([
    { n: 20, cents: 200 },
    { n: 70, cents: 700 },
  ]);
  await again.close();
  await beside.close();
  await stop();
});

describe('a projection whose fold has changed', () => {
  test.each(['memory', 'sqlite', 'apart'])('is folded anew beside the old instance, which leaves the new rows alone (%s)', async (kind) => {
    const log = kind === 'sqlite' ? sqlite(join(folder, 'log.db')) : memoryStore();
    const views = kind === 'apart' ? (memoryStore({ id: 'views' }).views as Views) : undefined;
    const given = views ? { views } : {};
    await pay(log, 'a', 100);
    const old = await App.start({ store: log, ...given, use: [Count] });
    await old.settled();
    expect(await old.view(Count).get('a')).toEqual({ n: 100 });
    const paying = pay(log, 'a', 25);
    const now = await App.start({ store: log, ...given, use: [Sum2] });
    await pay(log, 'a', 25);
    await paying;
    await now.settled();
    await old.settled();
    expect(await now.view(Sum2).get('a')).toEqual({ n: 150, cents: 1500 });
    await pay(log, 'a', 5);
    await now.settled();
    await old.settled();
    expect(await now.view(Sum2).get('a')).toEqual({ n: 155, cents: 1550 });
    await now.stop();
    await pay(log, 'a', 5);
    await old.settled();
    expect(await old.view(Count).get('a')).toEqual({ n: 155, cents: 1550 });
    await old.stop();
    // Old code that starts later leaves them alone too.
    const late = await App.start({ store: log, ...given, use: [Count] });
    await late.settled();
    expect(await late.view(Count).get('a')).toEqual({ n: 155, cents: 1550 });
    await late.stop();
    expect(await read(log, views, Sum2)).toEqual({ n: 160, cents: 1600 });
    await log.close();
  });

  test('is rolled back by a rebuild that the older code is asked for, and newer code that starts again folds it anew', async () => {
    const log = memoryStore();
    await pay(log, 'a', 4);
    expect(await read(log, undefined, Sum2)).toEqual({ n: 4, cents: 40 });
    const old = await App.start({ store: log, use: [Count] });
    await old.rebuild(Count);
    await pay(log, 'a', 1);
    await old.settled();
    expect(await old.view(Count).get('a')).toEqual({ n: 5 });
    await old.stop();
    expect(await read(log, undefined, Sum2)).toEqual({ n: 5, cents: 50 });
  });

  test('of which no code was deployed yet begins with its own version, and a version must be a whole number', async () => {
    const log = memoryStore();
    expect(await read(log, undefined, Sum2)).toBeUndefined();
    await pay(log, 'a', 2);
    expect(await read(log, undefined, Sum2)).toEqual({ n: 2, cents: 20 });
    @Projection('wrong', { version: 0 })
    class Wrong extends Sum {}
    expect(await codeOf(App.start({ store: log, use: [Wrong] }))).toBe('OPTION_INVALID');
  });
});
