import type { Ticket } from './checkpoint';
import { canonical } from './content';
import { LogConsumer, streamOf } from './consumer';
import type { Setting } from './consumer';
import type { ActorDefinition } from './definition';
import type { Delivery, Receiver } from './delivery';
import { describe, isPassing } from './errors';
import { parkingOf, parkStreamOf } from './call-parking';
import type { AnyMessageClass, Message } from './message';
import type { OutcomeKind } from './outcome';
import type { Flow } from './process';
import { backoff, sleep } from './runtime';
import { Signal } from './signal';
import type { Recorded, ViewRow, Views, ViewWrite } from './store';
import { readMessage } from './subscription';

const BATCH = 256;

/**
 * Folds events into rows to read. Each row is written together with the position of the last event in it, and only if it
 * still stands at the position that was read: so a repeated, late or second worker changes nothing.
 */
export class ProjectionConsumer extends LogConsumer {
  private readonly parked: Flow;
  private readonly changed = new Signal();
  private queue: Delivery[] = [];
  private working = false;
  private stopping = false;
  /** An event could not be parked: no row moves past it any more. */
  private halted = false;

  constructor(
    private readonly definition: ActorDefinition,
    private readonly views: Views,
    setting: Setting,
  ) {
    super(definition.name, definition.name, [...definition.folds.keys()], setting);
    this.parked = parkingOf(this.name, setting);
  }

  async stop(): Promise<void> {
    await this.intake.halt();
    this.stopping = true;
    await this.parked.stop();
    while (this.working) await this.changed.wait();
    await this.intake.stop();
  }

  protected take(row: Recorded, ticket: Ticket): void {
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
    if (stream === undefined) {
      return this.parked.deliver(this.deliveryOf(row, parkStreamOf(this.name, row.position), undefined, wrong, ticket));
    }
    this.queue.push(this.deliveryOf(row, stream, message, undefined, ticket));
    if (this.working) return;
    this.working = true;
    this.setting.runtime.soon(() => void this.work());
  }

  /** Batch by batch until nothing waits. A store failure that passes is waited for, any other stops the system. */
  private async work(): Promise<void> {
    let open: readonly Delivery[] = [];
    try {
      for (let failures = 0; !this.halted && open.length + this.queue.length > 0;) {
        if (open.length === 0) open = this.queue.splice(0, BATCH);
        try {
          open = await this.fold(open);
          failures = 0;
        } catch (error) {
          if (!isPassing(error) || this.stopping) throw error;
          await sleep(this.setting.runtime, backoff(this.setting.runtime, failures++));
        }
      }
    } catch (error) {
      if (!isPassing(error)) this.setting.fatal(error);
    } finally {
      for (const delivery of [...open, ...this.queue.splice(0)]) delivery.receiver.failed(delivery, undefined);
      this.working = false;
      this.changed.notify();
    }
  }

  /** Rows read, folded, written by compare-and-set. Answers what is left: rows that lost are read and folded anew. */
  private async fold(open: readonly Delivery[]): Promise<readonly Delivery[]> {
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
    return (await Promise.all(plans.map(async (plan) => (lost.has(plan) ? plan.deliveries : this.end(plan))))).flat();
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
        failed: () => {
          this.failed();
          this.halted = true;
          resolve();
        },
      };
      const stream = parkStreamOf(this.name, cause.position);
      this.parked.deliver(this.deliveryOf(row, stream, undefined, describe(error), ticket as Ticket, receiver));
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
