import type { ActorDefinition } from '../actors/definition';
import { millisecondsOf } from '../base/duration';
import { WaybillError, isPassing } from '../base/errors';
import { backoff } from '../base/runtime';
import type { Runtime } from '../base/runtime';
import { Signal } from '../base/signal';
import type { Fold } from '../history/fold';
import { HotStates } from '../history/fold-cache';
import { load } from '../history/load';
import type { Store, Write } from '../store/port';
import { markUnsure, planOf } from './batch';
import type { Plan, Planning } from './batch';
import { commit, writeOf } from './commit';
import type { FlowLimits } from './context';
import type { Vigil } from './crash-loop-guard';
import type { Delivery } from './delivery';
import { Mailboxes, spokenOf } from './mailbox';
import type { Work } from './mailbox';
import { Housekeeping } from './maintenance';
import { Endings, needsLook } from './result-lookup';

const LOSSES_BEFORE_WAITING = 10;

/**
 * The sentence: mailbox → gate → load → decide → commit, for one actor class. A delivery ends (`receiver.done`) only when
 * the rows that its decision read are durable; a lost append drops the state and decides the actor's whole batch anew.
 */
export class Flow {
  private readonly mailboxes = new Mailboxes();
  private readonly hot: HotStates;
  private readonly delayed = new Map<Work, () => void>();
  private readonly changed = new Signal();
  private readonly endings: Endings;
  private readonly housekeeping: Housekeeping;
  private readonly planning: Planning;
  private turns = 0;
  private pumping = false;
  private stopping = false;

  constructor(
    private readonly definition: ActorDefinition,
    private readonly store: Store,
    private readonly runtime: Runtime,
    private readonly limits: FlowLimits,
    /** True when the consumer's window is full: then a failing message is parked early. */
    windowFull: () => boolean,
    private readonly fatal: (error: unknown) => void,
    private readonly vigil?: Vigil,
  ) {
    this.hot = new HotStates(limits.hot);
    this.endings = new Endings(store, runtime, fatal);
    this.housekeeping = new Housekeeping(definition, store, runtime, fatal);
    const attempts = definition.options.retry?.attempts ?? limits.attempts;
    this.planning = { definition, runtime, maxWrite: store.maxWrite, attempts, windowFull };
  }

  deliver(delivery: Delivery): void {
    if (this.stopping) return delivery.receiver.failed(delivery, stopped());
    this.mailboxes.put(delivery);
    if (this.pumping) return;
    this.pumping = true;
    this.runtime.soon(() => this.pump());
  }

  /** Ends when nothing is under way any more. What waits for a retry is handed back. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.endings.stop();
    for (const cancel of [...this.delayed.values()]) cancel();
    while (this.turns > 0 || this.mailboxes.hasReady) await this.changed.wait();
    await this.housekeeping.done();
  }

  /** Messages whose method has thrown and will run again. */
  retrying(): Delivery[] {
    return [...this.delayed.keys()].flatMap(({ items }) => items.filter((delivery) => delivery.nextTry !== undefined));
  }

