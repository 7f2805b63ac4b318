/**
 * I2, I11, I12: an event changes its row once, whoever delivers it again and however many workers run. This file owns a generation's
 * reads, writes and outcomes; `fold` plans each row, `parking` releases what is parked, `projection` chooses the generation.
 */

import type { ActorDefinition } from '../actors/definition';
import { streamOf } from '../actors/stream-of';
import { describe, isTransient } from '../base/errors';
import { backoff, retryTransient, sleep } from '../base/runtime';
import { Signal } from '../base/signal';
import { LogConsumer } from '../consumers/consumer';
import type { ConsumerContext } from '../flow/context';
import type { Delivery, Ticket } from '../flow/delivery';
import { publish, type Result } from '../flow/outcome';
import type { Newer } from '../history/newer';
import { readMessage } from '../history/read-message';
import type { AnyMessageClass } from '../messages/message';
import { checkName } from '../store/limits';
import type { Recorded, Views } from '../store/port';
import { parkStuck, planRow, type RowPlan } from './fold';
import { foldVersion, generationName, loadGenerations } from './generation';
import { ParkStreams } from './park-streams';
import { ProjectionParking } from './parking';
import { rowStateOf } from './row';
import { ViewCheckpoint } from './view-checkpoint';

const BATCH = 256;

/**
 * Folds events into the rows of one generation. Each row is written together with the position of its last event, and
 * only if it is still at the position that was read: so a repeated event or another worker changes nothing. An
 * outcome is published when its row is durable in a generation that no later one had replaced by then.
 */
export class ProjectionWorker extends LogConsumer {
  readonly view: string;
  readonly parking: ProjectionParking;
  /** The checkpoint, where it stands among the rows. */
  readonly apart: ViewCheckpoint | undefined;
  private readonly parks: ParkStreams;
  private readonly changed = new Signal();
  private queue: Delivery[] = [];
  private working = false;
  private stopping = false;
  private left = false;

  constructor(
    private readonly definition: ActorDefinition,
    readonly generation: number,
    private readonly views: Views,
    context: ConsumerContext,
    /** Called once, when a later generation is current: from then on this one takes no events. */
    private readonly replaced: () => void,
  ) {
    const view = generationName(definition.name, generation);
    const apart = views.apart ? new ViewCheckpoint(views, view, context.store) : undefined;
    super(definition.name, view, [...definition.folds.keys()], context, apart && { checkpoint: () => apart });
    this.view = view;
    this.apart = apart;
    this.parks = new ParkStreams(view, context.store, context.runtime);
    this.parking = new ProjectionParking(definition, views, context, view, this.parks, () => this.lowWatermark);
  }

  /** Whether a later generation is current. */
  get isReplaced(): boolean {
    return this.left;
  }

  async stop(): Promise<void> {
    await this.subscription.halt();
    this.stopping = true;
    while (this.working) await this.changed.wait();
    await this.subscription.stop();
  }

  /** Wakes those who wait for its progress. */
  wake(): void {
    this.subscription.changed.notify();
  }

  protected take(row: Recorded, ticket: Ticket): Newer | void {
    this.apart?.saw(row);
    const read = readMessage(this.definition.folds.get(row.type)?.message as AnyMessageClass, row);
    if (read.newer) return read.newer;
    let stream: string | undefined;
    let { invalid } = read;
    try {
      const subject = read.message ?? read.unchecked;
      stream = subject && streamOf(this.definition, subject);
      if (stream !== undefined) checkName('park stream of the row', `~000000:row${stream}`);
    } catch (error) {
      stream = undefined;
      invalid = describe(error);
    }
    if (stream === undefined && invalid === undefined) return this.subscription.finish(ticket);
    this.context.outcomes.receive();
    const place = stream ?? this.parks.streamAt(row.position);
    this.queue.push(this.deliveryOf(row, row.type, place, { message: read.message, invalid }, ticket));
    if (this.working) return;
    this.working = true;
    this.context.runtime.defer(() => void this.work());
  }

