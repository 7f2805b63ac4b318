import type { ActorDefinition } from '../actors/definition';
import { WaybillError, isTransient } from '../base/errors';
import { backoff, Timer, type Runtime } from '../base/runtime';
import { Signal } from '../base/signal';
import type { Newer } from '../history/newer';
import type { Store, Write } from '../store/port';
import { markUnconfirmed, planOf, type Plan, type BatchContext } from './batch';
import { commit, writeOf } from './commit';
import type { Aside, ConsumerContext } from './context';
import type { CrashLoopGuard } from './crash-loop-guard';
import type { Delivery } from './delivery';
import { Folds, type Looked } from './folds';
import { Mailboxes, type Work } from './mailbox';
import { Maintenance } from './maintenance';
import { mustReadLog, resultFromLog } from './result-lookup';
import { tellAside, waitAfter } from './retry';
import type { Step } from './step';
import { YieldingActors } from './yielding-actors';

const LOSSES_BEFORE_WAITING = 10;
const ONE_AT_A_TIME = { batch: 1, perActor: 1, turns: 1 };

/**
 * I8, I11, I13: mailbox → load → gate → decide → commit, for one actor class. A delivery ends (`receiver.done`) only when
 * the rows that its decision read are durable; a lost append drops the fold and decides the actor's whole batch anew.
 * `batch` owns gate and decide, `commit` the append; the consumer owns the checkpoint.
 */
export class Flow {
  readonly yielding: YieldingActors;
  private readonly store: Store;
  private readonly runtime: Runtime;
  private readonly mailboxes = new Mailboxes();
  private readonly folds: Folds;
  private readonly delayed = new Map<Work, { readonly goOn: () => void; readonly giveBack: () => void }>();
  private readonly changed = new Signal();
  private readonly maintenance: Maintenance;
  private readonly planning: BatchContext;
  /** Where messages go that wait too long; without it they wait in memory. */
  aside: Aside | undefined;
  private turns = 0;
  private pumpQueued = false;
  private stopping = false;

  constructor(
    private readonly definition: ActorDefinition,
    private readonly context: ConsumerContext,
    private readonly guard?: CrashLoopGuard,
  ) {
    const { store, runtime, limits, fatal } = context;
    [this.store, this.runtime] = [store, runtime];
    this.yielding = new YieldingActors(definition.name, context);
    this.folds = new Folds(definition, context, this.yielding, guard);
    this.maintenance = new Maintenance(definition, store, runtime, fatal);
    const { attempts = limits.attempts } = definition.options.retry ?? {};
    this.planning = { definition, runtime, maxWrite: store.maxWrite, attempts, windowFull: () => this.aside?.isNeeded() === true };
  }

  deliver(delivery: Delivery): void {
    if (this.stopping) return delivery.receiver.failed(delivery, stopped());
    this.mailboxes.put(delivery);
    this.yielding.knock(delivery.stream);
    if (this.pumpQueued) return;
    this.pumpQueued = true;
    this.runtime.defer(() => this.pump());
  }

  /** Resolves when no turn is running. Messages that wait for a retry are handed back. */
  async stop(): Promise<void> {
    this.stopping = true;
    for (const { giveBack } of [...this.delayed.values()]) giveBack();
    while (this.turns > 0 || this.mailboxes.hasReady) await this.changed.wait();
    await this.maintenance.done();
  }

  /** Messages whose method has thrown and will run again. */
  retrying(): Delivery[] {
    return [...this.delayed.keys()].flatMap(({ items }) => items.filter((delivery) => delivery.nextTry !== undefined));
  }

  /** Messages whose method has thrown run again now, and are set aside if that is needed. */
  hurry(): void {
    for (const [{ items }, { goOn }] of [...this.delayed]) if (items.some(({ nextTry }) => nextTry !== undefined)) goOn();
  }

  private pump(): void {
    this.pumpQueued = false;
    for (;;) {
      const { batch, perActor, turns } = this.guard?.oneAtATime ? ONE_AT_A_TIME : this.context.limits;
      if (this.turns >= turns || !this.mailboxes.hasReady) return;
      this.turns++;
      const works = this.mailboxes.take(batch, perActor, this.yielding.has);
      void this.turn(works)
        .catch((error: unknown) => this.abandon(works, error))
        .finally(() => {
          this.turns--;
          this.pump();
          this.changed.notify();
        });
    }
  }

  private async turn(works: readonly Work[]): Promise<void> {
    const folds = await this.folds.of(works);
    const plans = works.map((work, i) => planOf(this.planning, work, ...(folds[i] as Looked)));
    const changed = plans.filter((plan) => plan.entries.length > 0);
    const writes = changed.map((plan) => writeOf(plan.fold.stream, plan.expected, plan.entries, this.runtime));
    const onUnknown = (): void => changed.forEach((plan, i) => markUnconfirmed(plan, writes[i] as Write));
    const written = writes.length > 0 ? await commit(this.store, this.runtime, writes, onUnknown) : [];
    const lookups: Promise<void>[] = [];
    for (const plan of plans) if (plan.entries.length === 0) this.settle(plan, lookups);
    changed.forEach((plan, i) => (written[i]?.ok ? this.settle(plan, lookups) : this.lost(plan)));
    if (written.some(({ ok }) => ok)) this.guard?.finished();
    if (lookups.length > 0) await Promise.all(lookups);
  }

