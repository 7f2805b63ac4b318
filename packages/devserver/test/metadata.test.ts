import type { AppendExpectedRevision } from '@eventstore/db-client';
import { ANY, BACKWARDS, END, NO_STREAM, STREAM_EXISTS } from '@eventstore/db-client';
import { all, event, events, failure, KINDS, reachable, revisions, rowsOf, serving, UNARY } from './kit';

describe.each(KINDS)('over %s', (kind) => {
  test('$maxCount and $tb hide the oldest events of a stream, in both directions, and none of the log', () =>
    serving(kind, async ({ client }) => {
      await client.appendToStream('s', events(10), UNARY);
      await client.setStreamMetadata('s', { maxCount: 3, colour: 'red' }, UNARY);
      expect(await client.getStreamMetadata('s')).toMatchObject({ streamName: 's', metadata: { maxCount: 3, colour: 'red' } });
      expect(await revisions(client.readStream('s'))).toEqual([7, 8, 9]);
      expect(await revisions(client.readStream('s', { fromRevision: 2n, maxCount: 2 }))).toEqual([7, 8]);
      expect(await revisions(client.readStream('s', { direction: BACKWARDS, fromRevision: END }))).toEqual([9, 8, 7]);
      await client.setStreamMetadata('s', { truncateBefore: 5 }, UNARY);
      expect(await revisions(client.readStream('s'))).toEqual([5, 6, 7, 8, 9]);
      await client.setStreamMetadata('s', { truncateBefore: 8, maxCount: 4 }, UNARY);
      expect(await revisions(client.readStream('s'))).toEqual([8, 9]);
      await client.setStreamMetadata('s', { truncateBefore: 10 }, UNARY);
      expect(await revisions(client.readStream('s'))).toEqual([]);
      expect(await all(client.readAll())).toHaveLength(14);
    }));

  test('$maxAge hides what is older', () =>
    serving(kind, async ({ client, store }) => {
      const aged = (seconds: number) => ({ id: `x${seconds}`, type: 'X', data: '{}', meta: '{}', time: Date.now() - seconds * 1_000 });
      await store.append([{ stream: 's', expected: 'none', events: [aged(7_200), aged(3_700), aged(10)] }]);
      await client.setStreamMetadata('s', { maxAge: 3_600 }, UNARY);
      expect(await revisions(client.readStream('s'))).toEqual([2]);
      expect(await revisions(client.readStream('s', { direction: BACKWARDS, fromRevision: END }))).toEqual([2]);
    }));

  test('the stream of the metadata holds its own revisions, and shows its last event only', () =>
    serving(kind, async ({ client }) => {
      expect(await client.getStreamMetadata('s')).toEqual({ streamName: 's' });
      expect((await client.setStreamMetadata('s', { maxCount: 3 }, { expectedRevision: NO_STREAM, ...UNARY })).nextExpectedRevision).toBe(
        0n,
      );
      const wrong = await failure(client.setStreamMetadata('s', { maxCount: 4 }, { expectedRevision: NO_STREAM, ...UNARY }));
      expect(wrong.type).toBe('wrong-expected-version');
      await client.setStreamMetadata('s', { maxCount: 4 }, { expectedRevision: 0n, ...UNARY });
      expect(await revisions(client.readStream('$$s'))).toEqual([1]);
      expect((await failure(all(client.readStream('s')))).type).toBe('stream-not-found');
    }));

  test('a deleted stream is not found; NO_STREAM begins it anew where the numbering goes on, and older events stay hidden', () =>
    serving(kind, async ({ client }) => {
      await client.appendToStream('s', events(3), UNARY);
      expect((await client.deleteStream('s')).position).toEqual({ commit: 4n, prepare: 4n });
      expect((await failure(all(client.readStream('s')))).type).toBe('stream-not-found');
      expect((await failure(client.appendToStream('s', event(), { expectedRevision: STREAM_EXISTS, ...UNARY }))).type).toBe(
        'stream-deleted',
      );
      const recreated = await client.appendToStream('s', events(2), { expectedRevision: NO_STREAM, ...UNARY });
      expect(recreated.nextExpectedRevision).toBe(4n);
      expect(await revisions(client.readStream('s'))).toEqual([3, 4]);
      expect((await client.getStreamMetadata('s')).metadata).toEqual({ truncateBefore: 3 });
      expect((await failure(client.appendToStream('s', event(), { expectedRevision: NO_STREAM, ...UNARY }))).type).toBe(
        'wrong-expected-version',
      );
      expect((await client.appendToStream('s', event(), { expectedRevision: 4n, ...UNARY })).nextExpectedRevision).toBe(5n);
    }));

  test.each([
    ['its last revision', 2n],
    ['any', ANY],
  ] as [string, AppendExpectedRevision][])('an append to a deleted stream that expects %s brings it back as well', (_, expectedRevision) =>
    serving(kind, async ({ client }) => {
      await client.appendToStream('s', events(3), UNARY);
      await client.deleteStream('s', { expectedRevision: 2n });
      expect((await client.appendToStream('s', events(2), { expectedRevision, ...UNARY })).nextExpectedRevision).toBe(4n);
      expect(await revisions(client.readStream('s'))).toEqual([3, 4]);
    }),
  );

  test('an append to a deleted stream that comes again is told its revision without a position, and wakes nothing', () =>
    serving(kind, async ({ client, store }) => {
      const first = events(2);
      await client.appendToStream('s', first, { expectedRevision: NO_STREAM, ...UNARY });
      await client.deleteStream('s');
      const head = await store.head();
      const again = await client.appendToStream('s', first, { expectedRevision: NO_STREAM, ...UNARY });
      expect(again).toEqual({ success: true, nextExpectedRevision: 1n });
      expect(await store.head()).toBe(head);
      expect((await failure(all(client.readStream('s')))).type).toBe('stream-not-found');
      expect((await failure(client.appendToStream('s', event(), { expectedRevision: 0n, ...UNARY }))).type).toBe('wrong-expected-version');
    }));

  test('new metadata of a deleted stream shows none of its old events', () =>
    serving(kind, async ({ client }) => {
      await client.appendToStream('s', events(3), UNARY);
      await client.deleteStream('s');
      await client.setStreamMetadata('s', { maxCount: 10 }, UNARY);
      expect(await revisions(client.readStream('s'))).toEqual([]);
      await client.appendToStream('s', event(), UNARY);
      expect(await revisions(client.readStream('s'))).toEqual([3]);
      expect((await client.getStreamMetadata('s')).metadata).toEqual({ maxCount: 10, truncateBefore: 3 });
    }));

  test('known ids without a revision: a deleted stream tells their revision without a position, a tombstone neither', () =>
    serving(kind, async ({ client }) => {
      const rows = events(2);
      await client.appendToStream('s', rows, UNARY);
      await client.deleteStream('s');
      expect(await client.appendToStream('s', rows, UNARY)).toEqual({ success: true, nextExpectedRevision: 1n });
      await client.tombstoneStream('s');
      expect((await failure(client.appendToStream('s', rows, UNARY))).type).toBe('stream-deleted');
    }));

  test('a deletion is refused with the actual revision when it expects another one, and nothing is hidden', () =>
    serving(kind, async ({ client }) => {
      await client.appendToStream('s', events(3), UNARY);
      for (const remove of [client.deleteStream.bind(client), client.tombstoneStream.bind(client)]) {
        const error = await failure(remove('s', { expectedRevision: 7n }));
        expect(error).toMatchObject({ type: 'wrong-expected-version', streamName: 's', expectedVersion: 7n, actualVersion: 2n });
        expect(await failure(remove('nowhere', { expectedRevision: 0n }))).toMatchObject({ actualVersion: 'no_stream' });
      }
      expect(await revisions(client.readStream('s'))).toEqual([0, 1, 2]);
    }));

  test('a tombstone ends a stream for good: reads, subscriptions and appends of any kind are StreamDeletedError', () =>
    serving(kind, async ({ client, server, connect }) => {
      await client.appendToStream('s', events(3), UNARY);
      await client.tombstoneStream('s', { expectedRevision: 2n });
      const refused = async (again: typeof client): Promise<void> => {
        const calls = ([NO_STREAM, ANY, STREAM_EXISTS, 2n, 3n] as AppendExpectedRevision[]).map((expectedRevision) =>
          again.appendToStream('s', event(), { expectedRevision, ...UNARY }),
        );
        calls.push(again.appendToStream('s', event(), { expectedRevision: 2n }));
        calls.push(again.setStreamMetadata('s', { maxCount: 1 }, UNARY));
        const errors = await Promise.all([
          ...calls.map((call) => failure(call)),
          failure(again.deleteStream('s')),
          failure(again.tombstoneStream('s')),
          failure(all(again.readStream('s'))),
          failure(all(again.subscribeToStream('s'))),
        ]);
        expect(errors.map(({ type }) => type)).toEqual(errors.map(() => 'stream-deleted'));
      };
      await refused(client);
      await server.restart();
      await refused(await reachable(connect()));
      const last = (await all(client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 1 })))[0];
      expect(last?.event).toMatchObject({ type: '$streamDeleted', streamId: 's', revision: 2n ** 63n - 1n });
    }));

  test('an event that only looks like a tombstone is an event', () =>
    serving(kind, async ({ client, store }) => {
      await client.appendToStream('s', events(1), UNARY);
      await client.tombstoneStream('s');
      const tombstone = (await rowsOf(store, 's'))[1]!;
      const forged = event('$streamDeleted', {}, { metadata: JSON.parse(tombstone.meta) as object });
      await client.appendToStream('t', forged, UNARY);
      expect((await client.appendToStream('t', event(), { expectedRevision: 0n, ...UNARY })).nextExpectedRevision).toBe(1n);
      expect((await all(client.readStream('t')))[0]?.event?.metadata).toEqual(JSON.parse(tombstone.meta));
    }));

  test('metadata that is no object, or says nonsense, hides nothing', () =>
    serving(kind, async ({ client }) => {
      await client.appendToStream('s', events(2), UNARY);
      for (const data of ['text', [1], { $maxCount: -1, $tb: 'x', $maxAge: null }]) {
        await client.appendToStream('$$s', event('$metadata', data as never), UNARY);
        expect(await revisions(client.readStream('s'))).toEqual([0, 1]);
      }
    }));
});