  /** Batch by batch until the queue is empty. A transient store failure is retried, any other stops the system. */
  private async work(): Promise<void> {
    let open: readonly Delivery[] = [];
    try {
      for (let failures = 0; !this.left && open.length + this.queue.length > 0;) {
        if (open.length === 0) open = this.queue.splice(0, BATCH);
        try {
          open = await this.fold(open);
          failures = 0;
        } catch (error) {
          if (!isTransient(error) || this.stopping) throw error;
          await sleep(this.context.runtime, backoff(this.context.runtime, failures++));
        }
      }
    } catch (error) {
      if (!isTransient(error)) this.context.fatal(error);
    } finally {
      for (const delivery of [...open, ...this.queue.splice(0)]) delivery.receiver.failed(delivery, undefined);
      this.working = false;
      this.changed.notify();
    }
  }

  /** Reads, folds and writes rows by compare-and-set. Resolves with the deliveries to fold again, such as those of rows that lost. */
  private async fold(open: readonly Delivery[]): Promise<readonly Delivery[]> {
    const byKey = new Map<string, Delivery[]>();
    const rowless: Delivery[] = [];
    for (const delivery of open) {
      const key = this.keyOf(delivery);
      const same = key === undefined ? rowless : byKey.get(key);
      if (same) same.push(delivery);
      else byKey.set(key as string, [delivery]);
    }
    const stored = new Map((await this.views.load(this.view, [...byKey.keys()])).map((row) => [row.key, row]));
    const planned = [...byKey].map(([key, deliveries]) => planRow(this.definition, rowStateOf(key, stored.get(key)), deliveries));
    const parks = rowless.length > 0 || planned.some(({ stuck }) => stuck);
    // A generation that was replaced may have been dropped: its rows would look as if no event had reached them.
    if (parks && (await this.isLeft())) return open;
    const parked = async (plan: RowPlan): Promise<RowPlan> => (plan.stuck ? parkStuck(this.definition, this.parks, plan) : plan);
    const plans = parks ? await Promise.all(planned.map(parked)) : planned;
    const ends = parks ? await this.parkRowless(rowless) : [];
    const changed = plans.filter(({ write }) => write);
    const writes = changed.flatMap(({ write }) => write ?? []);
    const reach = writes.length > 0 ? this.apart?.reach() : undefined;
    const held = writes.length > 0 ? await this.views.write(this.view, reach ? [...writes, reach] : writes) : [];
    if (reach) await this.apart?.reached(held.at(-1) === true);
    const lost = new Set(changed.filter((_, i) => !held[i]));
    if (await this.isLeft()) return open;
    rowless.forEach((delivery, i) => this.done(delivery, ends[i] as Result));
    return plans.flatMap((plan) => (lost.has(plan) ? plan.deliveries : this.end(plan)));
  }

  /** Undefined for an event without a row. */
  private keyOf({ stream }: Delivery): string | undefined {
    return stream.startsWith(`${this.name}-`) ? stream.slice(this.name.length + 1) : undefined;
  }

  /** A failed look is retried alone: the writes before it are durable, and to fold again would report them as duplicates. */
  private async isLeft(): Promise<boolean> {
    const look = () => loadGenerations(this.views, this.name);
    const { current, version } = await look().catch(() => retryTransient(this.context.runtime, () => this.stopping, look));
    const isOurs = current < this.generation || (current === this.generation && version === foldVersion(this.definition));
    if (isOurs || this.left) return this.left;
    this.left = true;
    this.wake();
    this.replaced();
    return true;
  }

  /** A duplicate if another worker has parked it before: then its stream exists. */
  private parkRowless(deliveries: readonly Delivery[]): Promise<Result[]> {
    return Promise.all(
      deliveries.map(async (delivery) => {
        const entry = this.parks.parked(delivery, 'invalid', delivery.invalid, this.definition);
        const end = await this.parks.append({ stream: delivery.stream, version: 'none' }, [entry]);
        return end ? { kind: 'parked', reason: entry.reason } : { kind: 'duplicate' };
      }),
    );
  }

  /** Publishes the results; returns the deliveries that have none yet. */
  private end({ state, deliveries, results }: RowPlan): readonly Delivery[] {
    results.forEach((result, i) => {
      const { type, cause, stream } = deliveries[i] as Delivery;
      const at = result.kind === 'parked' ? this.parks.streamOf(state.key) : stream;
      publish(this.context.outcomes, this.name, { type, cause, stream: at }, result);
      this.finish(deliveries[i] as Delivery);
    });
    return deliveries.slice(results.length);
  }
}
