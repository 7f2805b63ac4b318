import { diag, metrics, trace } from '@opentelemetry/api';
import { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, BatchSpanProcessor, InMemorySpanExporter } from '@opentelemetry/sdk-trace-base';
import { App, memoryStore } from 'waybill';
import { Hall, knock, Porch } from './telemetry/kit';

test('an app that is watched, as the README shows it', async () => {
  const [store, use, log] = [memoryStore(), [Porch, Hall], { ...console, info: () => undefined }];
  const spans = new InMemorySpanExporter();
  const measured = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter: measured });
  // #region watched
  const tracers = new BasicTracerProvider({ spanProcessors: [new BatchSpanProcessor(spans)] });
  const meters = new MeterProvider({ readers: [reader] });
  trace.setGlobalTracerProvider(tracers); // any SDK of OpenTelemetry, registered before the start
  metrics.setGlobalMeterProvider(meters);

  const app = await App.start({ store, use, telemetry: true, logger: log });
  // #endregion
  await knock(app, 'front');
  await app.settled();
  await tracers.forceFlush();
  await meters.forceFlush();
  expect(spans.getFinishedSpans().map(({ name }) => name)).toEqual(expect.arrayContaining(['send porch', 'process hall', 'commit']));
  expect(measured.getMetrics()).not.toEqual([]);
  await app.stop();
  await Promise.all([tracers.shutdown(), meters.shutdown()]);
  for (const api of [trace, metrics, diag]) api.disable();
});
