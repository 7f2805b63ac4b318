import timers from 'node:timers/promises';
import { credentials, status } from '@grpc/grpc-js';
import type { AllStreamSubscription, NotLeaderError } from '@eventstore/db-client';
import { EventStoreDBClient, eventTypeFilter, NO_STREAM } from '@eventstore/db-client';
import { StreamsClient } from '@eventstore/db-client/generated/streams_grpc_pb';
import type { Drop } from '@waybill/devserver';
import { DEADLINE, outlast, withDeadlines } from '../../../test/deadlines';
import { all, event, events, eventually, failure, KINDS, reachable, revisions, rowsOf, serving, UNARY } from './kit';

const WAYS = [
  ['append', UNARY],
  ['batchAppend', {}],
] as const;

function watched(subscription: AllStreamSubscription) {
  const seen: (number | string)[] = [];
  subscription.on('data', ({ event: one }) => seen.push(Number(one?.position?.commit)));
  subscription.on('confirmation', () => seen.push('confirmed'));
  subscription.on('caughtUp', () => seen.push('caught up'));
  subscription.on('error', ({ code }: Error & { code?: number }) => seen.push(`error ${code}`));
  subscription.on('end', () => seen.push('end'));
  return { seen, has: (what: string) => eventually(what, () => seen.includes(what)) };
}

describe.each(WAYS)('%s', (call, way) => {
  const options = { expectedRevision: NO_STREAM, ...way } as const;

  test('refuse: UNAVAILABLE and nothing stored; as often as asked for', () =>
    serving('memory', async ({ client, server, store }) => {
      server.faults.next(call, 'refuse', 2);
      for (let n = 0; n < 2; n++)
        expect(await failure(client.appendToStream('s', event(), options))).toMatchObject({ type: 'unavailable' });
      expect(await store.head()).toBe(0);
      expect(server.faults.left).toBe(0);
      await reachable(client);
      expect((await client.appendToStream('s', event(), options)).success).toBe(true);
    }));

  test('loseAnswer: stored, and the connection cut instead of an answer; the identical retry gets the first result', () =>
    serving('memory', async ({ client, server, store }) => {
      const rows = events(2);
      server.faults.next(call, 'loseAnswer');
      expect((await failure(client.appendToStream('s', rows, options))).code).toBe(status.UNAVAILABLE);
      expect(await store.head()).toBe(2);
      await reachable(client);
      expect((await client.appendToStream('s', rows, options)).nextExpectedRevision).toBe(1n);
      expect(await store.head()).toBe(2);
    }));

  test('timeoutAfter: stored, and DEADLINE_EXCEEDED', () =>
    serving('memory', async ({ client, server, store }) => {
      server.faults.next(call, 'timeoutAfter');
      expect(await failure(client.appendToStream('s', event(), options))).toMatchObject({ type: 'deadline-exceeded' });
      expect(await store.head()).toBe(1);
    }));

  test('delay: waits before it stores', () =>
    serving('memory', async ({ client, server, store }) => {
      let end: () => void = () => undefined;
      const waited = jest.spyOn(timers, 'setTimeout').mockReturnValueOnce(new Promise<void>((resolve) => (end = resolve)));
      server.faults.next(call, { delay: 100 });
      const appended = client.appendToStream('s', event(), options);
      await all(client.readStream('waybill:log'));
      await eventually('the append at the server', () => server.faults.left === 0);
      expect(waited.mock.calls.map(([ms]) => ms)).toEqual([100]);
      waited.mockRestore();
      expect(await store.head()).toBe(0);
      end();
      await appended;
      expect(await store.head()).toBe(1);
    }));

  test('notLeader: NotLeaderError with the address of the leader', () =>
    serving('memory', async ({ client, server, store }) => {
      server.faults.next(call, { notLeader: { host: '127.0.0.1', port: server.port } });
      const error = await failure<NotLeaderError>(client.appendToStream('s', event(), options));
      expect(error).toMatchObject({ type: 'not-leader', leader: { address: '127.0.0.1', port: server.port } });
      expect(await store.head()).toBe(0);
      await eventually('the client at the leader', () =>
        client.appendToStream('s', event(), options).then(
          () => true,
          () => false,
        ),
      );
    }));
});

test.each([
  ['hang', 0],
  ['hangAfter', 1],
] as const)('%s: never answers, with %i stored, until the client gives up', (fault, stored) =>
  serving('memory', async ({ client, server, store }) => {
    server.faults.next('append', fault);
    const error = await withDeadlines(({ pass }) => {
      const call = failure(client.appendToStream('s', event(), { ...UNARY, deadline: DEADLINE }));
      return outlast(server, call, pass, async () => (await store.head()) === stored);
    });
    expect(error.type).toBe('deadline-exceeded');
    expect(await store.head()).toBe(stored);
    await client.appendToStream('t', event(), UNARY);
  }),
);

test('hang: a batch of which one append hangs still answers the others', () =>
  serving('memory', async ({ client, server }) => {
    await client.appendToStream('first', event());
    server.faults.next('batchAppend', 'hang');
    const hung = client.appendToStream('s', event());
    hung.catch(() => undefined);
    expect((await client.appendToStream('t', event())).success).toBe(true);
    await server.stop();
    await expect(hung).rejects.toBeDefined();
  }));

