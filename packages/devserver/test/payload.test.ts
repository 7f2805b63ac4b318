import { randomBytes, randomUUID } from 'node:crypto';
import { binaryEvent, jsonEvent, NO_STREAM } from '@eventstore/db-client';
import * as shared from '@eventstore/db-client/generated/shared_pb';
import { ReadResp } from '@eventstore/db-client/generated/streams_pb';
import type { Recorded } from '@waybill/core';
import fc from 'fast-check';
import { eventMessage } from '../dist/wire/messages';
import { payloadOf, textsOf, TOMBSTONE } from '../dist/wire/payload';
import { all, failure, KINDS, rowsOf, serving, UNARY } from './kit';

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 64 }),
  fc.string({ unit: 'binary' }).map((text) => new Uint8Array(Buffer.from(text))),
  fc.json().map((text) => new Uint8Array(Buffer.from(text))),
  fc.constantFrom('{"$esdb":', '{"$esdb":{}}', TOMBSTONE.meta, '\ufeff{}', 'a\0b').map((text) => new Uint8Array(Buffer.from(text))),
);

test('any bytes, as data and as metadata, come back as they were, with their content type, out of well-formed texts', () => {
  fc.assert(
    fc.property(bytes, bytes, fc.boolean(), (data, metadata, json) => {
      const texts = textsOf({ data, metadata, json });
      for (const text of [texts.data, texts.meta]) {
        expect(text).not.toBe('');
        expect(Buffer.from(text).toString()).toBe(text);
        expect(text.includes('\0')).toBe(false);
      }
      const back = payloadOf(texts);
      expect([Buffer.from(back.data), Buffer.from(back.metadata), back.json]).toEqual([Buffer.from(data), Buffer.from(metadata), json]);
    }),
    { numRuns: 2_000 },
  );
});

test('JSON with metadata is kept as the texts that were sent, so an app on the same file reads what a client wrote', () => {
  const data = Buffer.from('{ "a" : [1, 2],\n"é": "\u{1f600}" }');
  const metadata = Buffer.from('{"t":1700000000000,"cause":{"id":"x"}}');
  expect(textsOf({ data, metadata, json: true })).toEqual({ data: data.toString(), meta: metadata.toString() });
});

test('an event as the server writes it is, byte for byte, what the stubs read: as one that the stubs have written', () => {
  const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 100 });
  const number = fc.oneof(fc.nat(300), fc.maxSafeNat());
  const rows = fc.record({
    stream: name,
    type: name,
    version: number,
    position: number,
    time: number,
    data: bytes,
    metadata: bytes,
    json: fc.boolean(),
  });
  fc.assert(
    fc.property(rows, fc.boolean(), ({ data, metadata, json, ...rest }, structured) => {
      const row: Recorded = { id: randomUUID(), ...textsOf({ data, metadata, json }), ...rest };
      const read = ReadResp.deserializeBinary(eventMessage({ event: row, link: row }, structured));
      const event = new ReadResp.ReadEvent().setEvent(written(row, data, metadata, json, structured));
      event.setLink(written(row, data, metadata, json, structured)).setCommitPosition(String(row.position));
      expect(read.toObject()).toEqual(new ReadResp().setEvent(event).toObject());
    }),
    { numRuns: 500 },
  );
});

function written(
  row: Recorded,
  data: Uint8Array,
  metadata: Uint8Array,
  json: boolean,
  structured: boolean,
): ReadResp.ReadEvent.RecordedEvent {
  const message = new ReadResp.ReadEvent.RecordedEvent();
  message.setId(structured ? new shared.UUID().setStructured(bitsOf(row.id)) : new shared.UUID().setString(row.id));
  message.setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from(row.stream).toString('base64')));
  message.setStreamRevision(String(row.version)).setPreparePosition(String(row.position)).setCommitPosition(String(row.position));
  message
    .getMetadataMap()
    .set('type', row.type)
    .set('content-type', json ? 'application/json' : 'application/octet-stream');
  message.getMetadataMap().set('created', String(BigInt(row.time) * 10_000n));
  return message.setCustomMetadata(Buffer.from(metadata).toString('base64')).setData(Buffer.from(data).toString('base64'));
}

function bitsOf(id: string): shared.UUID.Structured {
  const buffer = Buffer.from(id.replaceAll('-', ''), 'hex');
  const bits = new shared.UUID.Structured().setMostSignificantBits(buffer.readBigInt64BE(0).toString());
  return bits.setLeastSignificantBits(buffer.readBigInt64BE(8).toString());
}

