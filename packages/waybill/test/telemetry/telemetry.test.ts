import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AlwaysOffSampler } from '@opentelemetry/sdk-trace-base';
import { memoryStore, realRuntime } from 'waybill';
import type { Store } from 'waybill';
import { appendKnocks, does, doNothing, Greet, Hall, knock, logOf, Porch, Sdk, startOn } from './kit';

let sdk: Sdk;
let store: Store;
beforeEach(() => {
  sdk = new Sdk();
  store = memoryStore();
  doNothing();
});
afterEach(() => sdk.end());

const traceparentIn = (meta: string): string | undefined => (JSON.parse(meta) as { traceparent?: string }).traceparent;

test('a command, the event that it caused, what a saga made of it and the call to the outside: each span is linked to its cause', async () => {
  const tracer = trace.getTracer('test');
  does.greet = async () => {
    await Promise.resolve();
    tracer.startSpan('http').end();
  };
  // What is active where the app is built is the cause of nothing.
  const app = await tracer.startActiveSpan('boot', async (boot) => {
    const started = await startOn(store);
    await knock(started, 'back');
    await started.settled();
    boot.end();
    return started;
  });
  sdk.exporter.reset();
  await tracer.startActiveSpan('request', async (request) => {
    await knock(app, 'front');
    request.end();
  });
  await app.settled();
  await app.stop();

  const [request, send, hall, greet, http] = ['request', 'send porch', 'process hall', 'process greet', 'http'].map((name) =>
    sdk.span(name),
  );
  expect(send?.parentSpanContext?.spanId).toBe(request?.spanContext().spanId);
  expect(send?.kind).toBe(SpanKind.PRODUCER);
  expect([hall?.kind, greet?.kind]).toEqual([SpanKind.CONSUMER, SpanKind.CONSUMER]);
  expect([hall?.parentSpanContext, greet?.parentSpanContext]).toEqual([undefined, undefined]);
  expect(hall?.links.map(({ context }) => context.spanId)).toEqual([send?.spanContext().spanId]);
  expect(greet?.links.map(({ context }) => context.spanId)).toEqual([hall?.spanContext().spanId]);
  expect(greet?.links[0]?.context.traceId).toBe(hall?.spanContext().traceId);
  expect(http?.parentSpanContext?.spanId).toBe(greet?.spanContext().spanId);
});

test('spans speak by the messaging conventions, and hold no content', async () => {
  const app = await startOn(store, { use: [Porch, Hall] });
  await knock(app, 'front');
  await app.settled();
  await app.stop();
  expect(
    sdk
      .spans()
      .map(({ name }) => name)
      .sort(),
  ).toEqual(['commit', 'commit', 'process hall', 'send porch']);
  const common = { 'messaging.system': 'waybill', 'waybill.outcome': 'applied' };
  expect(sdk.span('send porch').attributes).toEqual({
    ...common,
    'messaging.operation.name': 'send',
    'messaging.operation.type': 'send',
    'messaging.destination.name': 'porch',
    'messaging.message.id': 'front-ada',
    'waybill.message.type': 'Knock',
    'waybill.stream': 'porch-front',
  });
  const [, event] = await store.read('porch-front');
  expect(sdk.span('process hall').attributes).toEqual({
    ...common,
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
    'messaging.destination.name': 'hall',
    'messaging.consumer.group.name': 'hall',
    'messaging.message.id': event?.id,
    'waybill.message.type': 'Knocked',
    'waybill.message.position': event?.position,
    'waybill.stream': 'hall-front',
  });
  const commits = sdk.spans('commit');
  expect(commits.map(({ kind, attributes }) => [kind, attributes])).toEqual(
    Array(2).fill([
      SpanKind.CLIENT,
      {
        'messaging.system': 'waybill',
        'messaging.operation.name': 'commit',
        'messaging.operation.type': 'send',
        'messaging.batch.message_count': 2,
        'waybill.commit.streams': 1,
      },
    ]),
  );
  expect(commits[1]?.links).toMatchObject([
    { context: { spanId: sdk.span('process hall').spanContext().spanId }, attributes: { 'messaging.message.id': event?.id } },
  ]);
});

