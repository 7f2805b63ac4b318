import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import type { ServiceError } from '@grpc/grpc-js';
import { credentials, status } from '@grpc/grpc-js';
import { PersistentSubscriptionsClient } from '@eventstore/db-client/generated/persistent_grpc_pb';
import * as persistent from '@eventstore/db-client/generated/persistent_pb';
import * as shared from '@eventstore/db-client/generated/shared_pb';
import { StreamsClient } from '@eventstore/db-client/generated/streams_grpc_pb';
import * as pb from '@eventstore/db-client/generated/streams_pb';
import { all, event, KINDS, rowsOf, serving, UNARY } from './kit';

const stream = (name = 's') => new shared.StreamIdentifier().setStreamName(Buffer.from(name).toString('base64'));
const toAny = (name: string) => new pb.AppendReq.Options().setStreamIdentifier(stream(name)).setAny(new shared.Empty());
const header = (options = new pb.AppendReq.Options().setStreamIdentifier(stream()).setAny(new shared.Empty())) =>
  new pb.AppendReq().setOptions(options);

function proposed(over: { id?: string; type?: string; contentType?: string } = {}): pb.AppendReq {
  const { id = randomUUID(), type = 'Noted', contentType = 'application/json' } = over;
  const message = new pb.AppendReq.ProposedMessage().setId(new shared.UUID().setString(id)).setData(Buffer.from('{}').toString('base64'));
  if (type !== 'none') message.getMetadataMap().set('type', type);
  if (contentType !== 'none') message.getMetadataMap().set('content-type', contentType);
  return new pb.AppendReq().setProposedMessage(message);
}

function appended(client: StreamsClient, requests: readonly pb.AppendReq[]): Promise<ServiceError | pb.AppendResp> {
  return new Promise((resolve) => {
    const call = client.append((error, response) => resolve(error ?? response));
    for (const request of requests) call.write(request);
    call.end();
  });
}

function read(client: StreamsClient, request: pb.ReadReq): Promise<ServiceError | 'ended'> {
  return new Promise((resolve) => {
    client
      .read(request)
      .on('data', () => undefined)
      .on('error', (error: ServiceError) => resolve(error))
      .on('end', () => resolve('ended'));
  });
}

const readOptions = () => new pb.ReadReq.Options().setCount('1').setNoFilter(new shared.Empty());
const subscription = () => new pb.ReadReq.Options().setSubscription(new pb.ReadReq.Options.SubscriptionOptions());
const filter = (regex: string) =>
  new pb.ReadReq.Options.FilterOptions().setEventType(new pb.ReadReq.Options.FilterOptions.Expression().setRegex(regex));
const allOptions = () => new pb.ReadReq.Options.AllOptions().setStart(new shared.Empty());

