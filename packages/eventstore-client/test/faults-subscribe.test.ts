import type { Recorded } from '@waybill/core';
import { startDevServer } from '@waybill/devserver';
import type { Drop, Fault } from '@waybill/devserver';
import type { EventStore, Notice } from '@waybill/eventstore-client';
import { DEADLINE, withDeadlines } from '../../../test/deadlines';
import type { World } from './kit';
import { withServer } from './kit';
import { append, Subscriber } from './subscriber';

/** Of no other length than any deadline, so that its timer is known. */
const LAG = 2 * DEADLINE;

/** Positions that rise, one page after the other, none past the head; every row once. */
function mustBeWhole({ rows, pages }: Subscriber, expected: readonly Recorded[], head: number): void {
  expect(rows).toEqual(expected);
  let last = 0;
  for (const { events, position } of pages) {
    for (const row of events) expect(row.position > last && row.position <= position).toBe(true);
    expect(position >= last && position <= head).toBe(true);
    last = position;
  }
}

async function subscribed(world: World, faults: readonly Fault[], body: (subscriber: Subscriber, store: EventStore) => Promise<void>) {
  const notices: Notice[] = [];
  const store = await world.open({ deadline: DEADLINE, lag: LAG, onNotice: (notice) => notices.push(notice) });
  await append(store, 'before', 300);
  for (const fault of faults) world.server.faults.next('subscribe', fault);
  const subscriber = new Subscriber(store, { after: 0, limit: 20 });
  await body(subscriber, store);
  await subscriber.end();
  mustBeWhole(subscriber, await world.open().then((other) => allRows(other)), await store.head());
  expect(world.server.faults.left).toBe(0);
  return notices;
}

async function allRows(store: EventStore): Promise<readonly Recorded[]> {
  const subscriber = new Subscriber(store, { after: 0 });
  await subscriber.until((pages) => pages.at(-1)?.caughtUp === true);
  await subscriber.end();
  return subscriber.rows;
}

const DROPS: readonly Drop[] = ['end', 'error', 'cut'];

describe('a subscription shows every row once, in order, and says what became of it', () => {
  test.each(DROPS)('dropped in the midst of what is there, three times (%s)', async (drop) => {
    await withServer(async (world) => {
      const faults = [7, 45, 100].map((after) => ({ drop, after }));
      const notices = await subscribed(world, faults, (subscriber) => subscriber.until((_, rows) => rows.length === 300));
      expect(notices.filter(({ kind }) => kind === 'resubscribed').length).toBe(2); // the 1st and the 2nd of three
    });
  });

  test.each(DROPS)('dropped while it is live, again and again, with rows appended in between (%s)', async (drop) => {
    await withServer(async (world) => {
      await subscribed(world, [], async (subscriber, store) => {
        await subscriber.until((pages) => pages.at(-1)?.caughtUp === true);
        for (let n = 0; n < 5; n++) {
          await append(store, `live-${n}`, 10);
          world.server.faults.dropSubscriptions(drop);
          await append(store, `dropped-${n}`, 10);
          await subscriber.until((_, rows) => rows.length === 300 + 20 * (n + 1));
        }
      });
    });
  });

  test.each(['refuse', 'badCheckpoint'] as const)('met by a server that answers with %s', async (fault) => {
    await withServer(async (world) => {
      const notices = await subscribed(world, [fault], (subscriber) => subscriber.until((pages) => pages.at(-1)?.caughtUp === true));
      expect(notices.map(({ kind }) => kind)).toEqual({ refuse: ['resubscribed'], badCheckpoint: [] }[fault]);
    });
  });

  test('met by a server that answers with hang', async () => {
    await withDeadlines(({ pass, awaits }) =>
      withServer(async (world) => {
        const notices = await subscribed(world, ['hang'], async (subscriber) => {
          while (!awaits(LAG)) await new Promise(setImmediate);
          pass(LAG);
          await subscriber.until((pages) => pages.at(-1)?.caughtUp === true);
        });
        expect(notices.map(({ kind }) => kind)).toEqual(['lagging']);
      }),
    );
  });

  test('another node leads: it goes on there', async () => {
    await withServer(async (world) => {
      const leader = await startDevServer({ store: world.log });
      try {
        await subscribed(world, [{ notLeader: { host: '127.0.0.1', port: leader.port } }], async (subscriber) => {
          await subscriber.until((pages) => pages.at(-1)?.caughtUp === true);
          expect(leader.faults.dropSubscriptions('error')).toBe(1);
        });
      } finally {
        await leader.stop();
      }
    });
  });

  test('the server restarts, in the midst of what is there and while it is live', async () => {
    await withServer(async (world) => {
      await subscribed(world, [{ drop: 'error', after: 30 }], async (subscriber, store) => {
        await subscriber.until((_, rows) => rows.length > 0);
        await world.server.restart();
        await subscriber.until((pages) => pages.at(-1)?.caughtUp === true);
        await world.server.restart();
        await append(store, 'after', 10);
        await subscriber.until((_, rows) => rows.length === 310);
      });
    });
  });

  test('the head of a stream was truncated: what others may see of it is still shown', async () => {
    await withServer(async (world) => {
      await subscribed(world, [], async (subscriber, store) => {
        await store.truncate('before', 200);
        await subscriber.until((pages) => pages.at(-1)?.caughtUp === true);
        expect(await store.read('before', 0, 1)).toMatchObject([{ version: 200 }]);
      });
    });
  });
});