test('an event links to what caused it also after a restart: its row says in which context it was made', async () => {
  const first = await startOn(store, { use: [Porch] });
  await knock(first, 'front');
  await first.stop();
  const send = sdk.span('send porch').spanContext();
  await sdk.end();
  sdk = new Sdk();
  const second = await startOn(store, { use: [Hall] });
  await second.settled();
  await second.stop();
  expect(sdk.span('process hall').links).toMatchObject([{ context: { spanId: send.spanId, traceId: send.traceId, isRemote: true } }]);
});

test('a producer of its own may say its context in the meta of a row; nonsense in that place is no link and no failure', async () => {
  const good = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const wrong = ['00-xyz', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`, 'é'.repeat(60), ''];
  await appendKnocks(store, [
    ['a', 'ada', JSON.stringify({ traceparent: good })],
    ...wrong.map((traceparent, i) => [`b${i}`, 'ada', JSON.stringify({ traceparent })] as const),
    ['c', 'ada', JSON.stringify({ traceparent: 7 })],
  ]);
  const app = await startOn(store, { use: [Hall] });
  await app.settled();
  await app.stop();
  expect(app.counts()).toMatchObject({ applied: 6, received: 6 });
  expect(sdk.spans('process hall').map(({ links }) => links.map(({ context }) => context.traceId))).toEqual([
    ['0af7651916cd43dd8448eb211c80319c'],
    ...Array<string[]>(5).fill([]),
  ]);
});

test('a trace that nobody keeps costs no byte in the log; one that is kept costs what its context says and nothing else', async () => {
  const run = async (telemetry: boolean, on = memoryStore()): Promise<Awaited<ReturnType<typeof logOf>>> => {
    const app = await startOn(on, { use: [Porch, Hall, Greet], telemetry, runtime: { ...realRuntime, now: () => 0 } });
    for (const who of ['ada', 'wolf', 'nobody', 'twin', 'ada']) await knock(app, 'front', who, who).catch(() => undefined);
    await app.settled();
    await app.stop();
    return logOf(on);
  };
  const without = (rows: Awaited<ReturnType<typeof logOf>>, sampled: boolean) =>
    rows.map(({ stream, type, data, meta }) => {
      const { traceparent, ...rest } = JSON.parse(meta) as { traceparent?: string; cause: { id?: string; source?: string } };
      const emitted = !type.includes(':');
      expect([type, traceparent !== undefined]).toEqual([type, sampled && emitted]);
      return { stream, type, data, rest: { ...rest, cause: undefined } };
    });
  const plain = without(await run(false), false);
  expect(plain.length).toBeGreaterThan(8);
  expect(without(await run(true), true)).toEqual(plain);
  await sdk.end();
  sdk = new Sdk({ sampler: new AlwaysOffSampler() });
  expect(without(await run(true), false)).toEqual(plain);
});

test('a row that is near the limit of its store is appended as it is: nothing is refused because somebody watches', async () => {
  const who = 'x'.repeat(400_000);
  const app = await startOn(store, { use: [Porch] });
  await knock(app, 'front', who, 'big');
  await knock(app, 'front', 'small', 'small');
  await app.stop();
  const rows = (await store.read('porch-front')).filter(({ type }) => type === 'Knocked');
  expect(rows.map(({ meta }) => traceparentIn(meta) !== undefined)).toEqual([false, true]);
});

test('every outcome has its span; parked and conflict are errors, and what ran no method has no duration', async () => {
  does.hall = ({ who }) => {
    if (who === 'ghost') throw new Error('boo');
  };
  await appendKnocks(store, [
    ['a', 'ada'],
    ['a', 'ada'],
    ['b', 'nobody'],
    ['c', 'twin'],
    ['d', 'ghost'],
  ]);
  const app = await startOn(store, { use: [Hall], limits: { attempts: 2 } });
  await app.settled();
  await app.stop();
  const told = sdk
    .spans('process hall')
    .map(({ attributes, status, events }) => [
      attributes['messaging.message.id'],
      attributes['waybill.outcome'],
      attributes['error.type'],
      status,
      attributes['waybill.attempts'],
      events.map((event) => event.attributes),
    ])
    .sort((a, b) => String(a[0]).localeCompare(String(b[0])));
  const unset = { code: SpanStatusCode.UNSET };
  const boo = { 'exception.type': 'Error', 'exception.message': 'boo' };
  expect(told).toEqual([
    ['k-0', 'applied', undefined, unset, undefined, []],
    ['k-1', 'duplicate', undefined, unset, undefined, []],
    ['k-2', 'discarded', undefined, unset, undefined, []],
    ['k-3', 'conflict', 'conflict', { code: SpanStatusCode.ERROR, message: 'there are two of them' }, undefined, []],
    ['k-4', 'parked', 'parked', { code: SpanStatusCode.ERROR, message: expect.stringMatching(/^boo/) }, 2, [boo, boo]],
  ]);
  const counted = await sdk.points('messaging.client.consumed.messages');
  expect(Object.fromEntries(counted.map(({ attributes, value }) => [attributes['waybill.outcome'], value]))).toEqual({
    ...{ applied: 1, duplicate: 1, discarded: 1, conflict: 1, parked: 1 },
  });
  expect(app.counts()).toMatchObject({ applied: 1, duplicate: 1, discarded: 1, conflict: 1, parked: 1 });
  const measured = await sdk.points('messaging.process.duration');
  expect(measured.reduce((sum, { value }) => sum + (value as { count: number }).count, 0)).toBe(4);
});

test('a refusal is an answer, an error is an error; the same id again is one span more', async () => {
  const app = await startOn(store, { use: [Porch] });
  await knock(app, 'front', 'ada', '1');
  await knock(app, 'front', 'ada', '1');
  await expect(knock(app, 'front', 'wolf', '2')).rejects.toMatchObject({ code: 'REJECTED' });
  await expect(knock(app, 'front', 'broken', '3')).rejects.toThrow('the bell is broken');
  await expect(knock(app, 'front', 'other', '1')).rejects.toMatchObject({ code: 'COMMAND_CONFLICT' });
  await expect(knock(app, '', 'ada', '4')).rejects.toMatchObject({ code: 'KEY_INVALID' });
  await app.stop();
  const told = sdk.spans('send porch').map(({ attributes: a, status }) => [a['waybill.outcome'], a['error.type'], status.code]);
  expect(told).toEqual([
    ['applied', undefined, SpanStatusCode.UNSET],
    ['duplicate', undefined, SpanStatusCode.UNSET],
    ['discarded', undefined, SpanStatusCode.UNSET],
    [undefined, 'Error', SpanStatusCode.ERROR],
    ['conflict', 'COMMAND_CONFLICT', SpanStatusCode.ERROR],
    [undefined, 'KEY_INVALID', SpanStatusCode.ERROR],
  ]);
  const sent = await sdk.points('messaging.client.sent.messages');
  expect(sent.reduce((sum, { value }) => sum + (value as number), 0)).toBe(6);
});

test('two commands of one id to two actors keep apart', async () => {
  const app = await startOn(store, { use: [Porch] });
  await Promise.all([knock(app, 'front', 'ada', 'same'), knock(app, 'back', 'wolf', 'same').catch(() => undefined)]);
  await app.stop();
  const told = sdk.spans('send porch').map(({ attributes }) => [attributes['waybill.stream'], attributes['waybill.outcome']]);
  expect(told.sort()).toEqual([
    ['porch-back', 'discarded'],
    ['porch-front', 'applied'],
  ]);
});

test('one id that is sent three times at once: one span each, with what each was told', async () => {
  const app = await startOn(store, { use: [Porch] });
  await Promise.all(Array.from({ length: 3 }, () => knock(app, 'front')));
  await app.stop();
  expect(sdk.spans('send porch').map(({ attributes }) => attributes['waybill.outcome'])).toEqual(['applied', 'duplicate', 'duplicate']);
  expect(sdk.span('commit').links).toHaveLength(1);
});