  private settle(plan: Plan, lookups: Promise<void>[]): void {
    plan.work.losses = 0;
    if (plan.tainted || plan.newer) this.folds.drop(plan.fold.stream);
    else {
      this.folds.set(plan.fold);
      this.maintenance.after(plan.fold);
    }
    const base = plan.expected === 'none' ? 0 : plan.expected + 1;
    for (const { delivery, step: taken, at } of plan.steps) {
      const version = taken.first?.version ?? base + at;
      if (this.aside) tellAside(this.aside, plan.fold.stream, base + at, taken);
      if (mustReadLog(delivery, taken)) lookups.push(this.lookUp(delivery, taken, version));
      else delivery.receiver.done(delivery, taken.result, version);
    }
    for (const { delivery, error } of plan.refused) delivery.receiver.failed(delivery, error);
    if (plan.newer) return this.yieldTo(plan.newer, plan);
    this.yielding.end(plan.fold.stream);
    const [failing] = plan.rest;
    if (!plan.thrown || !failing) return this.mailboxes.done(plan.work, plan.rest);
    failing.attempts++;
    const wait = waitAfter(this.runtime, this.definition.options.retry, failing.attempts);
    failing.nextTry = this.runtime.now() + wait;
    this.later(plan.work, plan.rest, wait);
  }

  /** Nothing is written: its messages wait, and are looked at again. */
  private yieldTo(newer: Newer, { work, fold, rest: all }: Plan): void {
    const rest = all.filter((delivery, i) => i === 0 || !delivery.receiver.leave?.(delivery));
    const waiting = rest.length + this.mailboxes.queued(work.stream);
    if (waiting === 0) return (this.yielding.end(work.stream), this.mailboxes.done(work));
    this.yielding.whenKnocked(work.stream, this.later(work, rest, this.yielding.wait(fold, newer, waiting)));
  }

  private async lookUp(delivery: Delivery, taken: Step, version: number): Promise<void> {
    try {
      delivery.receiver.done(delivery, await resultFromLog(this.store, this.runtime, () => this.stopping, delivery, taken), version);
    } catch (error) {
      delivery.receiver.failed(delivery, error);
      if (!isTransient(error)) this.context.fatal(error);
    }
  }

  /** Wrong version: another worker wrote. Nothing that this plan decided is valid, so all of it is decided anew (I11). */
  private lost(plan: Plan): void {
    this.folds.drop(plan.work.stream);
    plan.work.losses++;
    if (plan.work.losses < LOSSES_BEFORE_WAITING) this.mailboxes.done(plan.work, plan.work.items);
    else this.later(plan.work, plan.work.items, backoff(this.runtime, plan.work.losses - LOSSES_BEFORE_WAITING));
  }

  /** A store failure. After a transient one the batch is tried again later, from the log; any other stops the system. */
  private abandon(works: readonly Work[], error: unknown): void {
    for (const work of works) {
      this.folds.drop(work.stream);
      work.losses++;
      for (const delivery of work.items) if (delivery.isCommand) delivery.receiver.failed(delivery, error);
      const others = work.items.filter((d) => !d.isCommand);
      if (isTransient(error)) this.later(work, others, backoff(this.runtime, work.losses));
      else for (const delivery of [...others, ...this.mailboxes.close(work)]) delivery.receiver.failed(delivery, error);
    }
    if (!isTransient(error)) this.context.fatal(error);
  }

  /** Only this actor waits. Returns what brings its turn forward. */
  private later(work: Work, rest: readonly Delivery[], ms: number): ((ms: number) => void) | undefined {
    if (this.stopping) return void this.giveBack(work, rest);
    const at = this.runtime.now() + ms;
    const timer = new Timer(this.runtime, () => goOn());
    const end = (): void => (timer.cancel(), void this.delayed.delete(work));
    const goOn = (): void => {
      end();
      this.mailboxes.done(work, rest);
      this.pump();
    };
    timer.set(ms);
    this.delayed.set(work, { goOn, giveBack: () => (end(), this.giveBack(work, rest)) });
    return (sooner) => this.runtime.now() + sooner < at && timer.set(sooner);
  }

  private giveBack(work: Work, rest: readonly Delivery[]): void {
    for (const delivery of [...rest, ...this.mailboxes.close(work)]) delivery.receiver.failed(delivery, stopped());
  }
}
const stopped = (): WaybillError =>
  new WaybillError('APP_STOPPED', 'the app is stopping', 'send it again, with the same id, to an app that runs');