describe('feature discovery and gossip', () => {
  test.each(['refuse', 'loseAnswer', 'timeoutAfter'] as const)('%s: a client that asks for features is told so', (fault) =>
    serving('memory', async ({ client, server, connect }) => {
      server.faults.next('features', fault);
      expect((await failure(client.appendToStream('s', event()))).code).toBe(fault === 'timeoutAfter' ? 4 : 14);
      await eventually('another client', () =>
        connect()
          .appendToStream('s', event())
          .then(
            () => true,
            () => false,
          ),
      );
    }),
  );

  test('a cluster of one: a client that looks for the leader finds it, also behind a node that refuses', () =>
    serving('memory', async ({ client, server }) => {
      server.faults.next('gossip', 'refuse', 2);
      const url = new URL(server.url.replace('esdb', 'http'));
      await client.appendToStream('s', event(), UNARY);
      const discovering = EventStoreDBClient.connectionString(`esdb+discover://${url.host}?tls=false&discoveryInterval=20`);
      expect(await revisions(discovering.readStream('s'))).toEqual([0]);
      expect(server.faults.left).toBe(0);
      await discovering.dispose();
    }));
});

describe.each<[Drop, string]>([
  ['end', 'end'],
  ['error', 'error 14'],
  ['cut', 'error 14'],
])('a subscription that is dropped by %s', (how, seen) => {
  test('after some events of the catch-up is at its end there', () =>
    serving('memory', async ({ client, server }) => {
      await client.appendToStream('s', events(500), UNARY);
      server.faults.next('subscribe', { drop: how, after: 20 });
      const one = watched(client.subscribeToAll());
      await one.has(seen);
      const shown = one.seen.filter((what) => typeof what === 'number');
      expect(shown).toEqual(Array.from({ length: shown.length }, (_, n) => n + 1));
      expect(shown.length).toBeLessThanOrEqual(20);
      if (how === 'end') expect(shown).toHaveLength(20);
    }));

  test('at once shows nothing', () =>
    serving('memory', async ({ client, server }) => {
      await client.appendToStream('s', events(5), UNARY);
      server.faults.next('subscribe', { drop: how });
      const one = watched(client.subscribeToAll());
      await one.has(seen);
      expect(one.seen.filter((what) => typeof what === 'number')).toEqual([]);
    }));

  test('while it is live can be made again, and goes on', () =>
    serving('memory', async ({ client, server }) => {
      await client.appendToStream('s', events(5), UNARY);
      const one = watched(client.subscribeToAll());
      await one.has('caught up');
      expect(server.faults.dropSubscriptions(how)).toBe(1);
      await one.has(seen);
      expect(server.faults.dropSubscriptions(how)).toBe(0);
      await reachable(client);
      const again = watched(client.subscribeToAll({ fromPosition: { commit: 4n, prepare: 4n } }));
      await again.has('caught up');
      expect(again.seen).toEqual(['confirmed', 5, 'caught up']);
    }));
});

test('badCheckpoint: a subscription is told of a checkpoint at 2^64-1', () =>
  serving('memory', async ({ client, server }) => {
    const told: bigint[] = [];
    server.faults.next('subscribe', 'badCheckpoint');
    const checkpointReached = async (_: unknown, { commit }: { commit: bigint }) => void told.push(commit);
    const one = watched(client.subscribeToAll({ filter: eventTypeFilter({ prefixes: ['X'], checkpointReached }) }));
    await one.has('caught up');
    expect(told).toEqual([2n ** 64n - 1n]);
  }));

test('a read can be dropped in the middle', () =>
  serving('memory', async ({ client, server }) => {
    await client.appendToStream('s', events(100), UNARY);
    server.faults.next('read', { drop: 'error', after: 10 });
    expect((await failure(all(client.readStream('s')))).code).toBe(status.UNAVAILABLE);
    expect(await revisions(client.readStream('s'))).toHaveLength(100);
  }));

test('a fault for a call that does not exist is refused; what was asked for can be taken back', () =>
  serving('memory', async ({ client, server }) => {
    expect(() => server.faults.next('apend' as never, 'refuse')).toThrow(/^DEVSERVER_FAULT: the call "apend" is not known/);
    server.faults.next('append', 'refuse', 3);
    server.faults.clear();
    expect((await client.appendToStream('s', event(), UNARY)).success).toBe(true);
  }));

describe.each(KINDS)('a restart over %s', (kind) => {
  test('breaks every connection, and serves the same log on the same port', () =>
    serving(kind, async ({ client, server, store }) => {
      await client.appendToStream('s', events(3), UNARY);
      const { port } = server;
      const one = watched(client.subscribeToAll());
      await one.has('caught up');
      await server.restart();
      await one.has('error 14');
      expect(server.port).toBe(port);
      await reachable(client);
      expect(await revisions(client.readStream('s'))).toEqual([0, 1, 2]);
      expect((await client.appendToStream('s', event(), { expectedRevision: 2n, ...UNARY })).nextExpectedRevision).toBe(3n);
      expect(await rowsOf(store, 's')).toHaveLength(4);
    }));

  test('in the middle of appends loses none that was acknowledged, and stores none twice when all are tried again', () =>
    serving(kind, async ({ client, server, store }) => {
      const appended = Array.from({ length: 40 }, async (_, n) => {
        const rows = events(2);
        await eventually(`append ${n}`, () =>
          client.appendToStream(`s-${n}`, rows, { expectedRevision: NO_STREAM, ...UNARY }).then(
            () => true,
            () => false,
          ),
        );
      });
      await eventually('the first appends', async () => (await store.head()) > 0);
      await server.restart();
      await server.restart();
      await Promise.all(appended);
      for (let n = 0; n < 40; n++) expect(await rowsOf(store, `s-${n}`)).toHaveLength(2);
    }));
});

test('a client of another kind is served on after each of these', () =>
  serving('memory', async ({ server }) => {
    const client = new StreamsClient(`127.0.0.1:${server.port}`, credentials.createInsecure());
    await server.restart();
    client.close();
    await server.stop();
    await server.stop();
  }));
