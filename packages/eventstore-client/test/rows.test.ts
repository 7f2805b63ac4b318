import { binaryEvent, EventStoreDBClient, jsonEvent, NO_STREAM } from '@eventstore/db-client';
import fc from 'fast-check';
import { filterOf } from '../dist/format/filter';
import { metadataOf, positionOf, readMetadata, streamName, uuidOf } from '../dist/format/rows';
import type { World } from './kit';
import { errorOf, event, one, withServer } from './kit';

describe('metadata carries meta and time, and an id that is no UUID', () => {
  const time = fc.nat({ max: Number.MAX_SAFE_INTEGER });
  const id = fc.oneof(fc.uuid(), fc.string({ minLength: 1 }));

  test('and gives them back, byte for byte, whatever text meta is', () => {
    const odd = fc.constantFrom(
      '{"t":1}',
      '{"waybill:meta":{}}',
      '{"\\u0074":1}',
      ' {}',
      '{}',
      '[]',
      'null',
      '{"a":{"t":2}}',
      '{"',
      '{ "t":1,"a":1}',
    );
    const text = fc.oneof(
      odd,
      fc.json(),
      fc.json({ noUnicodeString: false }),
      fc.string({ minLength: 1 }).map((rest) => `{"${rest}`),
    );
    fc.assert(
      fc.property(text, time, id, (meta, at, given) => {
        const own = given === uuidOf(given) ? {} : { id: given };
        expect(readMetadata(metadataOf({ id: given, meta, time: at }))).toEqual({ ...own, meta, time: at });
      }),
    );
  });

  test('as one JSON object without a field twice, for those who read it in another language', () => {
    const value = fc.oneof(fc.jsonValue(), fc.dictionary(fc.constantFrom('t', 'a', 'waybill:meta', 'waybill:id', 'u'), fc.jsonValue()));
    fc.assert(
      fc.property(value, time, id, (meta, at, given) => {
        const text = metadataOf({ id: given, meta: JSON.stringify(meta), time: at });
        const { t, 'waybill:id': own, ...flat } = JSON.parse(text) as Record<string, unknown>;
        expect([t, own]).toEqual([at, given === uuidOf(given) ? undefined : given]);
        const read: Record<string, unknown> = flat;
        expect('waybill:meta' in read ? read['waybill:meta'] : flat).toEqual(JSON.parse(JSON.stringify(meta)));
      }),
    );
  });

  test('metadata of others is never taken for our own', () => {
    for (const text of [
      '',
      '{}',
      '{"a":1}',
      '{"t":"1"}',
      '{"t":1 }',
      '{"t":-1}',
      '{"t":1}x',
      '{"t":12345678901234567,"a":1}',
      '\u0000',
      '{"t":1,"waybill:id":"\\x"}',
    ])
      expect(readMetadata(text)).toBeUndefined();
  });
});

test('a position beyond 2^53 is refused rather than rounded; 2^64-1 tells that the server is too old', () => {
  expect(positionOf('9007199254740991')).toBe(2 ** 53 - 1);
  expect(() => positionOf('9007199254740992')).toThrow(/^STORE_POSITION: /);
  expect(() => positionOf('18446744073709551615')).toThrow(/^STORE_SERVER_TOO_OLD: /);
});

test('a filter matches the names that it holds and no others, with every character that means something in a pattern', () => {
  const names = [
    'a.b',
    'aXb',
    'a|b',
    'a',
    'b',
    '(a)',
    '[a]',
    '^a$',
    'a\\b',
    'a{2}',
    'aa',
    'a+',
    'a*',
    'a?',
    '$',
    '-',
    '\u{1f600}',
    'a b',
    'a\nb',
  ];
  for (const wanted of names.map((name) => [name]).concat([['a', 'b'], ['a.b', 'a|b'], []])) {
    const { regex, shows } = filterOf({ after: 0, types: wanted });
    const shown = wanted.filter((name) => name !== '$');
    expect(names.filter((name) => new RegExp(regex, 'u').test(name))).toEqual(names.filter((name) => shown.includes(name)));
    expect(names.filter(shows)).toEqual(names.filter((name) => shown.includes(name)));
  }
});

/** The client as others use it, on the same server. */
async function withClient(body: (world: World, client: EventStoreDBClient) => Promise<void>): Promise<void> {
  await withServer(async (world) => {
    const client = EventStoreDBClient.connectionString(world.server.url);
    try {
      await body(world, client);
    } finally {
      await client.dispose();
    }
  });
}

