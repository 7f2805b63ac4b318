import { deadlinesOf, type ActorDefinition } from '../actors/definition';
import { fieldsOf } from '../base/canonical-json';
import { isTransient } from '../base/errors';
import { sleep, Timer } from '../base/runtime';
import { checkpointName, type ActorConsumer } from '../consumers/actor-consumer';
import { LogConsumer } from '../consumers/consumer';
import type { Start } from '../consumers/subscription';
import type { ConsumerContext } from '../flow/context';
import type { Delivery, Ticket } from '../flow/delivery';
import { publish, type Result } from '../flow/outcome';
import { kindOf } from '../history/codec';
import { timerTypes } from '../store/hidden-rows';
import type { RowMeta } from '../history/rows';
import type { Recorded } from '../store/port';
import { BUCKET, DueBuckets } from './buckets';
import { deliveryOf } from './due-delivery';
import { DueHeap, type Due } from './heap';
import { DueKeeper } from './keeper';
import { DueMinutes } from './minutes';
import { pendingDeadlines } from './pending';

/** Deadlines that may be in the flow at once. */
const AT_ONCE = 1_024;
/** Deadlines of past minutes that are read into memory before those in memory are done. */
const IN_MEMORY = 8_192;
/** An import is over when no old message has come for so many milliseconds. */
const QUIET = 1_000;
/** Milliseconds until the next turn after a failure. */
const AGAIN = 1_000;

/** The checkpoint of a saga's deadlines holds for their types, as that of its messages does. */
export function clockCheckpoint(definition: ActorDefinition, runtime: ConsumerContext['runtime']): string {
  return checkpointName(`${definition.name}:deadlines`, deadlinesOf(definition), runtime);
}

/**
 * The clock of a saga: copies the rows that set deadlines from the log into buckets on disk, keeps those of the next
 * minutes in memory, and hands each to the flow once it is due. It may hand one in twice; the flow's gate lets one pass.
 *
 * The log goes before the clock: a deadline that is due is handed over after every message that stood in the log by then, so
 * that no actor is told that its time is up by what came in time.
 */
export class DeadlineClock extends LogConsumer {
  private readonly buckets: DueBuckets;
  private readonly heap = new DueHeap();
  private readonly minutes: DueMinutes;
  /** Due, and waiting for the end of an import. */
  private held: Due[] = [];
  private readonly keeper: DueKeeper;
  private loading = false;
  private underWay = 0;
  private readonly timer: Timer;
  private ticking: Promise<void> | undefined;
  /** Another turn was asked for during this one. */
  private wanted = false;
  private stopping = false;

  constructor(
    private readonly definition: ActorDefinition,
    /** Takes the messages of the same actors from the log. */
    private readonly saga: ActorConsumer,
    context: ConsumerContext,
  ) {
    const { store, runtime } = context;
    super(`${definition.name}:deadlines`, clockCheckpoint(definition, runtime), deadlinesOf(definition).flatMap(timerTypes), context);
    this.timer = new Timer(runtime, () => this.tick());
    this.buckets = new DueBuckets(definition.name, store, runtime, () => this.stopping);
    const add = (due: Due): void => this.heap.push(due);
    const pause = (): Promise<void> => sleep(runtime, 0);
    this.minutes = new DueMinutes(this.buckets, add, () => this.heap.size >= IN_MEMORY || this.stopping, pause);
    const kept = (tickets: readonly Ticket[]): void => (tickets.forEach((ticket) => this.subscription.finish(ticket)), this.tick());
    this.keeper = new DueKeeper(this.buckets, this.minutes, kept, context.fatal);
  }

  /** Whether a deadline is due, or may be, or is in the flow. */
  get isDue(): boolean {
    const { yields, runtime } = this.context;
    if (yields.isStuck(this.definition.name)) return false;
    const due = (this.heap.soonest?.due ?? Infinity) <= runtime.now();
    const underWay = this.underWay > yields.left(this.definition.name);
    return due || this.ticking !== undefined || underWay || this.held.length > 0 || this.loading || this.minutes.isAhead(this.minute);
  }

