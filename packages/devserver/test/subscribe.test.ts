import { END, eventTypeFilter, excludeSystemEvents, START, streamNameFilter } from '@eventstore/db-client';
import type { AllStreamSubscription, ReadPosition, ReadRevision, StreamSubscription } from '@eventstore/db-client';
import { memoryStore } from '@waybill/core';
import type { Store } from '@waybill/core';
import type { Page, Query } from '@waybill/core/store-kit';
import { startDevServer } from '@waybill/devserver';
import { EventStoreDBClient } from '@eventstore/db-client';
import { event, events, eventually, KINDS, serving, UNARY } from './kit';

/** What a subscription has shown, in the order in which it came. */
function watch(subscription: AllStreamSubscription | StreamSubscription) {
  const seen: (number | string)[] = [];
  subscription.on('confirmation', () => seen.push('confirmed'));
  subscription.on('caughtUp', () => seen.push('caught up'));
  subscription.on('data', ({ event: one }: { event?: { position?: { commit: bigint } } }) => seen.push(Number(one?.position?.commit)));
  subscription.on('error', ({ type, message }: Error & { type?: string }) => seen.push(type ?? message));
  return { seen, has: (what: number | string) => eventually(`${what}`, () => seen.includes(what)) };
}

const at = (position: number) => ({ commit: BigInt(position), prepare: BigInt(position) });

