import type { Ticket } from './checkpoint';
import type { Consumer, Setting } from './consumer';
import { deadlinesOf } from './definition';
import type { ActorDefinition, Taking } from './definition';
import { Delivery } from './delivery';
import type { Ending } from './delivery';
import { DueBuckets, BUCKET } from './due-buckets';
import { DueHeap } from './due-heap';
import type { Due } from './due-heap';
import { isPassing } from './errors';
import type { Flow } from './process';
import { metaOf, PARKED } from './row';
import { Alarm } from './runtime';
import type { Recorded } from './store';
import { Intake, readMessage } from './subscription';

/** Deadlines that are on their way through the flow at once. */
const AT_ONCE = 1_024;
/** Milliseconds until a look that failed is taken again. */
const AGAIN = 1_000;

/**
 * The clock of a saga: takes the rows that set deadlines from the log into buckets on disk, keeps those of the next
 * minutes in memory, and hands each to the flow once it is due. It may hand one in twice; the flow's gate lets one pass.
 */
export class DeadlineClock implements Consumer {
  readonly name: string;
  private readonly intake: Intake;
  private readonly buckets: DueBuckets;
  private readonly heap = new DueHeap();
  /** Deadlines of each bucket that are in memory and not done. */
  private readonly open = new Map<number, number>();
  private waiting: { readonly due: Due; readonly ticket: Ticket }[] = [];
  private keeping: Promise<void> | undefined;
  private loaded = -1;
  private loading = false;
  private done = -1;
  private underWay = 0;
  private readonly alarm: Alarm;
  private ticking: Promise<void> | undefined;
  /** Something came while it looked. */
  private wanted = false;
  private stopping = false;

  constructor(
    private readonly definition: ActorDefinition,
    private readonly flow: Flow,
    private readonly setting: Setting,
    private readonly publish: (delivery: Delivery, ending: Ending) => void,
  ) {
    const { store, runtime, limits, fatal } = setting;
    this.name = `${definition.name}:deadlines`;
    this.alarm = new Alarm(runtime, () => this.tick());
    this.buckets = new DueBuckets(definition.name, store, runtime);
    const types = deadlinesOf(definition).map((type) => PARKED + type);
    this.intake = new Intake(this.name, types, store, runtime, limits, (row, ticket) => this.take(row, ticket), fatal);
  }

  /** A deadline is due, or on its way. */
  get isDue(): boolean {
    const { runtime } = this.setting;
    return this.underWay > 0 || this.loading || this.loaded < this.buckets.now() || (this.heap.soonest?.due ?? Infinity) <= runtime.now();
  }

  get low(): number {
    return this.intake.low;
  }
  moved(): Promise<void> {
    return this.intake.changed.wait();
  }

  async start(): Promise<void> {
    const done = await this.buckets.done();
    this.done = done ?? this.buckets.now() - 1;
    if (done === undefined) await this.buckets.saveDone(this.done);
    this.loaded = this.done;
    await this.intake.start();
    this.tick();
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await this.intake.halt();
    await this.ticking;
    this.alarm.cancel();
    await this.keeping;
    await this.intake.stop();
  }

  private take(row: Recorded, ticket: Ticket): void {
    const { park, due } = metaOf(row);
    if (park !== 'due' || due === undefined || !row.stream.startsWith(`${this.definition.name}-`)) return this.intake.finish(ticket);
    const armed = { ...row, type: row.type.slice(PARKED.length) };
    this.waiting.push({ due: { due, bucket: this.buckets.bucketOf(due), row: armed }, ticket });
    this.keeping ??= this.keep();
  }

  /** Into their buckets, what waits together; those of the minutes that are in memory, into memory too. */
  private async keep(): Promise<void> {
    try {
      for (let batch = this.waiting.splice(0); batch.length > 0; batch = this.waiting.splice(0)) {
        const items = batch.map(({ due }) => due);
        await this.buckets.keep(items, () => this.stopping);
        for (const { due, ticket } of batch) {
          if (due.bucket <= this.loaded) this.hold(due);
          this.intake.finish(ticket);
        }
        this.tick();
      }
    } catch (error) {
      if (!isPassing(error)) this.setting.fatal(error);
    } finally {
      this.keeping = undefined;
    }
  }