test('a subscription whose filter leaves out all reaches the head, also of rows that another process appends', async () => {
  await withServer(async ({ open }) => {
    const [store, other] = [await open({ lag: 50 }), await open()];
    const subscriber = new Subscriber(store, { after: 0, types: ['Wanted'] });
    for (let n = 0; n < 3; n++) {
      await append(n % 2 ? store : other, `s-${n}`, 1_500, 'took:Noted');
      const head = await other.head();
      await subscriber.until((pages) => pages.at(-1)?.position === head);
    }
    await subscriber.end();
    expect(subscriber.rows).toEqual([]);
  });
});

test('saving checkpoints and snapshots moves no head and wakes no subscriber: an idle system writes nothing', async () => {
  await withServer(async ({ open, log }) => {
    const store = await open({ lag: 20 });
    await append(store, 's', 3);
    const subscriber = new Subscriber(store, { after: 0 });
    const everything = new Subscriber(store, { after: 0, everything: true });
    for (const one of [subscriber, everything]) await one.until((pages) => pages.at(-1)?.caughtUp === true);
    const [head, shown] = [await store.head(), subscriber.pages.length + everything.pages.length];
    for (let position = 1; position <= 3; position++) {
      await store.checkpoint('c').save({ store: store.id, position, epoch: 0 });
      await store.snapshot('s').save({ version: position, data: '{}' });
    }
    expect(await log.head()).toBeGreaterThan(head);
    expect(await store.head()).toBe(head);
    await append(store, 'mark', 1);
    for (const one of [subscriber, everything]) await one.until((_, rows) => rows.length === 4);
    expect(subscriber.pages.length + everything.pages.length).toBeLessThanOrEqual(shown + 4);
    for (const one of [subscriber, everything]) await one.end();
    // As many rows as saves, and of each stream only the last is kept.
    expect((await log.read('waybill:checkpoint-c')).length).toBe(3);
  });
});

test('a consumer that is slower than the server gets every row once, in pages no larger than it asked for', async () => {
  await withServer(async ({ open }) => {
    const store = await open();
    for (let n = 0; n < 20; n++) await append(store, `s-${n}`, 100);
    const slow = () => new Promise((resolve) => setImmediate(resolve));
    const subscriber = new Subscriber(store, { after: 0, limit: 3 }, slow);
    await subscriber.until((_, rows) => rows.length === 2_000);
    await subscriber.end();
    expect(subscriber.pages.every(({ events }) => events.length <= 3)).toBe(true);
    mustBeWhole(subscriber, await allRows(store), await store.head());
  });
});