  private pump(): void {
    this.pumping = false;
    while (this.turns < (this.vigil?.isCautious ? 1 : this.limits.turns) && this.mailboxes.hasReady) {
      this.turns++;
      const works = this.vigil?.isCautious ? this.mailboxes.take(1, 1) : this.mailboxes.take(this.limits.batch, this.limits.perActor);
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
    if (this.vigil?.isCautious)
      for (const { items } of works) for (const delivery of items) delivery.deadly = await this.vigil.before(delivery);
    const plans: Plan[] = [];
    const cold: Work[] = [];
    for (const work of works) {
      const fold = this.hot.get(work.stream, spokenOf(work));
      if (fold) plans.push(this.plan(work, fold));
      else cold.push(work);
    }
    if (cold.length > 0) {
      const folds = await Promise.all(cold.map((work) => load(this.store, this.definition, work.stream, this.runtime)));
      cold.forEach((work, i) => plans.push(this.plan(work, folds[i] as Fold)));
    }
    const changed = plans.filter((plan) => plan.entries.length > 0);
    const writes = changed.map((plan) => writeOf(plan.fold.stream, plan.expected, plan.entries, this.runtime));
    const unsure = (): void => changed.forEach((plan, i) => markUnsure(plan, writes[i] as Write));
    const written = writes.length > 0 ? await commit(this.store, this.runtime, writes, unsure) : [];
    const looks: Promise<void>[] = [];
    for (const plan of plans) if (plan.entries.length === 0) this.settle(plan, looks);
    changed.forEach((plan, i) => (written[i]?.ok ? this.settle(plan, looks) : this.lost(plan)));
    if (looks.length > 0) await Promise.all(looks);
  }

  private plan(work: Work, fold: Fold): Plan {
    return planOf(this.planning, work, fold);
  }

  private settle(plan: Plan, looks: Promise<void>[]): void {
    plan.work.losses = 0;
    this.hot.keep(plan.fold, !plan.tainted);
    if (!plan.tainted) this.housekeeping.after(plan.fold);
    const base = plan.expected === 'none' ? 0 : plan.expected + 1;
    for (const { delivery, step: taken, at } of plan.steps) {
      const version = taken.first?.version ?? base + at;
      if (needsLook(delivery, taken)) looks.push(this.endings.end(delivery, taken, version));
      else delivery.receiver.done(delivery, taken.ending, version);
    }
    for (const { delivery, error } of plan.refused) delivery.receiver.failed(delivery, error);
    const [failing] = plan.rest;
    if (!plan.thrown || !failing) return this.mailboxes.done(plan.work, plan.rest);
    const { base: first, cap } = this.definition.options.retry ?? {};
    failing.attempts++;
    const wait = backoff(this.runtime, failing.attempts, first && millisecondsOf(first), cap && millisecondsOf(cap));
    failing.nextTry = this.runtime.now() + wait;
    this.later(plan.work, plan.rest, wait);
  }

  /** Wrong version: somebody else wrote. Nothing that this plan decided holds, so all of it is decided anew. */
  private lost(plan: Plan): void {
    this.hot.drop(plan.work.stream);
    plan.work.losses++;
    if (plan.work.losses < LOSSES_BEFORE_WAITING) this.mailboxes.done(plan.work, plan.work.items);
    else this.later(plan.work, plan.work.items, backoff(this.runtime, plan.work.losses - LOSSES_BEFORE_WAITING));
  }

  /** A store failure. One that passes is tried again later, from the log; any other stops the system. */
  private abandon(works: readonly Work[], error: unknown): void {
    for (const work of works) {
      this.hot.drop(work.stream);
      work.losses++;
      const commands = work.items.filter((d) => d.isCommand);
      const others = work.items.filter((d) => !d.isCommand);
      for (const command of commands) command.receiver.failed(command, error);
      if (isPassing(error)) this.later(work, others, backoff(this.runtime, work.losses));
      else for (const delivery of [...others, ...this.mailboxes.close(work)]) delivery.receiver.failed(delivery, error);
    }
    if (!isPassing(error)) this.fatal(error);
  }

  /** This actor waits, the others go on. */
  private later(work: Work, rest: readonly Delivery[], ms: number): void {
    if (this.stopping) return this.giveBack(work, rest);
    const cancel = this.runtime.after(ms, () => {
      this.delayed.delete(work);
      this.mailboxes.done(work, rest);
      this.pump();
    });
    this.delayed.set(work, () => {
      cancel();
      this.delayed.delete(work);
      this.giveBack(work, rest);
    });
  }

  private giveBack(work: Work, rest: readonly Delivery[]): void {
    for (const delivery of [...rest, ...this.mailboxes.close(work)]) delivery.receiver.failed(delivery, stopped());
  }
}

function stopped(): WaybillError {
  return new WaybillError('APP_STOPPED', 'the app is stopping', 'send it again, with the same id, to an app that runs');
}