  private hold(due: Due): void {
    this.open.set(due.bucket, (this.open.get(due.bucket) ?? 0) + 1);
    this.heap.push(due);
  }

  private tick(): void {
    if (this.stopping) return;
    if (this.ticking) return void (this.wanted = true);
    this.wanted = false;
    this.ticking = this.turn()
      .catch((error: unknown) => {
        if (!isPassing(error)) return this.setting.fatal(error);
        this.alarm.set(AGAIN);
      })
      .finally(() => {
        this.ticking = undefined;
        if (this.wanted) this.tick();
      });
  }

  private async turn(): Promise<void> {
    this.loading = this.loaded <= this.buckets.now();
    await this.loadUpTo(this.buckets.now() + 1).finally(() => (this.loading = false));
    this.fire();
    await this.forgetDone();
    const soonest = this.heap.soonest;
    const { runtime } = this.setting;
    const nextMinute = BUCKET - (runtime.now() % BUCKET);
    const wait = this.underWay >= AT_ONCE ? AGAIN : Math.max(0, (soonest?.due ?? Infinity) - runtime.now());
    if (!this.stopping) this.alarm.set(Math.min(nextMinute, wait));
  }

  private async loadUpTo(minute: number): Promise<void> {
    while (this.loaded < minute && !this.stopping) {
      const minutes = Array.from({ length: Math.min(64, minute - this.loaded) }, (_, i) => this.loaded + 1 + i);
      // What is kept from here on goes to memory by itself; both at once is once too often, and harmless.
      this.loaded = minutes.at(-1) as number;
      const loads = await Promise.all(minutes.map((m) => this.buckets.load(m))).catch((error: unknown) => {
        this.loaded = (minutes[0] as number) - 1;
        throw error;
      });
      for (const items of loads) for (const item of items) this.hold(item);
    }
  }

  private fire(): void {
    const now = this.setting.runtime.now();
    while (this.underWay < AT_ONCE && !this.stopping && (this.heap.soonest?.due ?? Infinity) <= now) this.deliver(this.heap.pop() as Due);
  }

  private deliver({ due, bucket, row }: Due): void {
    const { store, outcomes } = this.setting;
    const { key = '' } = metaOf(row as unknown as Recorded);
    const { message } = this.definition.takings.get(row.type) as Taking;
    const read = readMessage(message, row as unknown as Recorded);
    const ended = (): void => {
      this.underWay--;
      this.open.set(bucket, (this.open.get(bucket) as number) - 1);
      if (this.underWay < AT_ONCE / 2) this.tick();
    };
    const receiver = {
      done: (delivery: Delivery, ending: Ending): void => (this.publish(delivery, ending), ended()),
      // A stop: the next run finds it in its bucket.
      failed: (): void => outcomes.withdraw(),
    };
    this.underWay++;
    outcomes.receive();
    const cause = { id: row.id, source: store.id, position: row.position };
    const special = { fires: { version: row.version, key }, erased: row.erased === true };
    this.flow.deliver(
      new Delivery(message.messageType, row.stream, cause, due, read.message, read.invalid, row.data, receiver, undefined, special),
    );
  }

  /** Minutes of which everything has fired are not looked at again. */
  private async forgetDone(): Promise<void> {
    const before = this.done;
    while (this.done < Math.min(this.loaded, this.buckets.closedUpTo()) && (this.open.get(this.done + 1) ?? 0) === 0)
      this.open.delete(++this.done);
    if (this.done === before) return;
    await this.buckets.saveDone(this.done);
    for (let minute = before + 1; minute <= this.done; minute++) await this.buckets.forget(minute);
  }
}