describe.each(KINDS)('over %s', (kind) => {
  const withStubs = (body: (client: StreamsClient, server: { url: string }) => Promise<void>) =>
    serving(kind, async ({ server, client: real, store }) => {
      const client = new StreamsClient(`127.0.0.1:${server.port}`, credentials.createInsecure());
      try {
        await body(client, server);
        expect(await store.head()).toBe(0);
        await real.appendToStream('s', event(), UNARY);
        expect(await rowsOf(store, 's')).toHaveLength(1);
      } finally {
        client.close();
      }
    });

  test.each([
    ['an id that is no UUID', status.UNKNOWN, [header(), proposed({ id: 'nonsense' })]],
    ['no id', status.UNKNOWN, [header(), proposed({ id: '' })]],
    ['the id of zeros', status.UNKNOWN, [header(), proposed({ id: '00000000-0000-0000-0000-000000000000' })]],
    ['a bad id behind a good one', status.UNKNOWN, [header(), proposed(), proposed({ id: '1' })]],
    ['an empty type', status.UNKNOWN, [header(), proposed({ type: '' })]],
    ['no stream', status.UNKNOWN, [header(new pb.AppendReq.Options().setAny(new shared.Empty())), proposed()]],
    ['no type', status.INVALID_ARGUMENT, [header(), proposed({ type: 'none' })]],
    ['a type of 513 bytes', status.INVALID_ARGUMENT, [header(), proposed({ type: 'x'.repeat(513) })]],
    ['no content type', status.INVALID_ARGUMENT, [header(), proposed({ contentType: 'none' })]],
    ['no options', status.INVALID_ARGUMENT, [proposed()]],
    ['nothing at all', status.INVALID_ARGUMENT, []],
    ['options twice', status.INVALID_ARGUMENT, [header(), header()]],
    ['a stream name with NUL', status.INVALID_ARGUMENT, [header(toAny('a\0')), proposed()]],
    ['the stream $all', status.INVALID_ARGUMENT, [header(toAny('$all')), proposed()]],
    ['no expected revision', status.INVALID_ARGUMENT, [header(new pb.AppendReq.Options().setStreamIdentifier(stream())), proposed()]],
  ])('an append with %s is refused with status %i, stores nothing and hurts nobody else', (_, code, requests) =>
    withStubs(async (client) => {
      expect(await appended(client, requests)).toMatchObject({ code });
    }),
  );

  test('an expected revision above what a number holds is a wrong version', () =>
    withStubs(async (client) => {
      const options = new pb.AppendReq.Options().setStreamIdentifier(stream()).setRevision('18446744073709551615');
      const answer = (await appended(client, [header(options), proposed()])) as pb.AppendResp;
      expect(answer.getWrongExpectedVersion()?.hasCurrentNoStream()).toBe(true);
    }));

  test.each([
    ['no options', new pb.ReadReq()],
    ['no stream', new pb.ReadReq().setOptions(readOptions())],
    ['no count', new pb.ReadReq().setOptions(new pb.ReadReq.Options().setAll(allOptions()))],
    [
      'a filter on a stream',
      new pb.ReadReq().setOptions(
        readOptions().setStream(new pb.ReadReq.Options.StreamOptions().setStreamIdentifier(stream())).setFilter(filter('x')),
      ),
    ],
    ['a filter of nothing', new pb.ReadReq().setOptions(subscription().setAll(allOptions()).setFilter(filter('')))],
    ['a subscription backwards', new pb.ReadReq().setOptions(subscription().setAll(allOptions()).setReadDirection(1))],
  ])('a read with %s is INVALID_ARGUMENT', (_, request) =>
    withStubs(async (client) => {
      expect(await read(client, request)).toMatchObject({ code: status.INVALID_ARGUMENT });
    }),
  );

  test.each([
    ['a filter that is no regular expression', filter('(')],
    ['a checkpoint interval of 0', filter('x').setCheckpointintervalmultiplier(0)],
  ])('a read with %s is UNKNOWN', (_, one) =>
    withStubs(async (client) => {
      const request = new pb.ReadReq().setOptions(subscription().setAll(allOptions()).setFilter(one));
      expect(await read(client, request)).toMatchObject({ code: status.UNKNOWN });
    }),
  );

  test('a deletion without options, and a persistent subscription of nonsense, are INVALID_ARGUMENT', () =>
    withStubs(async (client, { url }) => {
      const error = await new Promise((resolve) => client.delete(new pb.DeleteReq(), resolve));
      expect(error).toMatchObject({ code: status.INVALID_ARGUMENT });
      const groups = new PersistentSubscriptionsClient(new URL(url.replace('esdb', 'http')).host, credentials.createInsecure());
      const options = new persistent.CreateReq.Options().setGroupName('g').setStreamIdentifier(stream());
      for (const bad of [
        new persistent.CreateReq(),
        new persistent.CreateReq().setOptions(options.setSettings(new persistent.CreateReq.Settings())),
      ]) {
        expect(await new Promise((resolve) => groups.create(bad, resolve))).toMatchObject({ code: status.INVALID_ARGUMENT });
      }
      const consumer = groups.read();
      const ended = new Promise((resolve) => consumer.on('error', resolve));
      consumer.on('data', () => undefined);
      consumer.write(new persistent.ReadReq().setAck(new persistent.ReadReq.Ack()));
      expect(await ended).toMatchObject({ code: status.INVALID_ARGUMENT });
      groups.close();
    }));

  test('a batch with a bad append refuses that one, and stores the others', () =>
    serving(kind, async ({ client, store }) => {
      const calls = [event(), event('Noted', {}, { id: 'nonsense' }), event()].map((one, n) => client.appendToStream(`s${n}`, one));
      const outcomes = await Promise.allSettled(calls);
      expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect((await all(client.readAll())).map(({ event: one }) => one?.streamId).sort()).toEqual(['s0', 's2']);
      expect(await store.head()).toBe(2);
    }));
});

test('what the server does not have is UNIMPLEMENTED', () =>
  serving('memory', async ({ client }) => {
    await expect(client.listProjections()).rejects.toMatchObject({ code: status.UNIMPLEMENTED });
  }));

test('an append whose connection breaks, or whose server stops, before it has come whole stores nothing', () =>
  serving('memory', async ({ server, store }) => {
    for (const end of ['cut', 'stop'] as const) {
      const client = new StreamsClient(`127.0.0.1:${server.port}`, credentials.createInsecure());
      const answered = new Promise<unknown>((resolve) => {
        const call = client.append(resolve);
        call.write(header());
        call.write(proposed());
      });
      // The server has what was sent before the answer to this read.
      if (end === 'cut') server.faults.next('read', { drop: 'cut' });
      await read(client, new pb.ReadReq().setOptions(readOptions().setAll(allOptions())));
      if (end === 'stop') await server.stop();
      expect(await answered).toMatchObject({ code: expect.any(Number) as number });
      client.close();
    }
    expect(await store.head()).toBe(0);
  }));

test('what is no gRPC at all hurts nobody', () =>
  serving('memory', async ({ client, server }) => {
    for (const garbage of ['GET / HTTP/1.1\r\nHost: x\r\n\r\n', '\0\x01\x02', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\ngarbage garbage garbage']) {
      const socket = connect(server.port, '127.0.0.1', () => socket.end(garbage));
      socket.on('error', () => undefined);
      await new Promise((resolve) => socket.resume().on('close', resolve));
    }
    expect((await client.appendToStream('s', event(), UNARY)).success).toBe(true);
  }));
