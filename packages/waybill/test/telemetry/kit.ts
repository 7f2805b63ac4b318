import { context, diag, DiagLogLevel, metrics, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import type { DataPoint, Histogram } from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { ReadableSpan, Sampler, SpanProcessor } from '@opentelemetry/sdk-trace-base';
import {
  Actor,
  Aggregate,
  App,
  Applies,
  Command,
  conflict,
  discard,
  Event,
  Handler,
  Handles,
  On,
  Projection,
  Rejected,
  Saga,
} from 'waybill';
import type { AppOptions, Meta, Store } from 'waybill';

/** The real SDK, registered globally, that keeps what it is given. */
export class Sdk {
  readonly exporter = new InMemorySpanExporter();
  private readonly measured = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  private readonly reader = new PeriodicExportingMetricReader({ exporter: this.measured, exportIntervalMillis: 2 ** 30 });
  readonly tracers: BasicTracerProvider;
  readonly meters = new MeterProvider({ readers: [this.reader] });
  /** What the SDK says of how it is used: a span that is ended twice, an attribute that is none. */
  readonly complaints: string[] = [];

  constructor({ sampler, processor }: { sampler?: Sampler; processor?: SpanProcessor } = {}) {
    this.tracers = new BasicTracerProvider({
      spanProcessors: [processor ?? new SimpleSpanProcessor(this.exporter)],
      ...(sampler && { sampler }),
    });
    const say = (...words: unknown[]): void => void this.complaints.push(words.join(' '));
    diag.setLogger({ verbose: say, debug: say, info: say, warn: say, error: say }, DiagLogLevel.WARN);
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    trace.setGlobalTracerProvider(this.tracers);
    metrics.setGlobalMeterProvider(this.meters);
  }

  /** Ended spans, the first one first. */
  spans(name?: string): ReadableSpan[] {
    return this.exporter.getFinishedSpans().filter((span) => name === undefined || span.name === name);
  }
  /** The one span of this name. */
  span(name: string): ReadableSpan {
    const found = this.spans(name);
    expect(found.map((span) => span.name)).toEqual([name]);
    return found[0] as ReadableSpan;
  }

  /** What a reader gets now. */
  async points(name: string): Promise<DataPoint<number | Histogram>[]> {
    this.measured.reset();
    await this.reader.forceFlush();
    const all = this.measured.getMetrics().flatMap((one) => one.scopeMetrics.flatMap((scope) => scope.metrics));
    return all
      .filter((metric) => metric.descriptor.name === name)
      .flatMap((metric) => metric.dataPoints as DataPoint<number | Histogram>[]);
  }

  async end(): Promise<void> {
    await Promise.allSettled([this.tracers.shutdown(), this.meters.shutdown()]);
    diag.disable();
    expect(this.complaints).toEqual([]);
    context.disable();
    trace.disable();
    metrics.disable();
  }
}

export class Knock extends Command('Knock')<{ door: string; who: string }> {}
export class Knocked extends Event('Knocked')<{ door: string; who: string }> {}
export class Opened extends Event('Opened')<{ door: string }> {}

@Aggregate('porch')
export class Porch extends Actor<null, Knock, Knocked> {
  initial() {
    return null;
  }
  key(c: Knock) {
    return c.door;
  }
  @Handles(Knock) knock({ door, who }: Knock) {
    if (who === 'wolf') throw new Rejected('not by the hair of my chin');
    if (who === 'broken') throw new Error('the bell is broken');
    return new Knocked({ door, who });
  }
}

/** Methods that a test may replace. */
export const does: { hall: (e: Knocked) => void; greet: (e: Opened, meta: Meta) => void | Promise<void> } = {
  hall: () => undefined,
  greet: () => undefined,
};
export function doNothing(): void {
  does.hall = () => undefined;
  does.greet = () => undefined;
}

@Saga('hall')
export class Hall extends Actor<{ n: number }, Knocked, Opened> {
  initial() {
    return { n: 0 };
  }
  key(e: Knocked) {
    return e.door;
  }
  @Handles(Knocked, { once: 'who' }) knocked(e: Knocked) {
    does.hall(e);
    if (e.who === 'nobody') return discard('the wind');
    if (e.who === 'twin') return conflict('there are two of them');
    return new Opened({ door: e.door });
  }
  @Applies(Knocked) counted(_: Knocked, s: { n: number }): { n: number } {
    return { n: s.n + 1 };
  }
}

@Handler('greet', { delivery: 'at-least-once' })
export class Greet {
  @On(Opened) opened(e: Opened, meta: Meta): void | Promise<void> {
    return does.greet(e, meta);
  }
}

@Projection('doors')
export class Doors extends Actor<{ open: boolean } | undefined, Opened> {
  initial(): { open: boolean } | undefined {
    return undefined;
  }
  key(e: Opened) {
    return e.door;
  }
  @Applies(Opened) opened(): { open: boolean } {
    return { open: true };
  }
}

export const USE = [Porch, Hall, Greet, Doors];
export const startOn = (store: Store, options: Partial<AppOptions> = {}): Promise<App> =>
  App.start({ store, use: USE, telemetry: true, ...options });
export const knock = (app: App, door: string, who = 'ada', id = `${door}-${who}`) => app.send(Porch, new Knock({ door, who }), { id });

/** As another service would append them. */
export async function appendKnocks(store: Store, knocks: readonly (readonly [door: string, who: string, meta?: string])[]): Promise<void> {
  const length = (await store.read('in', 0, 100_000)).length;
  const events = knocks.map(([door, who, meta = '{}'], i) => ({
    ...{ id: `k-${length + i}`, type: 'Knocked', data: JSON.stringify({ door, who }), meta, time: 0 },
  }));
  expect(await store.append([{ stream: 'in', expected: length === 0 ? 'none' : length - 1, events }])).toMatchObject([{ ok: true }]);
}

export async function logOf(
  store: Store,
): Promise<{ stream: string; type: string; data: string; meta: string; id: string; position: number }[]> {
  const rows = [];
  const stop = new AbortController();
  for await (const page of store.subscribe({ after: 0, everything: true }, stop.signal)) {
    rows.push(...page.events);
    if (page.caughtUp) break;
  }
  return rows.map(({ stream, type, data, meta, id, position }) => ({ stream, type, data, meta, id, position }));
}