describe.each(KINDS)('over %s', (kind) => {
  test('to all: is confirmed, shows what is there from behind the given position, says that it has caught up, then what comes', () =>
    serving(kind, async ({ client }) => {
      await client.appendToStream('s', events(5), UNARY);
      const [start, middle, end] = ([START, at(3), END] as ReadPosition[]).map((fromPosition) =>
        watch(client.subscribeToAll({ fromPosition })),
      );
      for (const one of [start, middle, end]) await one!.has('caught up');
      await client.appendToStream('t', events(2), UNARY);
      for (const one of [start, middle, end]) await one!.has(7);
      expect(start!.seen).toEqual(['confirmed', 1, 2, 3, 4, 5, 'caught up', 6, 7]);
      expect(middle!.seen).toEqual(['confirmed', 4, 5, 'caught up', 6, 7]);
      expect(end!.seen).toEqual(['confirmed', 'caught up', 6, 7]);
    }));

  test('to all: from the newest position shows only what comes; from one above it too, also what stands below that', () =>
    serving(kind, async ({ client }) => {
      await client.appendToStream('s', events(3), UNARY);
      const newest = watch(client.subscribeToAll({ fromPosition: at(3) }));
      await newest.has('caught up');
      await client.appendToStream('s', event(), UNARY);
      await newest.has(4);
      expect(newest.seen).toEqual(['confirmed', 'caught up', 4]);
      const ahead = watch(client.subscribeToAll({ fromPosition: at(9) }));
      await ahead.has('caught up');
      await client.appendToStream('s', events(2), UNARY);
      await ahead.has(6);
      expect(ahead.seen).toEqual(['confirmed', 'caught up', 5, 6]);
    }));

  test.each([
    ['type prefix', eventTypeFilter({ prefixes: ['A', 'C'] }), [1, 3, 4]],
    ['type regex', eventTypeFilter({ regex: '^(A|C.)' }), [1, 4]],
    ['one type by name', eventTypeFilter({ regex: '^A$' }), [1]],
    ['types by name', eventTypeFilter({ regex: '^(?:A|Bee)$' }), [1, 2]],
    ['stream prefix', streamNameFilter({ prefixes: ['s-'] }), [1, 2, 3, 4]],
    ['stream regex', streamNameFilter({ regex: '^t' }), [5]],
    ['no system events', excludeSystemEvents(), [1, 2, 3, 4, 5]],
  ])('a filter by %s shows just those, from the log and live', (_, filter, expected) =>
    serving(kind, async ({ client }) => {
      const types = ['A', 'Bee', 'C', 'Cee'];
      const send = async () => {
        await client.appendToStream(
          's-1',
          types.map((type) => event(type)),
          UNARY,
        );
        await client.appendToStream('t-1', event('D'), UNARY);
        await client.setStreamMetadata('u', { maxCount: 1 }, UNARY);
      };
      await send();
      const { seen, has } = watch(client.subscribeToAll({ filter }));
      await has('caught up');
      await send();
      const live = expected.map((position) => position + 6);
      await has(live.at(-1)!);
      expect(seen).toEqual(['confirmed', ...expected, 'caught up', ...live]);
    }),
  );

  test('a filtered subscription tells how far it has looked, each time that interval × window positions were passed', () =>
    serving(kind, async ({ client }) => {
      await client.appendToStream('s', [...events(30, 'Other'), event('Wanted'), ...events(20, 'Other')], UNARY);
      const checkpoints: number[] = [];
      const checkpointReached = async (_: unknown, { commit }: { commit: bigint }) => void checkpoints.push(Number(commit));
      const options = { checkpointInterval: 2, maxSearchWindow: 5, checkpointReached };
      const byPrefix = watch(client.subscribeToAll({ filter: eventTypeFilter({ prefixes: ['Wanted'], ...options }) }));
      await byPrefix.has('caught up');
      expect(checkpoints).toEqual([10, 20, 30, 40, 50]);
      for (let n = 0; n < 12; n++) await client.appendToStream('s', events(3, 'Other'), UNARY);
      await eventually('checkpoints while it is live', () => checkpoints.at(-1)! >= 80);
      expect(byPrefix.seen).toEqual(['confirmed', 31, 'caught up']);
      expect([...checkpoints].sort((a, b) => a - b)).toEqual(checkpoints);
      expect(checkpoints.every((position, i) => i === 0 || position - checkpoints[i - 1]! >= 10)).toBe(true);
    }));

  test('a subscriber that resumes from a checkpoint misses nothing', () =>
    serving(kind, async ({ client }) => {
      for (let n = 0; n < 60; n++) await client.appendToStream('s', [...events(7, 'Other'), event('Wanted')], UNARY);
      for (const checkpointInterval of [1, 3, 17]) {
        const reached: number[] = [];
        const seen: number[] = [];
        const checkpointReached = async (_: unknown, { commit }: { commit: bigint }) => void reached.push(Number(commit));
        const filter = eventTypeFilter({ prefixes: ['Wanted'], checkpointInterval, maxSearchWindow: 1, checkpointReached });
        const first = watch(client.subscribeToAll({ filter }));
        await first.has('caught up');
        for (const position of [reached[0]!, reached[Math.floor(reached.length / 2)]!, reached.at(-1)!]) {
          const second = watch(client.subscribeToAll({ fromPosition: at(position), filter: eventTypeFilter({ prefixes: ['Wanted'] }) }));
          await second.has('caught up');
          seen.push(...second.seen.filter((one) => typeof one === 'number'));
          const expected = first.seen.filter((one) => typeof one === 'number' && one > position);
          expect(seen.splice(0)).toEqual(expected);
        }
      }
    }));

  test('to a stream: from its start, behind a revision, or from its end; metadata hides what it hides from reads', () =>
    serving(kind, async ({ client }) => {
      await client.appendToStream('s', events(3), UNARY);
      await client.appendToStream('other', events(2), UNARY);
      const ways = ([START, 1n, END] as ReadRevision[]).map((fromRevision) => watch(client.subscribeToStream('s', { fromRevision })));
      for (const { has } of ways) await has('caught up');
      await client.appendToStream('other', events(2), UNARY);
      await client.appendToStream('s', events(2), UNARY);
      for (const { has } of ways) await has(9);
      expect(ways.map(({ seen }) => seen)).toEqual([
        ['confirmed', 1, 2, 3, 'caught up', 8, 9],
        ['confirmed', 3, 'caught up', 8, 9],
        ['confirmed', 'caught up', 8, 9],
      ]);
      await client.setStreamMetadata('s', { truncateBefore: 4 }, UNARY);
      const cut = watch(client.subscribeToStream('s'));
      await cut.has('caught up');
      expect(cut.seen).toEqual(['confirmed', 9, 'caught up']);
    }));

  test('to a stream that does not exist: is silent until its first event has come; a tombstone is shown, and ends it', () =>
    serving(kind, async ({ client }) => {
      const { seen, has } = watch(client.subscribeToStream('s'));
      await has('confirmed');
      await client.appendToStream('s', event(), UNARY);
      await has('caught up');
      await client.tombstoneStream('s');
      await has('stream-deleted');
      expect(seen).toEqual(['confirmed', 1, 'caught up', 2, 'stream-deleted']);
    }));

  test('rows that an app appends to the same store are shown live', () =>
    serving(kind, async ({ client, store }) => {
      const { seen, has } = watch(client.subscribeToAll());
      await has('caught up');
      await store.append([{ stream: 's', expected: 'none', events: [{ id: 'x', type: 'X', data: '{}', meta: '{}', time: 1 }] }]);
      await has(1);
      expect(seen).toEqual(['confirmed', 'caught up', 1]);
    }));
});

