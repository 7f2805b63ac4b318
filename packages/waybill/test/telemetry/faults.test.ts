import { context, metrics, trace } from '@opentelemetry/api';
import type { Context, ContextManager, Meter, MeterProvider, Span, Tracer } from '@opentelemetry/api';
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace-base';
import { memoryStore } from 'waybill';
import type { Logger } from 'waybill';
import { appendKnocks, does, doNothing, knock, logOf, startOn } from './kit';

/** Whatever is asked of it throws, from the call `from` on. */
function broken<T extends object>(from = 0): T & { calls: number } {
  let calls = 0;
  return new Proxy({} as T & { calls: number }, {
    get: (_, name) =>
      name === 'calls'
        ? calls
        : () => {
            if (calls++ >= from) throw new Error(`broken: ${String(name)}`);
            return broken(0);
          },
  });
}
const exporterThat = (): SpanExporter => ({
  export: () => {
    throw new Error('broken exporter');
  },
  shutdown: () => Promise.reject(new Error('broken exporter')),
});
const processorThat = (where: 'onStart' | 'onEnd'): SpanProcessor => ({
  onStart: () => undefined,
  onEnd: () => undefined,
  forceFlush: () => Promise.reject(new Error('broken processor')),
  shutdown: () => Promise.reject(new Error('broken processor')),
  [where]: () => {
    throw new Error('broken processor');
  },
});
const contextsThat = (after: boolean): ContextManager => {
  const manager = {
    active: () => ({ getValue: () => undefined }) as unknown as Context,
    with: (_: Context, run: () => unknown) => {
      if (after) run();
      throw new Error('broken context');
    },
    bind: <T>(_: Context, target: T) => target,
    enable: () => manager,
    disable: () => manager,
  };
  return manager as unknown as ContextManager;
};
const withProcessor = (spanProcessor: SpanProcessor) =>
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [spanProcessor] }));
const tracerThat = (tracer: Partial<Tracer>): void => void trace.setGlobalTracerProvider({ getTracer: () => tracer as Tracer });
const meterThat = (meter: Partial<Meter>): void => void metrics.setGlobalMeterProvider({ getMeter: () => meter as Meter } as MeterProvider);

const faults: readonly (readonly [title: string, plant: () => unknown])[] = [
  ['an exporter', () => withProcessor(new SimpleSpanProcessor(exporterThat()))],
  ['a processor at the start of a span', () => withProcessor(processorThat('onStart'))],
  ['a processor at the end of a span', () => withProcessor(processorThat('onEnd'))],
  ['a tracer', () => tracerThat(broken<Tracer>())],
  ['every span', () => tracerThat({ startSpan: () => broken<Span>() })],
  ['every meter', () => meterThat(broken<Meter>())],
  ['every instrument', () => meterThat(broken<Meter>(7))],
  ['the tracer provider', () => trace.setGlobalTracerProvider(broken())],
  ['the meter provider', () => metrics.setGlobalMeterProvider(broken())],
  ['contexts before the call', () => (withProcessor(processorThat('onEnd')), context.setGlobalContextManager(contextsThat(false)))],
  ['contexts after the call', () => (withProcessor(processorThat('onEnd')), context.setGlobalContextManager(contextsThat(true)))],
];

let greeted = 0;
beforeEach(() => {
  doNothing();
  greeted = 0;
  does.greet = async () => void greeted++;
});
afterEach(() => {
  context.disable();
  trace.disable();
  metrics.disable();
});

test.each(faults)('%s that throws disturbs nothing, and is told once', async (title, plant) => {
  const run = async (telemetry: boolean, logger?: Logger): Promise<readonly string[]> => {
    const store = memoryStore();
    await appendKnocks(store, [
      ['a', 'ada'],
      ['a', 'ada'],
      ['b', 'twin'],
    ]);
    const failures: unknown[] = [];
    const onFailure = (error: unknown): void => void failures.push(error);
    const app = await startOn(store, { telemetry, onFailure, ...(logger && { logger }) });
    const answer = await knock(app, 'front');
    await expect(knock(app, 'front', 'wolf')).rejects.toMatchObject({ code: 'REJECTED' });
    await app.settled();
    const counts = app.counts();
    await app.stop();
    expect(failures).toEqual([]);
    const rows = (await logOf(store)).map(({ stream, type, data }) => `${stream} ${type} ${data}`).sort();
    return [...rows, JSON.stringify(counts), JSON.stringify(answer), String(greeted)];
  };
  const plain = await run(false);
  greeted = 0;
  plant();
  const warned: string[] = [];
  const silent = (): void => undefined;
  const warn = (message: string): void => void (message.startsWith('telemetry') && warned.push(message));
  expect(await run(true, { debug: silent, info: silent, error: silent, warn })).toEqual(plain);
  // What the SDK catches it tells itself.
  expect(warned).toHaveLength(title === 'an exporter' ? 0 : 1);
});

test('without an SDK, telemetry is nobody to talk to, and everything works', async () => {
  const store = memoryStore();
  const app = await startOn(store);
  await knock(app, 'front');
  await app.settled();
  await app.stop();
  expect(greeted).toBe(1);
  expect((await logOf(store)).some(({ meta }) => meta.includes('traceparent'))).toBe(false);
});
