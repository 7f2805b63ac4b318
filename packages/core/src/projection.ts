import type { Ticket } from './checkpoint';
import { canonical } from './content';
import { deliveryOf, publish, streamOf } from './consumer';
import type { Consumer, Setting } from './consumer';
import type { ActorDefinition } from './definition';
import type { Delivery, Ending, Receiver } from './delivery';
import { describe, isPassing } from './errors';
import { parkOnly, parkStreamOf } from './handler';
import type { AnyMessageClass } from './message';
import { Flow } from './process';
import { backoff, sleep } from './runtime';
import { Signal } from './signal';
import type { Recorded, Views, ViewWrite } from './store';
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
      stream = message ? streamOf(this.definition, message) : '';
    } catch (error) {
      wrong = describe(error);
    }
    if (stream === undefined && wrong === undefined) return this.intake.finish(ticket);
    this.setting.outcomes.receive();
    if (wrong !== undefined) return this.park(row, ticket, wrong);
    this.queue.push(deliveryOf(row, stream as string, this.setting.store.id, message, undefined, this, ticket));
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
    const prefix = this.name.length + 1;
    for (let open = batch; open.length > 0;) {
      const keys = [...new Set(open.map((d) => d.stream.slice(prefix)))];
      const stored = new Map((await this.views.load(this.name, keys)).map((row) => [row.key, row]));
      const plans = keys.map((key) =>
        this.rowOf(
          key,
          stored.get(key),
          open.filter((d) => d.stream.slice(prefix) === key),
        ),
      );
      const changed = plans.filter((plan) => plan.write.position > plan.write.expected);
      const held =
        changed.length > 0
          ? await this.views.write(
              this.name,
              changed.map((plan) => plan.write),
            )
          : [];
      const lost = new Set(changed.filter((_, i) => !held[i]));
      for (const plan of plans) if (!lost.has(plan)) for (const end of plan.ends) end();
      open = [...lost].flatMap((plan) => plan.deliveries);
    }
  }

  private rowOf(
    key: string,
    stored: ViewWrite | { row: string | undefined; position: number } | undefined,
    deliveries: readonly Delivery[],
  ): RowPlan {
    const expected = stored?.position ?? 0;
    let position = expected;
    let state: unknown = stored?.row === undefined ? this.definition.initial() : (JSON.parse(stored.row) as unknown);
    let row = stored?.row;
    const ends: (() => void)[] = [];
    for (const delivery of deliveries) {
      const at = delivery.cause.position;
      if (at <= position) {
        ends.push(() => this.done(delivery, { kind: 'duplicate' }));
        continue;
      }
      try {
        const next = this.definition.folds.get(delivery.type)?.fold(delivery.message as never, state);
        row = next === undefined ? undefined : canonical(next);
        state = next === undefined ? this.definition.initial() : next;
        position = at;
        ends.push(() => this.done(delivery, { kind: 'applied' }));
      } catch (error) {
        ends.push(() =>
          this.park(
            { ...delivery.cause, type: delivery.type, time: delivery.time, data: delivery.raw },
            delivery.ticket as Ticket,
            describe(error),
          ),
        );
      }
    }
    return { write: { key, row, position, expected }, ends, deliveries };
  }

  private park(row: Pick<Recorded, 'id' | 'type' | 'position' | 'time' | 'data'>, ticket: Ticket, reason: string): void {
    this.parking.deliver(deliveryOf(row, parkStreamOf(this.name, row.position), this.setting.store.id, undefined, reason, this, ticket));
  }
}

interface RowPlan {
  readonly write: ViewWrite;
  readonly ends: readonly (() => void)[];
  readonly deliveries: readonly Delivery[];
}
