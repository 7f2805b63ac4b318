import { randomUUID } from 'node:crypto';
import { credentials } from '@grpc/grpc-js';
import { EventStoreDBClient, NO_STREAM } from '@eventstore/db-client';
import * as shared from '@eventstore/db-client/generated/shared_pb';
import { StreamsClient } from '@eventstore/db-client/generated/streams_grpc_pb';
import * as pb from '@eventstore/db-client/generated/streams_pb';
import { memoryStore } from '@waybill/core';
import type { Store, Write, Written } from '@waybill/core';
import { startDevServer } from '@waybill/devserver';
import { all, event, events, eventually, failure, KINDS, revisions, serving, UNARY } from './kit';

describe.each(KINDS)('over %s', (kind) => {
  test('tooSlow: a live subscription that is sent 500 events at once is dropped with status 10, one that catches up is not', () =>
    serving(kind, async ({ client, server }) => {
      await client.appendToStream('s', events(600), UNARY);
      server.faults.next('subscribe', 'tooSlow');
      const seen: string[] = [];
      const subscription = client.subscribeToAll();
      subscription.on('data', () => seen.push('event'));
      subscription.on('caughtUp', () => seen.push('live'));
      subscription.on('error', ({ code }: Error & { code?: number }) => seen.push(`error ${code}`));
      await eventually('the end', () => seen.includes('live'));
      expect(seen).toHaveLength(601);
      await client.appendToStream('s', events(500), UNARY);
      await eventually('the drop', () => seen.includes('error 10'));
    }));

  test('earlyCheckpoint: the end of the log is told before the events that stand there', () =>
    serving(kind, async ({ client, server }) => {
      await client.appendToStream('s', events(3), UNARY);
      server.faults.next('subscribe', 'earlyCheckpoint');
      const raw = new StreamsClient(`127.0.0.1:${server.port}`, credentials.createInsecure());
      const place = new pb.ReadReq.Options.AllOptions().setStart(new shared.Empty());
      const options = new pb.ReadReq.Options().setAll(place).setNoFilter(new shared.Empty());
      const call = raw.read(new pb.ReadReq().setOptions(options.setSubscription(new pb.ReadReq.Options.SubscriptionOptions())));
      const seen: string[] = [];
      call.on('data', (answer: pb.ReadResp) =>
        seen.push(answer.getCheckpoint()?.getCommitPosition() ?? (answer.hasEvent() ? 'event' : '')),
      );
      call.on('error', () => undefined);
      await eventually('all', () => seen.length === 6);
      expect(seen).toEqual(['', '3', 'event', 'event', 'event', '']);
      call.cancel();
      raw.close();
    }));

  test('behind: a read does not see the newest events yet, or says that there is no stream; fail: status 2, and nothing is done', () =>
    serving(kind, async ({ client, server, store }) => {
      await client.appendToStream('s', events(3), UNARY);
      server.faults.next('read', { behind: 1 });
      expect(await revisions(client.readStream('s'))).toEqual([0, 1]);
      server.faults.next('read', { behind: 3 });
      expect((await failure(all(client.readStream('s')))).type).toBe('stream-not-found');
      expect(await revisions(client.readStream('s'))).toEqual([0, 1, 2]);
      await client.deleteStream('s');
      await client.appendToStream('s', event(), UNARY);
      server.faults.next('read', { behind: 1 });
      expect((await failure(all(client.readStream('s')))).type).toBe('stream-not-found');
      const head = await store.head();
      server.faults.next('append', 'fail');
      expect((await failure(client.appendToStream('s', event(), UNARY))).code).toBe(2);
      expect(await store.head()).toBe(head);
    }));

  test('a stream may have a long name, with metadata, and is shown under it everywhere', () =>
    serving(kind, async ({ client, connect, server }) => {
      const name = 'ä'.repeat(2_000);
      await client.appendToStream(name, events(3), { expectedRevision: NO_STREAM, ...UNARY });
      await client.appendToStream('$long-x', event(), { expectedRevision: NO_STREAM, ...UNARY });
      await client.setStreamMetadata(name, { maxCount: 2 }, UNARY);
      await server.restart();
      const again = connect();
      await eventually('an answer', () =>
        revisions(again.readStream(name)).then(
          () => true,
          () => false,
        ),
      );
      const rows = await all(again.readStream(name));
      expect(rows.map((row) => [row.event?.streamId === name, row.event?.metadata])).toEqual([1, 2].map(() => [true, { t: 1 }]));
      const names = (await all(again.readAll())).map((row) => row.event?.streamId);
      expect(names).toEqual([name, name, name, '$long-x', `$$${name}`]);
    }));
});

/** A store whose appends wait until they are let go. */
function held(inner: Store) {
  const gate: { release: () => void; calls: number } = { release: () => undefined, calls: 0 };
  const append = async (writes: readonly Write[]): Promise<readonly Written[]> => {
    gate.calls++;
    await new Promise<void>((resolve) => (gate.release = resolve));
    return inner.append(writes);
  };
  return { gate, store: Object.assign(Object.create(inner) as Store, { append }) };
}

test.each([
  ['unary', UNARY, { code: 10 }],
  ['batch', {}, { type: 'deadline-exceeded' }],
] as const)('an append that comes again while it is being stored is dropped, and answered as timed out (%s)', async (_, way, timedOut) => {
  const { gate, store } = held(memoryStore());
  const server = await startDevServer({ store, commitTimeout: 20 });
  const client = EventStoreDBClient.connectionString(server.url);
  const one = event();
  const first = client.appendToStream('s', one, { expectedRevision: NO_STREAM, ...way });
  await eventually('the first', () => gate.calls === 1);
  expect(await failure(client.appendToStream('s', one, { expectedRevision: NO_STREAM, ...way }))).toMatchObject(timedOut);
  gate.release();
  expect((await first).nextExpectedRevision).toBe(0n);
  expect(gate.calls).toBe(1);
  await client.dispose();
  await server.stop();
});

test('an append of a batch whose deadline passed between its messages is not stored', () =>
  serving('memory', async ({ server, store }) => {
    const raw = new StreamsClient(`127.0.0.1:${server.port}`, credentials.createInsecure());
    const call = raw.batchAppend();
    const answered = new Promise<pb.BatchAppendResp>((resolve) => call.on('data', resolve));
    call.on('error', () => undefined);
    const id = new shared.UUID().setString(randomUUID());
    // The client does not export the class of timestamps; deserializing a message creates one: field 6, without content.
    const options = pb.BatchAppendReq.Options.deserializeBinary(new Uint8Array([(6 << 3) | 2, 0]));
    options.getDeadline()?.fromDate(new Date(Date.now() - 1));
    options
      .setAny(new shared.Empty())
      .setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from('s').toString('base64')));
    const message = new pb.BatchAppendReq.ProposedMessage().setId(new shared.UUID().setString(randomUUID())).setData('e30=');
    message.getMetadataMap().set('type', 'Noted').set('content-type', 'application/json');
    call.write(new pb.BatchAppendReq().setCorrelationId(id).setOptions(options));
    call.write(new pb.BatchAppendReq().setCorrelationId(id).setProposedMessagesList([message]).setIsFinal(true));
    expect((await answered).getError()?.getDetails()?.getTypeName()).toBe('event_store.client.Timeout');
    expect(await store.head()).toBe(0);
    call.cancel();
    raw.close();
  }));
