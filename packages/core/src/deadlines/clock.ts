import { deadlinesOf, type ActorDefinition } from '../actors/definition';
import { fieldsOf } from '../base/canonical-json';
import { isTransient } from '../base/errors';
import { Timer } from '../base/runtime';
import { LogConsumer } from '../consumers/consumer';
import type { Start } from '../consumers/subscription';
import type { ConsumerContext } from '../flow/context';
import { Delivery, type Ticket } from '../flow/delivery';
import type { Flow } from '../flow/flow';
import { publish, type Result } from '../flow/outcome';
import { readMessage } from '../history/read-message';
import { kindOf, metaOf, refuseUnknown } from '../history/codec';
import { timerTypes } from '../store/hidden-rows';
import type { RowMeta } from '../history/rows';
import type { Recorded } from '../store/port';
import { BUCKET, DueBuckets } from './buckets';
import { DueHeap, type Due } from './heap';
import { DueMinutes } from './minutes';

/** Deadlines that may be in the flow at once. */
const AT_ONCE = 1_024;
/** Milliseconds until the next turn after a failure. */
const AGAIN = 1_000;

/**
 * The clock of a saga: copies the rows that set deadlines from the log into buckets on disk, keeps those of the next
 * minutes in memory, and hands each to the flow once it is due. It may hand one in twice; the flow's gate lets one pass.
 */
export class DeadlineClock extends LogConsumer {
  private readonly buckets: DueBuckets;
  private readonly heap = new DueHeap();
  private readonly minutes: DueMinutes;
  private waiting: { readonly due: Due; readonly ticket: Ticket }[] = [];
  private keeping: Promise<void> | undefined;
  private loading = false;
  private underWay = 0;
  private readonly timer: Timer;
  private ticking: Promise<void> | undefined;
  /** Another turn was asked for during this one. */
  private wanted = false;
  private stopping = false;

  constructor(
    private readonly definition: ActorDefinition,
    private readonly flow: Flow,
    context: ConsumerContext,
  ) {
    const name = `${definition.name}:deadlines`;
    super(name, name, deadlinesOf(definition).flatMap(timerTypes), context);
    this.timer = new Timer(context.runtime, () => this.tick());
    this.buckets = new DueBuckets(definition.name, context.store, context.runtime);
    this.minutes = new DueMinutes(
      this.buckets,
      (due) => this.heap.push(due),
      () => this.stopping,
    );
  }

  /** Whether a deadline is due, or in the flow. */
  get isDue(): boolean {
    const due = (this.heap.soonest?.due ?? Infinity) <= this.context.runtime.now();
    return due || this.underWay > 0 || this.loading || this.minutes.isAhead(this.buckets.now());
  }

  override async start(): Promise<Start> {
    await this.minutes.start();
    const begin = await this.subscription.start();
    return () => (begin(), this.tick());
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await this.subscription.halt();
    await this.ticking;
    this.timer.cancel();
    await this.keeping;
    await this.subscription.stop();
  }

  protected take(row: Recorded, ticket: Ticket): void {
    const meta = (fieldsOf(row.meta) ?? {}) as RowMeta;
    const { kind, type } = kindOf(row.type, meta);
    const { due } = meta;
    // Any producer may write a row of such a type: only rows of this saga set deadlines.
    const own = kind === 'armed' && Number.isFinite(due) && row.stream.startsWith(`${this.definition.name}-`);
    if (!own || due === undefined) return this.subscription.finish(ticket);
    const bucket = this.buckets.bucketOf(due);
    this.waiting.push({ due: { due, bucket, row: { ...row, type } }, ticket });
    this.keeping ??= this.keep();
  }

  /** Writes all that wait into their buckets together, and adds those of the minutes in memory there too. */
  private async keep(): Promise<void> {
    try {
      for (let batch = this.waiting.splice(0); batch.length > 0; batch = this.waiting.splice(0)) {
        const items = batch.map(({ due }) => due);
        for (const due of await this.buckets.keep(items, () => this.stopping)) this.minutes.take(due);
        for (const { ticket } of batch) this.subscription.finish(ticket);
        this.tick();
      }
    } catch (error) {
      if (!isTransient(error)) this.context.fatal(error);
    } finally {
      this.keeping = undefined;
    }
  }

  private tick(): void {
    if (this.stopping) return;
    if (this.ticking) return void (this.wanted = true);
    this.wanted = false;
    this.ticking = this.turn()
      .catch((error: unknown) => {
        if (!isTransient(error)) return this.context.fatal(error);
        this.timer.set(AGAIN);
      })
      .finally(() => {
        this.ticking = undefined;
        if (this.wanted) this.tick();
      });
  }

  private async turn(): Promise<void> {
    this.loading = this.minutes.isAhead(this.buckets.now() + 1);
    await this.minutes.lookAt(this.buckets.now() + 1).finally(() => (this.loading = false));
    this.fire();
    await this.minutes.forgetDone();
    const now = this.context.runtime.now();
    const wait = this.underWay >= AT_ONCE ? AGAIN : Math.max(0, (this.heap.soonest?.due ?? Infinity) - now);
    if (!this.stopping) this.timer.set(Math.min(BUCKET - (now % BUCKET), wait));
  }

  private fire(): void {
    const now = this.context.runtime.now();
    while (this.underWay < AT_ONCE && !this.stopping && (this.heap.soonest?.due ?? Infinity) <= now) this.deliver(this.heap.pop() as Due);
  }

  private deliver(item: Due): void {
    const { due, row } = item;
    const { store, outcomes } = this.context;
    const { key = '' } = metaOf(row as unknown as Recorded);
    const { message } = this.definition.inputs.get(row.type) ?? {};
    if (!message) return (refuseUnknown(this.definition, row, row.type), this.minutes.ended(item));
    const read = readMessage(message, row as unknown as Recorded);
    const receiver = {
      done: (delivery: Delivery, result: Result): void => {
        publish(outcomes, this.definition.name, delivery, result);
        this.minutes.ended(item);
        if (--this.underWay < AT_ONCE / 2) this.tick();
      },
      // The next run finds it in its bucket.
      failed: (): void => this.failed(),
    };
    this.underWay++;
    outcomes.receive();
    const { id, position, version, stream, data: raw, erased } = row;
    const cause = { id, source: store.id, position };
    const { messageType: type } = message;
    const what = { type, stream, cause, time: due, message: read.message, invalid: read.invalid, raw, erased, receiver };
    this.flow.deliver(Delivery.deadline(what, version, key, type === row.type ? undefined : row.type));
  }
}
