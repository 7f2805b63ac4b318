import type { Ticket } from './checkpoint';
import { canonical } from './content';
import { deliveryOf, publish, streamOf } from './consumer';
import type { Consumer, Setting } from './consumer';
import type { ActorDefinition } from './definition';
import type { Delivery, Ending, Receiver } from './delivery';
import { describe, isPassing } from './errors';
import { parkOnly, parkStreamOf } from './handler';
import type { AnyMessageClass, Message } from './message';
import type { OutcomeKind } from './outcome';
import { Flow } from './process';
import { backoff, sleep } from './runtime';
import { Signal } from './signal';
import type { Recorded, ViewRow, Views, ViewWrite } from './store';
import { Intake, readMessage } from './subscription';

const BATCH = 256;

/**
 * Folds events into rows to read. Each row is written together with the position of the last event in it, and only if it
 * still stands at the position that was read: so a repeated, late or second worker changes nothing.
 */
export class ProjectionConsumer implements Consumer, Receiver {
  readonly name: string;
  private readonly intake: Intake;
  private readonly parking: Flow;
  private readonly changed = new Signal();
  private queue: Delivery[] = [];
  private working = false;
  private stopping = false;

  constructor(
    private readonly definition: ActorDefinition,
    private readonly views: Views,
    private readonly setting: Setting,
  ) {
    const { store, runtime, limits, fatal } = setting;
    this.name = definition.name;
    this.intake = new Intake(
      this.name,
      [...definition.folds.keys()],
      store,
      runtime,
      limits,
      (row, ticket) => this.take(row, ticket),
      fatal,
    );
    this.parking = new Flow(parkOnly(this.name), store, runtime, limits, () => false, fatal);
  }

  get low(): number {
    return this.intake.low;
  }
  moved(): Promise<void> {
    return this.intake.changed.wait();
  }
  start(): Promise<void> {
    return this.intake.start();
  }
  async stop(): Promise<void> {
    await this.intake.halt();
    this.stopping = true;
    while (this.working) await this.changed.wait();
    await this.parking.stop();
    await this.intake.stop();
  }

  done(delivery: Delivery, ending: Ending): void {
    publish(this.setting.outcomes, this.name, delivery, ending);
    this.intake.finish(delivery.ticket as Ticket);
  }
  failed(): void {
    this.setting.outcomes.withdraw();
  }

  private take(row: Recorded, ticket: Ticket): void {
    const { message, invalid } = readMessage(this.definition.folds.get(row.type)?.message as AnyMessageClass, row);
    let stream: string | undefined;
    let wrong = invalid;
    try {
      if (message) stream = streamOf(this.definition, message);
    } catch (error) {
      wrong = describe(error);
    }
    if (stream === undefined && wrong === undefined) return this.intake.finish(ticket);
    this.setting.outcomes.receive();
    const source = this.setting.store.id;
    if (stream === undefined)
      return this.parking.deliver(deliveryOf(row, parkStreamOf(this.name, row.position), source, undefined, wrong, this, ticket));
    this.queue.push(deliveryOf(row, stream, source, message, undefined, this, ticket));
    if (this.working) return;
    this.working = true;
    this.setting.runtime.soon(() => void this.work().catch(this.setting.fatal));
  }

  private async work(): Promise<void> {
    try {
      for (let failures = 0; this.queue.length > 0;) {
        const batch = this.queue.slice(0, BATCH);
        try {
          await this.fold(batch);
          this.queue = this.queue.slice(batch.length);
          failures = 0;
        } catch (error) {
          if (!isPassing(error) || this.stopping) {
            for (const delivery of this.queue.splice(0)) delivery.receiver.failed(delivery, error);
            throw error;
          }
          await sleep(this.setting.runtime, backoff(this.setting.runtime, failures++));
        }
      }
    } finally {
      this.working = false;
      this.changed.notify();
    }
  }

  /** One batch to its end: rows read, folded, written by compare-and-set; a row that lost is read and folded anew. */
  private async fold(batch: readonly Delivery[]): Promise<void> {
    for (let open = batch; open.length > 0;) {
      const byKey = new Map<string, Delivery[]>();
      for (const delivery of open) {
        const key = delivery.stream.slice(this.name.length + 1);
        const same = byKey.get(key);
        if (same) same.push(delivery);
        else byKey.set(key, [delivery]);
      }
      const stored = new Map((await this.views.load(this.name, [...byKey.keys()])).map((row) => [row.key, row]));
      const plans = [...byKey].map(([key, deliveries]) => this.plan(key, stored.get(key), deliveries));
      const changed = plans.filter((plan) => plan.write.position > plan.write.expected);
      const writes = changed.map((plan) => plan.write);
      const held = writes.length > 0 ? await this.views.write(this.name, writes) : [];
      const lost = new Set(changed.filter((_, i) => !held[i]));
      open = (await Promise.all(plans.map(async (plan) => (lost.has(plan) ? plan.deliveries : this.end(plan))))).flat();
    }
  }

  /** Folds a row up to the first event that throws: that one is parked before the row's position moves past it. */
  private plan(key: string, stored: ViewRow | undefined, deliveries: readonly Delivery[]): RowPlan {
    const expected = stored?.position ?? 0;
    let position = expected;
    let row = stored?.row;
    const endings: OutcomeKind[] = [];
    for (const delivery of deliveries) {
      const at = delivery.cause.position;
      if (at <= expected) {
        endings.push('duplicate');
        continue;
      }
      try {
        const state: unknown = row === undefined ? this.definition.initial() : JSON.parse(row);
        const next = this.definition.folds.get(delivery.type)?.fold(delivery.message as Message, state);
        row = next === undefined ? undefined : canonical(next);
      } catch (error) {
        return { write: { key, row, position, expected }, deliveries, endings, error };
      }
      position = at;
      endings.push('applied');
    }
    return { write: { key, row, position, expected }, deliveries, endings, error: undefined };
  }

  /** Publishes what is durable, parks the event that failed, and answers those behind it. */
  private async end({ deliveries, endings, error }: RowPlan): Promise<readonly Delivery[]> {
    endings.forEach((kind, i) => this.done(deliveries[i] as Delivery, { kind }));
    const failed = deliveries[endings.length];
    if (!failed) return [];
    await new Promise<void>((resolve) => {
      const { type, cause, time, raw, ticket } = failed;
      const row = { type, id: cause.id, position: cause.position, time, data: raw };
      const receiver: Receiver = {
        done: (delivery, ending) => (this.done(delivery, ending), resolve()),
        failed: () => (this.failed(), resolve()),
      };
      const stream = parkStreamOf(this.name, cause.position);
      this.parking.deliver(deliveryOf(row, stream, cause.source, undefined, describe(error), receiver, ticket as Ticket));
    });
    return deliveries.slice(endings.length + 1);
  }
}

interface RowPlan {
  readonly write: ViewWrite;
  readonly deliveries: readonly Delivery[];
  /** Of the deliveries in order, up to the one that failed. */
  readonly endings: readonly OutcomeKind[];
  readonly error: unknown;
}