/** A store that counts the rows that were taken out of it, and who still looks. */
function counting(store: Store) {
  const counts = { rows: 0, open: 0 };
  async function* subscribe(query: Query, signal: AbortSignal): AsyncGenerator<Page> {
    counts.open++;
    try {
      for await (const page of store.subscribe(query, signal)) {
        counts.rows += page.events.length;
        yield page;
      }
    } finally {
      counts.open--;
    }
  }
  return { counts, store: Object.assign(Object.create(store) as Store, { subscribe }) };
}

test('a reader that stands still keeps the server from reading on, and gets all 50,000 events in order when it goes on', async () => {
  const inner = memoryStore();
  const rows = Array.from({ length: 50_000 }, (_, n) => ({ id: `x${n}`, type: 'X', data: `{"n":${n}}`, meta: '{}', time: 1 }));
  await inner.append([{ stream: 's', expected: 'none', events: rows }]);
  const { counts, store } = counting(inner);
  const server = await startDevServer({ store });
  const client = EventStoreDBClient.connectionString(server.url);
  const subscription = client.subscribeToAll();
  await new Promise((resolve) => subscription.once('data', resolve));
  subscription.pause();
  let before = -1;
  await eventually('a server that stands still', async () => {
    const still = counts.rows === before;
    before = counts.rows;
    await new Promise((resolve) => setTimeout(resolve, 200));
    return still;
  });
  expect(counts.rows).toBeLessThan(20_000);
  let last = 1;
  let inOrder = true;
  subscription.on('data', ({ event: one }) => (inOrder &&= Number(one?.position?.commit) === ++last));
  subscription.resume();
  await eventually('all events', () => last === 50_000);
  expect(inOrder).toBe(true);
  await subscription.unsubscribe();
  await eventually('a server that lets go', () => counts.open === 0);
  await client.dispose();
  await server.stop();
});

test('whoever goes leaves nothing behind: unsubscribed, broken off, disposed of, or stopped by the server', async () => {
  const { counts, store } = counting(memoryStore());
  const server = await startDevServer({ store });
  const [one, two] = [1, 2].map(() => EventStoreDBClient.connectionString(server.url)) as [EventStoreDBClient, EventStoreDBClient];
  await one.appendToStream('s', event(), UNARY);
  const subscriptions = [one.subscribeToAll(), one.subscribeToStream('s'), two.subscribeToAll(), two.subscribeToStream('s')];
  const watched = subscriptions.map(watch);
  for (const { has } of watched) await has('caught up');
  expect(counts.open).toBe(4);
  await subscriptions[0]!.unsubscribe();
  subscriptions[1]!.destroy();
  await subscriptions[1]!.unsubscribe();
  await eventually('two to be gone', () => counts.open === 2);
  await server.stop();
  expect(counts.open).toBe(0);
  await eventually('the others to be told', () => watched.slice(2).every(({ seen }) => seen.includes('unavailable')));
  await Promise.all([one.dispose(), two.dispose()]);
  await store.close();
});
