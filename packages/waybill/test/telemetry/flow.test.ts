import { SpanStatusCode, trace } from '@opentelemetry/api';
import { Event, memoryStore, UNKNOWN_OUTCOME, WaybillError } from 'waybill';
import type { Store, Write, Written } from 'waybill';
import { appendKnocks, does, doNothing, Doors, Greet, Hall, knock, Porch, Sdk, startOn } from './kit';

let sdk: Sdk;
let store: Store;
beforeEach(() => {
  sdk = new Sdk();
  store = memoryStore();
  doNothing();
});
afterEach(() => sdk.end());

/** `store`, with one append of an actor's rows that `fault` answers. */
function faulty(fault: (writes: readonly Write[], append: () => Promise<readonly Written[]>) => Promise<readonly Written[]>): {
  store: Store;
  calls: (readonly Write[])[];
} {
  const calls: (readonly Write[])[] = [];
  const append = (writes: readonly Write[]): Promise<readonly Written[]> => {
    if (!writes[0]?.stream.startsWith('hall-')) return store.append(writes);
    calls.push(writes);
    return calls.length === 1 ? fault(writes, () => store.append(writes)) : store.append(writes);
  };
  const get = (target: Store, name: keyof Store): unknown => {
    const value = name === 'append' ? append : target[name];
    return typeof value === 'function' ? value.bind(target) : value;
  };
  return { calls, store: new Proxy(store, { get: get as ProxyHandler<Store>['get'] & object }) };
}

test('an append that lost is seen, and the message that is decided anew keeps its one span', async () => {
  const { store: faults } = faulty(async (writes) => writes.map(() => ({ ok: false, actual: 'none' })));
  await appendKnocks(store, [['front', 'ada']]);
  const app = await startOn(faults, { use: [Hall] });
  await app.settled();
  await app.stop();
  expect(sdk.span('process hall').attributes).toMatchObject({ 'waybill.outcome': 'applied', 'waybill.attempts': 2 });
  expect(sdk.spans('commit').map(({ attributes }) => attributes['waybill.commit.lost'])).toEqual([1, undefined]);
});

test('an append without an answer goes out again with the identical rows', async () => {
  const { store: faults, calls } = faulty(async (_, append) => {
    await append();
    throw new WaybillError(UNKNOWN_OUTCOME, 'no answer', 'none');
  });
  await appendKnocks(store, [['front', 'ada']]);
  const app = await startOn(faults, { use: [Hall] });
  await app.settled();
  await app.stop();
  expect(calls).toHaveLength(2);
  expect(calls[1]).toEqual(calls[0]);
  expect(calls[1]?.[0]).toBe(calls[0]?.[0]);
  expect(JSON.parse(calls[0]?.[0]?.events[1]?.meta ?? '')).toHaveProperty('traceparent');
  expect(app.counts()).toMatchObject({ applied: 1 });
  const told = sdk.spans('commit').map(({ attributes, status }) => [attributes['error.type'], status.code]);
  expect(told).toEqual([
    [UNKNOWN_OUTCOME, SpanStatusCode.ERROR],
    [undefined, SpanStatusCode.UNSET],
  ]);
});

test('an append without an answer goes out again with the identical rows, also when its spans could not be made at first', async () => {
  const { store: faults, calls } = faulty(async (_, append) => {
    await append();
    throw new WaybillError(UNKNOWN_OUTCOME, 'no answer', 'none');
  });
  let made = 0;
  const tracer = sdk.tracers.getTracer('real');
  trace.disable();
  trace.setGlobalTracerProvider({
    getTracer: () => ({
      ...{ startActiveSpan: tracer.startActiveSpan.bind(tracer) },
      startSpan(...of) {
        if (made++ < 2) throw new Error('no span');
        return tracer.startSpan(...of);
      },
    }),
  });
  await appendKnocks(store, [['front', 'ada']]);
  const app = await startOn(faults, { use: [Hall] });
  await app.settled();
  await app.stop();
  expect(made).toBeGreaterThan(2);
  expect(calls).toHaveLength(2);
  expect(calls[1]).toEqual(calls[0]);
});

test('a commit tells its rows and its time, and of whom they are', async () => {
  await appendKnocks(
    store,
    Array.from({ length: 300 }, (_, i) => [`door-${i}`, 'ada'] as const),
  );
  const app = await startOn(store, { use: [Hall] });
  await app.settled();
  await app.stop();
  const [rows] = await sdk.points('waybill.commit.rows');
  expect(rows?.value).toMatchObject({ sum: 600 });
  const times = await sdk.points('messaging.client.operation.duration');
  expect(times.map(({ attributes }) => attributes['messaging.operation.name'])).toEqual(['commit']);
  expect((times[0]?.value as { count: number }).count).toBe((rows?.value as { count: number }).count);
  const commits = sdk.spans('commit');
  expect(commits.reduce((sum, { attributes }) => sum + Number(attributes['messaging.batch.message_count']), 0)).toBe(600);
  expect(commits.reduce((sum, { attributes }) => sum + Number(attributes['waybill.commit.streams']), 0)).toBe(300);
  for (const { links } of commits) expect(links.length).toBeLessThanOrEqual(128);
});

