import type { Attributes, BatchObservableResult, Histogram, Meter } from '@opentelemetry/api';
import type { Outcome, Store, System } from '@waybill/core';
import type { Guard } from './api';
import { COMMIT, ERROR, processedOf, sendOf } from './names';

/** Seconds, as the conventions say. */
const SECONDS = { explicitBucketBoundaries: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10] };
/** A commit on a local disk takes less than the smallest bucket of the conventions. */
const FINE_SECONDS = { explicitBucketBoundaries: [0.0005, 0.001, 0.0025, ...SECONDS.explicitBucketBoundaries] };
const ROWS = { explicitBucketBoundaries: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000] };

/** Counters and histograms are recorded as things happen; lag is looked up when a reader of the SDK asks for it. */
export class Metrics {
  private readonly consumed;
  private readonly sent;
  private readonly processing: Histogram;
  private readonly operations: Histogram;
  private readonly rows: Histogram;
  private readonly attributes = new Map<string, Attributes>();
  private unobserve: () => void = () => undefined;

  constructor(
    private readonly meter: Meter,
    private readonly guard: Guard,
  ) {
    this.consumed = meter.createCounter('messaging.client.consumed.messages', {
      unit: '{message}',
      description: 'Deliveries that came to their outcome',
    });
    this.sent = meter.createCounter('messaging.client.sent.messages', { unit: '{message}', description: 'Commands sent to aggregates' });
    this.processing = meter.createHistogram('messaging.process.duration', {
      unit: 's',
      description: 'From the first run of a method to the durable outcome',
      advice: SECONDS,
    });
    this.operations = meter.createHistogram('messaging.client.operation.duration', {
      unit: 's',
      description: 'Commits, and sends from the call to the answer',
      advice: FINE_SECONDS,
    });
    this.rows = meter.createHistogram('waybill.commit.rows', { unit: '{row}', description: 'Rows of one append', advice: ROWS });
  }

  ended(outcome: Outcome): void {
    this.consumed.add(1, this.attributesOf(outcome));
  }

  processed(seconds: number, outcome: Outcome): void {
    this.processing.record(seconds, this.attributesOf(outcome));
  }

  answered(seconds: number, actor: string, error: Attributes): void {
    const attributes = { ...sendOf(actor), ...error };
    this.sent.add(1, attributes);
    this.operations.record(seconds, attributes);
  }

  committed(seconds: number, rows: number, error: Attributes): void {
    this.operations.record(seconds, { ...COMMIT, ...error });
    if (!(ERROR in error)) this.rows.record(rows, COMMIT);
  }

  observe(system: Pick<System, 'progress' | 'counts'>, store: Store): void {
    const lag = this.meter.createObservableGauge('waybill.consumer.lag', {
      unit: '{position}',
      description: 'From what a consumer has finished to the newest row of the log, rows for others included',
    });
    const waiting = this.meter.createObservableUpDownCounter('waybill.waiting', {
      unit: '{message}',
      description: 'Deliveries taken in and without an outcome yet',
    });
    const look = async (seen: BatchObservableResult): Promise<void> => {
      // Without an answer from the store there is no lag to report.
      const head = await store.head().catch(() => undefined);
      this.guard.run(() => {
        seen.observe(waiting, system.counts().waiting);
        if (head === undefined) return;
        for (const { consumer, position } of system.progress())
          seen.observe(lag, Math.max(0, head - position), { 'messaging.consumer.group.name': consumer });
      });
    };
    this.meter.addBatchObservableCallback(look, [lag, waiting]);
    this.unobserve = () => this.meter.removeBatchObservableCallback(look, [lag, waiting]);
  }

  /** Made once for each consumer, type and outcome. */
  private attributesOf(outcome: Outcome): Attributes {
    const { consumer, type, kind } = outcome;
    const key = `${kind} ${consumer} ${type}`;
    const known = this.attributes.get(key);
    if (known) return known;
    const made = processedOf(outcome);
    this.attributes.set(key, made);
    return made;
  }

  close(): void {
    this.unobserve();
    this.unobserve = () => undefined;
  }
}