describe('beside other clients', () => {
  test('what we append they read as JSON, with the id as it was given', async () => {
    await withClient(async ({ open }, client) => {
      const store = await open();
      const row = event({ data: '{ "n" : 1.0 }', meta: '{"cause":{"id":"c"}}', time: 1_700_000_000_000 });
      await store.append([{ stream: 'order-1', expected: 'none', events: [row] }]);
      const read = [];
      for await (const { event: found } of client.readStream('order-1')) read.push(found);
      expect(read).toMatchObject([
        { id: row.id, type: 'Noted', isJson: true, data: { n: 1 }, metadata: { t: 1_700_000_000_000, cause: { id: 'c' } }, revision: 0n },
      ]);
    });
  });

  test('an id that is no UUID they read as one, always the same, with the id itself in the metadata', async () => {
    await withClient(async ({ open }, client) => {
      const store = await open();
      const ids = ['order-17', 'AAAAAAAA-0000-4000-8000-000000000000', '"\\\u2028'];
      const write = { stream: 's', expected: 'none' as const, events: ids.map((id) => event({ id, meta: '{"a":1}' })) };
      const [first] = await store.append([write]);
      expect(await store.append([write])).toEqual([first]);
      const read = [];
      for await (const { event: found } of client.readStream('s')) read.push(found);
      expect(read.map((found) => (found?.metadata as { 'waybill:id'?: unknown })['waybill:id'])).toEqual(ids);
      expect(read[0]?.id).toBe('72a90ea3-da8b-8dd0-abde-2f27314e02e2');
      expect((await store.read('s')).map(({ id, meta }) => [id, meta])).toEqual(ids.map((id) => [id, '{"a":1}']));
    });
  });

  test('whatever they append is a row with JSON texts: no foreign event ends a consumer', async () => {
    await withClient(async ({ open }, client) => {
      const store = await open();
      const foreign = [
        jsonEvent({ type: 'plain', data: { a: 1 } }),
        jsonEvent({ type: 'with metadata', data: { a: 1 }, metadata: { $correlationId: 'c' } }),
        binaryEvent({ type: 'bytes', data: Buffer.from([0, 255, 1]), metadata: Buffer.from([255]) }),
        binaryEvent({ type: 'text', data: Buffer.from('{"a":1}') }),
        binaryEvent({ type: 'nothing', data: Buffer.alloc(0) }),
      ];
      await client.appendToStream('foreign', foreign, { expectedRevision: NO_STREAM, credentials: { username: '-', password: '-' } });
      const rows = await store.read('foreign');
      expect(rows.map(({ type, data, meta }) => [type, data, meta])).toEqual([
        ['plain', '{"a":1}', '{}'],
        ['with metadata', '{"a":1}', '{"$correlationId":"c"}'],
        ['bytes', '"AP8B"', '{}'],
        ['text', '"eyJhIjoxfQ=="', '{}'],
        ['nothing', 'null', '{}'],
      ]);
      for (const { time, version } of rows) expect(time + version).toBeGreaterThan(1_700_000_000_000);
    });
  });

  test('their streams and ours are told apart from those of the server and of this store', async () => {
    await withClient(async ({ open, log }) => {
      const store = await open();
      const names = ['$all', '$$a', '$ce-a', 'waybill:log', 'waybill:name-a', 'waybill:checkpoint-c'];
      for (const name of names) await store.append(one(name, 'none'));
      await store.checkpoint('c').save({ store: store.id, position: 1, epoch: 0 });
      for (const name of names) expect((await store.read(name)).map(({ stream }) => stream)).toEqual([name]);
      expect(new Set(names.map(streamName)).size).toBe(names.length);
      expect(await log.read('$all')).toEqual([]);
    });
  });
});

describe('what EventStoreDB would not take is refused with a code before any of the call is sent', () => {
  const bad: readonly (readonly [code: string, over: Parameters<typeof event>[0]])[] = [
    ['WRITE_BAD_NAME', { type: '$mine' }],
    ['WRITE_BAD_NAME', { type: 'waybill:mine' }],
    ['WRITE_TOO_LARGE', { data: `"${'x'.repeat(917_504)}"` }],
  ];
  test.each(bad)('%s: %p', async (code, over) => {
    await withServer(async ({ open }) => {
      const store = await open();
      expect(await errorOf(() => store.append([...one('good', 'none'), ...one('bad', 'none', over)]))).toMatchObject({ code });
      expect(await store.read('good')).toEqual([]);
    });
  });

  test('WRITE_TOO_LARGE: many small events whose types and times fill the append', async () => {
    await withServer(async ({ open }) => {
      const store = await open();
      const events = Array.from({ length: 2_000 }, () => event({ type: 't'.repeat(400) }));
      expect(await errorOf(() => store.append([{ stream: 's', expected: 'none', events }]))).toMatchObject({ code: 'WRITE_TOO_LARGE' });
    });
  });
});
