import { randomUUID } from 'node:crypto';
import type { AppendToStreamOptions, WrongExpectedVersionError } from '@eventstore/db-client';
import { ANY, NO_STREAM, STREAM_EXISTS } from '@eventstore/db-client';
import { event, events, failure, KINDS, reachable, revisions, rowsOf, serving, UNARY } from './kit';

const WAYS = [
  ['unary', UNARY],
  ['batch', {}],
] as const;

describe.each(KINDS)('over %s', (kind) => {
  describe.each(WAYS)('an append the %s way', (_, way: AppendToStreamOptions) => {
    test('is stored at the expected revision, and tells the revision and position of its last event', () =>
      serving(kind, async ({ client, store }) => {
        const first = await client.appendToStream('s', events(2), { expectedRevision: NO_STREAM, ...way });
        expect(first).toEqual({ success: true, nextExpectedRevision: 1n, position: { commit: 2n, prepare: 2n } });
        const second = await client.appendToStream('s', events(3), { expectedRevision: 1n, ...way });
        expect(second).toEqual({ success: true, nextExpectedRevision: 4n, position: { commit: 5n, prepare: 5n } });
        expect((await rowsOf(store, 's')).map(({ version }) => version)).toEqual([0, 1, 2, 3, 4]);
      }));

    test.each([
      ['one that is behind', 0n, 2n],
      ['one that is ahead', 3n, 2n],
      ['no stream', NO_STREAM, 2n],
    ] as const)('is refused as WrongExpectedVersionError with the actual revision when it expects %s', (_what, expectedRevision, actual) =>
      serving(kind, async ({ client, store }) => {
        await client.appendToStream('s', events(3), way);
        const call = client.appendToStream('s', events(2), { expectedRevision, ...way });
        const error = await failure<WrongExpectedVersionError>(call);
        expect(error).toMatchObject({ type: 'wrong-expected-version', streamName: 's', actualVersion: actual });
        expect(error.expectedVersion).toBe(expectedRevision);
        expect(await rowsOf(store, 's')).toHaveLength(3);
      }),
    );

    test('is refused for a stream that does not exist when it expects a revision, or that it exists', () =>
      serving(kind, async ({ client, store }) => {
        for (const expectedRevision of [0n, STREAM_EXISTS] as const) {
          const error = await failure<WrongExpectedVersionError>(client.appendToStream('s', event(), { expectedRevision, ...way }));
          expect(error).toMatchObject({ type: 'wrong-expected-version', actualVersion: 'no_stream' });
        }
        expect(await store.head()).toBe(0);
      }));

    test('without a revision goes to the end, also to one that another process has moved', () =>
      serving(kind, async ({ client, store }) => {
        for (const expectedRevision of [ANY, STREAM_EXISTS] as const)
          await client
            .appendToStream('s', event(), { expectedRevision: ANY, ...way })
            .then(() => client.appendToStream('s', event(), { expectedRevision, ...way }));
        await store.append([{ stream: 's', expected: 3, events: [{ id: 'x', type: 'X', data: '{}', meta: '{}', time: 1 }] }]);
        expect((await client.appendToStream('s', event(), { ...way })).nextExpectedRevision).toBe(5n);
      }));

    test.each([
      ['a revision', 0n],
      ['no stream', NO_STREAM],
    ] as const)(
      'that comes again, expecting %s, gives the first result and stores nothing, also after others went on',
      (_what, expectedRevision) =>
        serving(kind, async ({ client, store }) => {
          if (expectedRevision === 0n) await client.appendToStream('s', event(), way);
          const again = events(2);
          const first = await client.appendToStream('s', again, { expectedRevision, ...way });
          await client.appendToStream('s', events(2), { expectedRevision: first.nextExpectedRevision, ...way });
          const before = await store.head();
          expect(await client.appendToStream('s', again, { expectedRevision, ...way })).toEqual(first);
          expect(await store.head()).toBe(before);
        }),
    );

    test('that comes again in part is refused: with other ids behind the first, or more than were stored', () =>
      serving(kind, async ({ client }) => {
        const stored = events(2);
        await client.appendToStream('s', stored, { expectedRevision: NO_STREAM, ...way });
        for (const other of [
          [stored[0]!, event()],
          [...stored, event()],
        ]) {
          const error = await failure(client.appendToStream('s', other, { expectedRevision: NO_STREAM, ...way }));
          expect(error.type).toBe('wrong-expected-version');
        }
      }));

    test('with the ids of an earlier one and the next revision is stored a second time', () =>
      serving(kind, async ({ client, store }) => {
        const twice = events(2);
        await client.appendToStream('s', twice, { expectedRevision: NO_STREAM, ...way });
        expect((await client.appendToStream('s', twice, { expectedRevision: 1n, ...way })).nextExpectedRevision).toBe(3n);
        const ids = twice.map(({ id }) => id);
        expect((await rowsOf(store, 's')).map(({ id }) => id)).toEqual([...ids, ...ids]);
      }));

    test('without a revision and with known ids gives the first result; a restart forgets them, and it is stored again', () =>
      serving(kind, async ({ client, server, store, connect }) => {
        const again = events(2);
        const first = await client.appendToStream('s', again, way);
        await client.appendToStream('s', event(), way);
        expect(await client.appendToStream('s', again, way)).toEqual(first);
        await server.restart();
        expect((await (await reachable(connect())).appendToStream('s', again, way)).nextExpectedRevision).toBe(4n);
        expect(await rowsOf(store, 's')).toHaveLength(5);
      }));

    test('without a revision and with ids that are known in another stream, or only in part, is no repetition', () =>
      serving(kind, async ({ client }) => {
        const again = events(2);
        await client.appendToStream('s', again, way);
        expect((await client.appendToStream('another', again, way)).nextExpectedRevision).toBe(1n);
        expect((await failure(client.appendToStream('another', [again[0]!, event()], way))).type).toBe('wrong-expected-version');
      }));

    test('of nothing stores nothing, and still holds its expectation', () =>
      serving(kind, async ({ client, store }) => {
        await client.appendToStream('s', events(2), way);
        expect(await client.appendToStream('s', [], { expectedRevision: 1n, ...way })).toMatchObject({ nextExpectedRevision: 1n });
        expect((await failure(client.appendToStream('s', [], { expectedRevision: 7n, ...way }))).type).toBe('wrong-expected-version');
        expect(await store.head()).toBe(2);
      }));
  });

  test('two clients that append at the same revision at once: one wins, and the other is told so', () =>
    serving(kind, async ({ client, connect }) => {
      const other = connect();
      await client.appendToStream('s', event(), UNARY);
      for (let revision = 0n; revision < 20n; revision++) {
        const attempts = [client, other].map((one) => one.appendToStream('s', event(), { expectedRevision: revision, ...UNARY }));
        const outcomes = await Promise.allSettled(attempts);
        expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
        const refused = outcomes.find(({ status }) => status === 'rejected') as PromiseRejectedResult;
        expect(refused.reason).toMatchObject({ type: 'wrong-expected-version', actualVersion: revision + 1n });
      }
      expect(await revisions(client.readStream('s'))).toEqual(Array.from({ length: 21 }, (_, n) => n));
    }));

  test('ids come back in lower case, as the real server gives them', () =>
    serving(kind, async ({ client, store }) => {
      const id = randomUUID();
      await client.appendToStream('s', event('Noted', {}, { id: id.toUpperCase() }), UNARY);
      expect((await rowsOf(store, 's'))[0]?.id).toBe(id);
    }));
});