describe.each(KINDS)('over %s', (kind) => {
  test.each([
    ['unary', UNARY],
    ['batch', {}],
  ])('binary and JSON events, with and without metadata of either kind, come back to the client (%s)', (_, way) =>
    serving(kind, async ({ client }) => {
      const noise = new Uint8Array(randomBytes(1_000));
      const sent = [
        binaryEvent({ type: 'B', data: noise, metadata: noise }),
        binaryEvent({ type: 'B', data: new Uint8Array(Buffer.from('plain')), metadata: { a: 'ä' } }),
        binaryEvent({ type: 'B', data: new Uint8Array() }),
        jsonEvent({ type: 'J', data: { text: '\u{1f600}\u0000', n: 1e300 } }),
        jsonEvent({ type: 'J', data: [], metadata: noise }),
      ];
      await client.appendToStream('s-ä', sent, { expectedRevision: NO_STREAM, ...way });
      const read = (await all(client.readStream('s-ä'))).map(({ event }) => event);
      expect(read.map((one) => one?.isJson)).toEqual([false, false, false, true, true]);
      expect(read.map((one) => (one?.isJson ? one.data : Buffer.from(one?.data as Uint8Array)))).toEqual(
        sent.map((one) => (one.contentType === 'application/json' ? one.data : Buffer.from(one.data as Uint8Array))),
      );
      expect(Buffer.from(read[0]?.metadata as Uint8Array)).toEqual(Buffer.from(noise));
      expect([read[1]?.metadata, read[2]?.metadata, read[3]?.metadata]).toEqual([{ a: 'ä' }, undefined, undefined]);
      expect(Buffer.from(read[4]?.metadata as Uint8Array)).toEqual(Buffer.from(noise));
      expect(read.every((one) => one?.streamId === 's-ä')).toBe(true);
    }),
  );

  test('an append of exactly 1 MiB is stored, and a byte more is MaxAppendSizeExceededError; types count twice', () =>
    serving(kind, async ({ client, store }) => {
      const text = (size: number) => binaryEvent({ type: 'T', data: new Uint8Array(Buffer.alloc(size - 2, 97)) });
      for (const [n, way] of [UNARY, {}].entries()) {
        const full = client.appendToStream(`s${n}`, [text(500_000), text(548_576)], way);
        expect((await full).nextExpectedRevision).toBe(1n);
        const error = await failure(client.appendToStream('t', [text(500_000), text(548_577)], way));
        expect(error).toMatchObject({ type: 'maximum-append-size-exceeded', maxAppendSize: 1_048_576 });
      }
      expect(await rowsOf(store, 't')).toEqual([]);
    }));

  test('an event that is no text may have 3/4 of that, and one above is refused by itself', () =>
    serving(kind, async ({ client, store }) => {
      const noise = (size: number) => binaryEvent({ type: 'T', data: new Uint8Array(randomBytes(size)) });
      await client.appendToStream('s', noise(786_000), UNARY);
      const [refused, stored] = await Promise.allSettled([
        client.appendToStream('t', noise(786_432), UNARY),
        client.appendToStream('u', noise(10), UNARY),
      ]);
      expect(refused).toMatchObject({ status: 'rejected', reason: { code: 3 } });
      expect(stored.status).toBe('fulfilled');
      expect(await rowsOf(store, 't')).toEqual([]);
    }));

  test('rows of an app are served as they stand, under ids that stay the same where theirs are no UUIDs', () =>
    serving(kind, async ({ client, store }) => {
      const row = { id: 'no-uuid', type: 'Noted', data: '{ "n":1 }', meta: '{"by":"app"}', time: 1_700_000_000_000 };
      await store.append([{ stream: 's', expected: 'none', events: [row, { ...row, id: randomUUID().toUpperCase() }] }]);
      const [first, second] = (await all(client.readStream('s'))).map(({ event }) => event);
      expect(first).toMatchObject({ type: 'Noted', data: { n: 1 }, metadata: { by: 'app' }, created: new Date(row.time) });
      const [again] = (await all(client.readAll())).map(({ event }) => event);
      expect(again?.id).toBe(first?.id);
      expect(first?.id).toMatch(/^[0-9a-f-]{36}$/);
      expect(second?.id).not.toBe(first?.id);
    }));
});
