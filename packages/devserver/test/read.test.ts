import type { EventStoreDBClient } from '@eventstore/db-client';
import { BACKWARDS, END, FORWARDS, NO_STREAM, START } from '@eventstore/db-client';
import { all, event, events, failure, KINDS, revisions, rowsOf, serving, UNARY } from './kit';

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, n) => from + n);

describe.each(KINDS)('over %s', (kind) => {
  test('a stream is read forwards and backwards, from any revision, which is included, as many events as asked for', () =>
    serving(kind, async ({ client }) => {
      await client.appendToStream('other', events(3), UNARY);
      await client.appendToStream('s', events(300), UNARY);
      const forwards = range(0, 300);
      const backwards = [...forwards].reverse();
      const read = (options: Parameters<EventStoreDBClient['readStream']>[1]) => revisions(client.readStream('s', options));
      expect(await read({})).toEqual(forwards);
      expect(await read({ direction: BACKWARDS, fromRevision: END })).toEqual(backwards);
      for (const from of [0, 1, 127, 128, 129, 299]) {
        expect(await read({ fromRevision: BigInt(from) })).toEqual(forwards.slice(from));
        expect(await read({ fromRevision: BigInt(from), maxCount: 5 })).toEqual(forwards.slice(from, from + 5));
        expect(await read({ fromRevision: BigInt(from), direction: BACKWARDS })).toEqual(backwards.slice(299 - from));
        expect(await read({ fromRevision: BigInt(from), direction: BACKWARDS, maxCount: 3 })).toEqual(
          backwards.slice(299 - from, 302 - from),
        );
      }
      expect(await read({ fromRevision: 300n })).toEqual([]);
      expect(await read({ fromRevision: END })).toEqual([]);
      expect(await read({ fromRevision: 1_000n, direction: BACKWARDS, maxCount: 1 })).toEqual([299]);
      expect(await read({ fromRevision: START, direction: BACKWARDS })).toEqual([0]);
      expect(await read({ maxCount: 0 })).toEqual([]);
    }));

  test('a stream that does not exist is StreamNotFoundError, in both directions and from anywhere', () =>
    serving(kind, async ({ client }) => {
      for (const options of [{}, { fromRevision: 5n }, { direction: BACKWARDS, fromRevision: END }] as const) {
        expect(await failure(all(client.readStream('nowhere', options)))).toMatchObject({
          type: 'stream-not-found',
          streamName: 'nowhere',
        });
      }
    }));

  test('the log is read forwards from a position, which is included, and backwards from one, which is not', () =>
    serving(kind, async ({ client, store }) => {
      for (let n = 0; n < 150; n++) await client.appendToStream(`s-${n % 7}`, events(2), UNARY);
      const head = await store.head();
      const positions = async (options: Parameters<EventStoreDBClient['readAll']>[0]) =>
        (await all(client.readAll(options))).map(({ event: one }) => Number(one?.position?.commit));
      const at = (position: number) => ({ commit: BigInt(position), prepare: BigInt(position) });
      const forwards = range(1, 301);
      const backwards = [...forwards].reverse();
      expect(head).toBe(300);
      expect(await positions({})).toEqual(forwards);
      expect(await positions({ direction: BACKWARDS, fromPosition: END })).toEqual(backwards);
      for (const from of [1, 2, 128, 129, 300]) {
        expect(await positions({ fromPosition: at(from), maxCount: 4 })).toEqual(forwards.slice(from - 1, from + 3));
        expect(await positions({ fromPosition: at(from) })).toEqual(forwards.slice(from - 1));
        expect(await positions({ fromPosition: at(from), direction: BACKWARDS })).toEqual(backwards.slice(301 - from));
        expect(await positions({ fromPosition: at(from), direction: BACKWARDS, maxCount: 2 })).toEqual(
          backwards.slice(301 - from, 303 - from),
        );
      }
      expect(await positions({ fromPosition: END, direction: BACKWARDS, maxCount: 1 })).toEqual([head]);
      expect(await positions({ fromPosition: END })).toEqual([]);
      expect(await positions({ direction: BACKWARDS, fromPosition: START })).toEqual([]);
    }));

  test('the log shows every row of the store with its position, those that belong to actors too', () =>
    serving(kind, async ({ client, store }) => {
      const row = (type: string) => ({
        id: '2f0b3c1e-6f0e-4d7c-9d5e-000000000001',
        type,
        data: '{"a":1}',
        meta: '{"t":5}',
        time: 1_700_000_000_123,
      });
      await store.append([{ stream: 'actor-1', expected: 'none', events: [row('took:Order'), row('Done'), row('parked:Order')] }]);
      const shown = await all(client.readAll());
      expect(shown.map(({ event: one }) => one?.type)).toEqual(['took:Order', 'Done', 'parked:Order']);
      expect(shown[1]).toMatchObject({
        commitPosition: 2n,
        event: {
          streamId: 'actor-1',
          revision: 1n,
          data: { a: 1 },
          metadata: { t: 5 },
          isJson: true,
          position: { commit: 2n, prepare: 2n },
        },
      });
      expect(shown[1]?.event?.created).toEqual(new Date(1_700_000_000_123));
    }));

  test('beyond the end of the log a read forwards is empty and one backwards refused; an empty log is empty in both directions', () =>
    serving(kind, async ({ client }) => {
      expect(await all(client.readAll())).toEqual([]);
      expect(await all(client.readAll({ direction: BACKWARDS, fromPosition: END }))).toEqual([]);
      const ahead = { commit: 1n, prepare: 1n };
      expect(await all(client.readAll({ fromPosition: ahead }))).toEqual([]);
      expect((await failure(all(client.readAll({ direction: BACKWARDS, fromPosition: ahead })))).code).toBe(2);
    }));

  test('the end of a stream is found wherever it is, also when another process writes on', () =>
    serving(kind, async ({ client, store }) => {
      const last = () => revisions(client.readStream('s', { direction: BACKWARDS, fromRevision: END, maxCount: 1 }));
      let expected: number | 'none' = 'none';
      for (const count of [1, 6, 1, 1, 8, 16, 31, 200, 1, 700]) {
        const rows = Array.from({ length: count }, (_, n) => ({ id: `x${n}`, type: 'X', data: '{}', meta: '{}', time: 1 }));
        const [written] = await store.append([{ stream: 's', expected, events: rows }]);
        if (!written?.ok) throw new Error('not stored');
        expected = written.version;
        expect(await last()).toEqual([expected]);
      }
    }));

  test('a stream that was truncated in the store begins where it was cut', () =>
    serving(kind, async ({ client, store }) => {
      await client.appendToStream('s', events(20), UNARY);
      await store.truncate('s', 15);
      expect(await revisions(client.readStream('s'))).toEqual([15, 16, 17, 18, 19]);
      expect(await revisions(client.readStream('s', { direction: BACKWARDS, fromRevision: END }))).toEqual([19, 18, 17, 16, 15]);
      expect(await revisions(client.readStream('s', { fromRevision: 17n, direction: FORWARDS }))).toEqual([17, 18, 19]);
      expect((await client.appendToStream('s', event(), { expectedRevision: 19n, ...UNARY })).nextExpectedRevision).toBe(20n);
    }));

  test('waybill:log tells the identity of the log, is not among its events, and nobody can append to it', () =>
    serving(kind, async ({ client, store }) => {
      const [told, ...more] = await all(client.readStream('waybill:log'));
      expect(more).toEqual([]);
      expect(told?.event).toMatchObject({ streamId: 'waybill:log', revision: 0n, type: 'waybill:log', data: { id: store.id } });
      expect(told?.event?.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-[45][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      for (const way of [UNARY, {}]) {
        const error = await failure(client.appendToStream('waybill:log', event(), { expectedRevision: NO_STREAM, ...way }));
        expect(error).toMatchObject({ type: 'wrong-expected-version', actualVersion: 0n });
        expect((await failure(client.appendToStream('waybill:log', event(), way))).type).toBe('access-denied');
      }
      expect((await failure(client.deleteStream('waybill:log'))).type).toBe('access-denied');
      expect(await all(client.readAll())).toEqual([]);
      expect(await rowsOf(store, 'waybill:log')).toEqual([]);
      expect(await all(client.readStream('waybill:log'))).toEqual([told]);
    }));
});
