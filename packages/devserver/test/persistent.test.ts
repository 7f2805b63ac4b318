import type {
  EventStoreDBClient,
  PersistentSubscriptionToStream,
  PersistentSubscriptionToStreamResolvedEvent,
} from '@eventstore/db-client';
import {
  DISPATCH_TO_SINGLE,
  END,
  eventTypeFilter,
  PARK,
  persistentSubscriptionToAllSettingsFromDefaults as allSettings,
  persistentSubscriptionToStreamSettingsFromDefaults as streamSettings,
  PINNED,
  RETRY,
  ROUND_ROBIN,
  SKIP,
  START,
  STOP,
} from '@eventstore/db-client';
import { all, event, events, eventually, failure, KINDS, reachable, serving, UNARY } from './kit';

type Handed = PersistentSubscriptionToStreamResolvedEvent;
type Answer = (handed: Handed, subscription: PersistentSubscriptionToStream) => Promise<void>;

const ack: Answer = (handed, subscription) => subscription.ack(handed);
const keep: Answer = async () => undefined;
const n = ({ event: one }: Handed): number => (one?.data as { n: number }).n;

/** A consumer of the group 'g' on the stream 's'; tells what it was handed, and with how many tries before. */
function consumer(client: EventStoreDBClient, answer: Answer = ack, bufferSize = 10) {
  const seen: string[] = [];
  const subscription = client.subscribeToPersistentSubscriptionToStream('s', 'g', { bufferSize });
  subscription.on('data', (handed: Handed) => {
    seen.push(handed.retryCount === 0 ? `${n(handed)}` : `${n(handed)} again ${handed.retryCount}`);
    answer(handed, subscription).catch(() => undefined);
  });
  subscription.on('confirmation', () => seen.push('confirmed'));
  subscription.on('error', ({ type, code }: Error & { type?: string; code?: number }) => seen.push(type ?? `error ${code}`));
  return { seen, subscription, has: (what: string) => eventually(what, () => seen.includes(what)) };
}