  deadlines(): ReturnType<typeof pendingDeadlines> {
    const inNoBucket = [...this.heap.all, ...this.held].filter(({ place }) => typeof place !== 'string');
    return pendingDeadlines(this.definition, this.context, inNoBucket);
  }

  override async start(): Promise<Start> {
    // The checkpoint first: what it has passed is in the buckets that are listed after it was read.
    const begin = await this.subscription.start();
    await this.minutes.start();
    this.saga.watchImports(await this.context.store.head());
    return () => (begin(), this.tick());
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await this.subscription.halt();
    await this.ticking;
    this.timer.cancel();
    await this.keeper.stop();
    await this.subscription.stop();
  }

  private get minute(): number {
    return Math.floor(this.context.runtime.now() / BUCKET);
  }

  protected take(row: Recorded, ticket: Ticket): void {
    const meta = (fieldsOf(row.meta) ?? {}) as RowMeta;
    const { kind, type } = kindOf(row.type, meta);
    const { due } = meta;
    // Any producer may write a row of such a type: only rows of this saga set deadlines.
    const own = kind === 'armed' && Number.isFinite(due) && row.stream.startsWith(`${this.definition.name}-`);
    if (!own || due === undefined) return this.subscription.finish(ticket);
    const item = { due, row: { ...row, type } };
    // Long over: it needs no bucket, since nothing passes the row that set it before it is done.
    if (due < this.context.runtime.now() - BUCKET) {
      this.heap.push({ ...item, place: ticket });
      return this.tick();
    }
    this.keeper.add(item, ticket);
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
    this.loading = this.minutes.isAhead(this.minute + 1);
    await this.minutes.lookAt(this.minute + 1).finally(() => (this.loading = false));
    await this.handOver();
    // One more minute, for a deadline that was set just before its own was over.
    await this.minutes.endBefore(this.minute - 1);
    const now = this.context.runtime.now();
    const wait = this.underWay >= AT_ONCE ? AGAIN : Math.max(0, (this.heap.soonest?.due ?? Infinity) - now);
    const over = this.held.reduce((first, item) => Math.min(first, this.heldUntil(item)), Infinity);
    if (!this.stopping) this.timer.set(Math.min(BUCKET - (now % BUCKET), wait, Math.max(1, over - now)));
  }

  /** Hands over what is due, once the saga has taken all that stood in the log when it was due, or when this app started. */
  private async handOver(): Promise<void> {
    const now = this.context.runtime.now();
    for (const item of this.held.splice(0)) this.heap.push(item);
    const isDue = (): boolean => this.underWay < AT_ONCE && !this.stopping && (this.heap.soonest?.due ?? Infinity) <= now;
    if (!isDue()) return;
    await this.saga.reach(await this.context.store.head());
    while (isDue()) {
      const item = this.heap.pop() as Due;
      if (this.heldUntil(item) > this.context.runtime.now()) this.held.push(item);
      else this.deliver(item);
    }
  }

  /**
   * While old events are imported, a deadline that one of them sets is due at once, and the event that would have cancelled it may
   * be still to come: it waits until the import pauses, and at most as long again as it was late when it was set, so that a producer
   * whose clock is slow only makes it fire by that clock.
   */
  private heldUntil({ due, row: { time } }: Due): number {
    return due > time ? -Infinity : Math.min(this.saga.importedAt + QUIET, time + (time - due));
  }

  private deliver(item: Due): void {
    const { context, definition } = this;
    const { message } = definition.inputs.get(item.row.type) ?? {};
    // Newer code may know its type: this code leaves it where it is.
    if (!message) return void (definition.options.retired?.includes(item.row.type) && this.ended(item));
    const receiver = {
      done: (delivery: Delivery, result: Result): void => {
        publish(context.outcomes, definition.name, delivery, result);
        this.ended(item);
        if (--this.underWay < AT_ONCE / 2) this.tick();
      },
      // The next run finds it where it is.
      failed: (): void => this.failed(),
    };
    this.underWay++;
    context.outcomes.receive();
    this.saga.flow.deliver(deliveryOf(context.store, item, message, receiver));
  }

  private ended({ place }: Due): void {
    if (typeof place === 'string') this.minutes.ended(place);
    else this.subscription.finish(place);
  }
}