test('lag and what waits are looked up when a reader asks; after the stop there is nobody to ask', async () => {
  let open: () => void = () => undefined;
  const door = new Promise<void>((resolve) => (open = resolve));
  const called = new Promise<void>((resolve) => {
    does.greet = () => (resolve(), door);
  });
  const app = await startOn(store);
  const lagOf = async (consumer: string): Promise<unknown> =>
    (await sdk.points('waybill.consumer.lag')).find(({ attributes }) => attributes['messaging.consumer.group.name'] === consumer)?.value;
  await knock(app, 'front');
  await called;
  while (app.progress().some(({ consumer, position }) => consumer !== 'greet' && position < 4)) await new Promise(setImmediate);
  expect(await store.head()).toBe(4);
  expect([await lagOf('hall'), await lagOf('doors'), await lagOf('greet')]).toEqual([0, 0, 4]);
  expect(await sdk.points('waybill.waiting')).toMatchObject([{ value: 1 }]);
  open();
  await app.settled();
  expect(await lagOf('greet')).toBe(0);
  await app.stop();
  const asked = jest.spyOn(store, 'head');
  await lagOf('greet');
  expect(asked).not.toHaveBeenCalled();
});

test('a store that does not answer has no lag, and the reader gets everything else', async () => {
  const app = await startOn(store, { use: [Hall] });
  jest.spyOn(store, 'head').mockRejectedValue(new Error('gone'));
  expect(await sdk.points('waybill.consumer.lag')).toEqual([]);
  expect(await sdk.points('waybill.waiting')).toMatchObject([{ value: 0 }]);
  await app.stop();
});

test('a handler is called again inside the same span, once per attempt, also where it returns what runs when it is awaited', async () => {
  let runs = 0;
  const spans = new Set<string | undefined>();
  does.greet = () =>
    ({
      then(resolve: () => void, reject: (error: Error) => void) {
        runs++;
        spans.add(trace.getActiveSpan()?.spanContext().spanId);
        if (runs < 3) reject(new Error('no line'));
        else resolve();
      },
    }) as Promise<void>;
  const app = await startOn(store, { use: [Porch, Hall, Greet] });
  await knock(app, 'front');
  await app.settled();
  await app.stop();
  expect(runs).toBe(3);
  const span = sdk.span('process greet');
  expect([...spans]).toEqual([span.spanContext().spanId]);
  expect(span.attributes).toMatchObject({ 'waybill.outcome': 'applied', 'waybill.attempts': 3 });
  expect(span.events.map(({ attributes }) => attributes?.['exception.message'])).toEqual(['no line', 'no line']);
});

test('what a stop hands back to the log ends its span without an outcome, and comes to one in the next run', async () => {
  does.hall = () => {
    throw new Error('not now');
  };
  await appendKnocks(store, [['front', 'ada']]);
  const first = await startOn(store, { use: [Hall], limits: { attempts: 1_000 } });
  while (sdk.spans().length === 0 && first.counts().waiting === 0) await new Promise(setImmediate);
  await first.stop();
  expect(sdk.span('process hall').attributes).not.toHaveProperty(['waybill.outcome']);
  doNothing();
  const second = await startOn(store, { use: [Hall] });
  await second.settled();
  await second.stop();
  expect(sdk.spans('process hall').map(({ attributes }) => attributes['waybill.outcome'])).toEqual([undefined, 'applied']);
});

test('a projection has a span per event, and its rows are right', async () => {
  const app = await startOn(store, { use: [Porch, Hall, Doors] });
  await knock(app, 'front');
  await knock(app, 'back');
  await app.settled();
  expect(await app.view(Doors).all()).toEqual([{ open: true }, { open: true }]);
  await app.stop();
  const halls = sdk.spans('process hall').map((span) => span.spanContext().spanId);
  expect(sdk.spans('process doors').map(({ links }) => links[0]?.context.spanId)).toEqual(halls);
});

test('personal data stays encrypted with its context beside it, and is read in clear', async () => {
  class Named extends Event('Named', { personal: ['name'], subject: (e) => e.id })<{ id: string; name: string }> {}
  expect(Named.messageType).toBe('Named');
  const { Actor, Aggregate, App, Command, Handler, Handles, On } = await import('waybill');
  class Name extends Command('Name')<{ id: string }> {}
  @Aggregate('people')
  class People extends Actor<null, Name, Named> {
    initial() {
      return null;
    }
    key(c: Name) {
      return c.id;
    }
    @Handles(Name) name({ id }: Name) {
      return new Named({ id, name: 'Ada Lovelace' });
    }
  }
  const seen: string[] = [];
  @Handler('reader', { delivery: 'at-least-once' })
  class Reader {
    @On(Named) named({ name }: Named) {
      seen.push(name);
    }
  }
  const app = await App.start({ store, use: [People, Reader], telemetry: true });
  await app.send(People, new Name({ id: 'p1' }), { id: '1' });
  await app.settled();
  await app.stop();
  expect(seen).toEqual(['Ada Lovelace']);
  const row = (await store.read('people-p1')).find(({ type }) => type === 'Named');
  expect(row?.data).not.toContain('Lovelace');
  expect(JSON.parse(row?.meta ?? '')).toHaveProperty('traceparent');
  expect(sdk.span('process reader').links[0]?.context.spanId).toBe(sdk.span('send people').spanContext().spanId);
  expect(JSON.stringify(sdk.spans().map(({ attributes, events, status }) => ({ attributes, events, status })))).not.toContain('Lovelace');
});

test('holds nothing of a message that has come to its end', async () => {
  const app = await startOn(store);
  const watch = Reflect.get(app, 'watch') as object;
  const processes = Reflect.get(Reflect.get(watch, 'telemetry') as object, 'processes') as object;
  const held = (): number[] => ['open', 'commands'].map((name) => (Reflect.get(processes, name) as Map<string, unknown>).size);
  const answers = Array.from({ length: 50 }, (_, i) =>
    knock(app, `door-${i % 7}`, i % 3 === 0 ? 'wolf' : 'ada', `${i % 20}`).catch(() => undefined),
  );
  expect(held()[1]).toBeGreaterThan(0);
  await Promise.all(answers);
  await app.settled();
  expect(held()).toEqual([0, 0]);
  await app.stop();
});