describe.each(KINDS)('over %s', (kind) => {
  const grouped = (
    settings: Parameters<typeof streamSettings>[0],
    body: (client: EventStoreDBClient, more: { connect(): EventStoreDBClient; restart(): Promise<void> }) => Promise<void>,
  ) =>
    serving(kind, async ({ client, connect, server }) => {
      await client.createPersistentSubscriptionToStream('s', 'g', streamSettings({ startFrom: START, ...settings }));
      await body(client, { connect, restart: () => server.restart() });
    });
  const info = (client: EventStoreDBClient) => client.getPersistentSubscriptionToStreamInfo('s', 'g');

  test('hands out what is there and what comes, in order, and nothing twice that was acknowledged', () =>
    grouped({}, async (client) => {
      await client.appendToStream('s', events(25), UNARY);
      const one = consumer(client);
      await one.has('24');
      await client.appendToStream('s', event('Noted', { n: 25 }), UNARY);
      await one.has('25');
      expect(one.seen).toEqual(['confirmed', ...Array.from({ length: 26 }, (_, i) => `${i}`)]);
      await one.subscription.unsubscribe();
      const two = consumer(client);
      await two.has('confirmed');
      await client.appendToStream('s', event('Noted', { n: 26 }), UNARY);
      await two.has('26');
      expect(two.seen).toEqual(['confirmed', '26']);
    }));

  test.each([
    ['its end at that time', END, ['2']],
    ['a revision, which is included', 1n, ['1', '2']],
    ['its start', START, ['0', '1', '2']],
  ] as const)('begins at %s', (_, startFrom, expected) =>
    serving(kind, async ({ client }) => {
      await client.appendToStream('s', events(2), UNARY);
      await client.createPersistentSubscriptionToStream('s', 'g', streamSettings({ startFrom }));
      await client.appendToStream('s', event('Noted', { n: 2 }), UNARY);
      const one = consumer(client);
      await one.has('2');
      expect(one.seen).toEqual(['confirmed', ...expected]);
      expect((await info(client)).settings.startFrom).toBe(startFrom);
    }),
  );

  test('retry hands a message out again with its count, before others; after the last try it is parked', () =>
    grouped({ maxRetryCount: 2 }, async (client) => {
      const refuse: Answer = (handed, subscription) =>
        n(handed) === 0 ? subscription.nack(RETRY, 'not now', handed) : subscription.ack(handed);
      const one = consumer(client, refuse, 1);
      await client.appendToStream('s', events(3), UNARY);
      await one.has('2');
      expect(one.seen).toEqual(['confirmed', '0', '0 again 1', '0 again 2', '1', '2']);
      await eventually('the parked message', async () => (await info(client)).stats.parkedMessageCount === 1n);
    }));

  test('park keeps a message aside; replayParked hands it out once more, with its link; skip and stop forget one', () =>
    grouped({}, async (client) => {
      const actions = [PARK, SKIP, STOP] as const;
      const links: boolean[] = [];
      const one = consumer(client, (handed, subscription) => {
        links.push(handed.link !== undefined);
        const action = handed.link ? undefined : actions[n(handed)];
        return action ? subscription.nack(action, 'so', handed) : subscription.ack(handed);
      });
      await client.appendToStream('s', events(4), UNARY);
      await one.has('3');
      await eventually('the parked message', async () => (await info(client)).stats.parkedMessageCount === 1n);
      await client.replayParkedMessagesToStream('s', 'g');
      await eventually('the parked message again', () => links.includes(true));
      expect(one.seen).toEqual(['confirmed', '0', '1', '2', '3', '0']);
      expect((await info(client)).stats.parkedMessageCount).toBe(0n);
      await client.replayParkedMessagesToStream('s', 'g');
      expect(one.seen).toHaveLength(6);
      const parked = await all(client.readAll({ resolveLinkTos: true }));
      expect(parked.find(({ link }) => link)?.event?.data).toEqual({ n: 0 });
    }));

  test('a message that nobody answers for is handed out again after the time-out', () =>
    grouped({ messageTimeout: 100 }, async (client) => {
      const one = consumer(client, (handed, subscription) =>
        handed.retryCount === 0 ? keep(handed, subscription) : ack(handed, subscription),
      );
      await client.appendToStream('s', events(2), UNARY);
      await one.has('0 again 1');
      await one.has('1 again 1');
    }));

  test('a consumer is handed no more than it has asked for at a time; what it held goes to the others when it leaves', () =>
    grouped({}, async (client, { connect }) => {
      await client.appendToStream('s', events(12), UNARY);
      const holder = consumer(client, keep, 5);
      await holder.has('4');
      const worker = consumer(connect());
      await worker.has('11');
      expect(holder.seen).toEqual(['confirmed', '0', '1', '2', '3', '4']);
      const { connections, stats } = await info(client);
      expect(connections.map(({ inFlightMessages, availableSlots }) => [inFlightMessages, availableSlots]).sort()).toEqual([
        [0, 10],
        [5, 0],
      ]);
      expect(stats.totalInFlightMessages).toBe(5);
      await holder.subscription.unsubscribe();
      await worker.has('4');
      expect(
        worker.seen
          .filter((one) => one !== 'confirmed')
          .map(Number)
          .sort((a, b) => a - b),
      ).toEqual(Array.from({ length: 12 }, (_, i) => i));
    }));

  test.each([
    [ROUND_ROBIN, [10, 10]],
    [DISPATCH_TO_SINGLE, [0, 20]],
    [PINNED, [0, 20]],
  ] as const)('%s shares the messages of one stream out as its name says', (consumerStrategyName, shares) =>
    grouped({ consumerStrategyName }, async (client, { connect }) => {
      const consumers = [consumer(client, keep, 20), consumer(connect(), keep, 20)];
      for (const { has } of consumers) await has('confirmed');
      await client.appendToStream('s', events(20), UNARY);
      const counts = () => consumers.map(({ seen }) => seen.length - 1).sort((a, b) => a - b);
      await eventually('all messages', () => counts()[0]! + counts()[1]! === 20);
      expect(counts()).toEqual(shares);
    }),
  );

  test('after a restart a group goes on from its checkpoint with the same settings, and hands out again what was not answered', () =>
    grouped({ checkPointLowerBound: 1, checkPointUpperBound: 1, maxRetryCount: 7 }, async (client, { restart }) => {
      const one = consumer(client, (handed, subscription) => (n(handed) < 3 ? ack(handed, subscription) : keep(handed, subscription)));
      await client.appendToStream('s', events(5), UNARY);
      await one.has('4');
      await eventually('a checkpoint', async () => (await info(client)).stats.lastCheckpointedEventRevision === 2n);
      await restart();
      await reachable(client);
      const two = consumer(client);
      await two.has('4');
      expect(two.seen).toEqual(['confirmed', '3', '4']);
      expect((await info(client)).settings.maxRetryCount).toBe(7);
    }));

  test('on all, with a filter by type, from a position or from the start', () =>
    serving(kind, async ({ client }) => {
      await client.appendToStream('a', [event('Wanted', { n: 0 }), event('Other'), event('Wanted', { n: 1 })], UNARY);
      const filter = eventTypeFilter({ prefixes: ['Wanted'] });
      await client.createPersistentSubscriptionToAll('start', allSettings({ startFrom: START }), { filter });
      await client.createPersistentSubscriptionToAll('later', allSettings({ startFrom: { commit: 3n, prepare: 3n } }), { filter });
      await client.appendToStream('b', event('Wanted', { n: 2 }), UNARY);
      const seen = { start: [] as number[], later: [] as number[] };
      for (const group of ['start', 'later'] as const) {
        const subscription = client.subscribeToPersistentSubscriptionToAll(group);
        subscription.on('data', (handed) => {
          seen[group].push((handed.event?.data as { n: number }).n);
          subscription.ack(handed).catch(() => undefined);
        });
        await eventually('the last one', () => seen[group].includes(2));
      }
      expect(seen).toEqual({ start: [0, 1, 2], later: [1, 2] });
      const { settings, stats } = await client.getPersistentSubscriptionToAllInfo('later');
      expect(settings.startFrom).toEqual({ commit: 3n, prepare: 3n });
      expect(stats.lastKnownEventPosition?.commit).toBeGreaterThanOrEqual(4n);
    }));

  test('create, update, delete and list: twice is refused, one that is not there is not found, and consumers are dropped', () =>
    grouped({}, async (client) => {
      const again = client.createPersistentSubscriptionToStream('s', 'g', streamSettings());
      expect((await failure(again)).type).toBe('persistent-subscription-exists');
      const missing = [
        client.updatePersistentSubscriptionToStream('s', 'other', streamSettings()),
        client.deletePersistentSubscriptionToStream('s', 'other'),
        client.getPersistentSubscriptionToStreamInfo('s', 'other'),
        client.replayParkedMessagesToStream('s', 'other'),
        all(client.subscribeToPersistentSubscriptionToStream('s', 'other')),
      ];
      for (const call of missing) expect((await failure(call)).type).toBe('persistent-subscription-does-not-exist');
      const one = consumer(client);
      await one.has('confirmed');
      await client.updatePersistentSubscriptionToStream('s', 'g', streamSettings({ startFrom: START, maxRetryCount: 3 }));
      await one.has('persistent-subscription-dropped');
      await client.createPersistentSubscriptionToAll('g', allSettings());
      const listed = async () => (await client.listAllPersistentSubscriptions()).map((group) => [group.eventSource, group.groupName]);
      expect(await listed()).toEqual([
        ['s', 'g'],
        ['$all', 'g'],
      ]);
      expect(await client.listPersistentSubscriptionsToStream('s')).toMatchObject([{ settings: { maxRetryCount: 3 } }]);
      const two = consumer(client);
      await two.has('confirmed');
      await client.deletePersistentSubscriptionToStream('s', 'g');
      await two.has('persistent-subscription-does-not-exist');
      expect(await listed()).toEqual([['$all', 'g']]);
    }));

  test('no more consumers than the group allows', () =>
    grouped({ maxSubscriberCount: 1 }, async (client, { connect }) => {
      const one = consumer(client);
      await one.has('confirmed');
      const two = consumer(connect());
      await two.has('maximum-subscribers-reached');
      await one.subscription.unsubscribe();
      await eventually('a free place', async () => (await info(client)).connections.length === 0);
      const three = consumer(connect());
      await three.has('confirmed');
    }));
});
