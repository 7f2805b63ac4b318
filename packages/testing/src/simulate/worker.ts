import { WaybillError } from '@waybill/core';
import type { Message, Outcome } from '@waybill/core';
import { System } from '@waybill/core/internal';
import type { Definition } from '@waybill/core/internal';
import { isPassing } from '@waybill/core/store-kit';
import { Clock } from './clock';
import type { Process } from './process';
import { runtimeOf } from './runtime';
import { SimulatedStore } from './store';
import type { World } from './world';

export interface WorkerOptions {
  readonly name: string;
  readonly number: number;
  /** Milliseconds that its clock is ahead. */
  readonly skew: number;
  /** Whether it runs the previous version's classes. */
  readonly isOld: boolean;
  readonly definitions: readonly Definition[];
}

export interface WorkerEvents {
  /** It has ended by itself. */
  readonly ended: () => void;
  readonly published: (outcome: Outcome) => void;
}

/** One run of a worker, from its start to its stop or its death. */
export class Worker implements Process {
  readonly name: string;
  readonly number: number;
  readonly isOld: boolean;
  frozen = false;
  dead = false;
  started = false;
  stopping = false;
  readonly timers = new Set<() => void>();
  readonly sleepers = new Set<() => void>();
  readonly clock: Clock;
  readonly store: SimulatedStore;
  readonly system: System;
  private readonly definitions: readonly Definition[];
  /** Outcomes published so far, by kind. */
  readonly published: Record<string, number> = {};

  constructor(
    private readonly world: World,
    { name, number, skew, isOld, definitions }: WorkerOptions,
    private readonly events: WorkerEvents,
  ) {
    this.name = name;
    this.number = number;
    this.isOld = isOld;
    this.definitions = definitions;
    this.clock = new Clock(world.scheduler, skew);
    this.store = new SimulatedStore(world, this);
    this.system = new System(definitions, {
      store: this.store,
      runtime: runtimeOf(world, this),
      limits: world.limits,
      onFailure: (error) => this.dead || this.failed(error),
    });
    this.system.outcomes.subscribe((outcome) => this.publish(outcome));
  }

  /** The command as the classes of its version make it of the same data. */
  versionOf(command: Message): Message {
    for (const definition of this.definitions) {
      const own = definition.kind === 'aggregate' ? definition.inputs.get(command.type)?.message : undefined;
      if (own && !(command instanceof own)) return new own(Object.assign({}, command) as never);
    }
    return command;
  }

  begin(started: () => void): void {
    this.world.say(this, () => (this.isOld ? 'starts, with the classes of the previous version' : 'starts'));
    this.system.start().then(
      () => {
        this.started = true;
        started();
      },
      (error: unknown) => this.dead || this.refused(error),
    );
  }

  /** `ended` is called once: when the promise settles, or when the worker ends and leaves it open for ever. */
  onEnd(promise: Promise<unknown>, ended: () => void, failed: (error: unknown) => void): void {
    const once = (): void => {
      if (this.sleepers.delete(once)) ended();
    };
    this.sleepers.add(once);
    promise.then(once, (error: unknown) => {
      if (!this.dead) failed(error);
      once();
    });
  }

  /** There is no reason to stop: code of the previous version, too, only waits where it meets rows of the current one. */
  private failed(error: unknown): void {
    if (this.mayFail || this.isTooOldFor(error)) return this.gone(error);
    this.world.wrong('I13', `worker ${this.name} stopped by itself: ${String(error)}`);
  }

  /** Whether the log was altered under it: then it may stop, and says why. */
  get mayFail(): boolean {
    return this.world.isStale(this) || this.world.isCut;
  }

  /** Its views are of a log that went back since: an operator drops them, as the error says. */
  private isAhead(error: unknown): boolean {
    return this.world.simulation.apart === true && error instanceof WaybillError && error.code === 'CHECKPOINT_AHEAD';
  }

  /** Whether the error says that only code of the current version can read a row. */
  private isTooOldFor(error: unknown): boolean {
    return this.isOld && error instanceof WaybillError && ['LOG_UNKNOWN_TYPE', 'LOG_NEWER_VERSION'].includes(error.code);
  }

  private gone(error: unknown): void {
    this.world.say(this, () => `stops: ${String(error)}`);
    this.kill();
    this.events.ended();
  }

  /** A store that is busy at the start: whoever started the worker starts another. */
  private refused(error: unknown): void {
    if (this.mayFail) return this.gone(error);
    if (this.isAhead(error)) return (this.world.disk.loseViews(this.name), this.gone(error));
    if (!isPassing(error)) return this.world.wrong('I13', `worker ${this.name} does not start: ${String(error)}`);
    this.kill();
    this.world.say(this, () => 'does not start: the store is busy');
    this.events.ended();
  }

  /** Like SIGKILL: no call returns, no timer fires. What it has sent may still arrive. */
  kill(): void {
    this.dead = true;
    this.world.deaths++;
    this.world.scheduler.end(this, () => this.world.tape.chance('arrives', 0.5));
    for (const forget of [...this.sleepers]) forget();
    this.timers.clear();
  }

  /** An orderly stop, after which nothing of it may be left. */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.system.stop();
    if (this.dead) return;
    this.dead = true;
    const { world, name } = this;
    world.checker.ledger.account(name, this.system.counts(), this.published);
    if (this.timers.size > 0) world.wrong('I14', `${this.timers.size} timers of worker ${name} are open after its stop`);
    if (this.store.open > 0) world.wrong('I14', `${this.store.open} appends of worker ${name} are under way after its stop`);
    world.scheduler.end(this, () => true);
    for (const forget of [...this.sleepers]) forget();
  }

  get now(): number {
    return this.clock.now();
  }

  /** Every message in the log has its outcome here. */
  get isDone(): boolean {
    const { head } = this.world.disk;
    for (const { position } of this.system.progress()) if (position < head) return false;
    return this.system.counts().waiting === 0;
  }

  private publish(outcome: Outcome): void {
    if (this.dead) return;
    this.published[outcome.kind] = (this.published[outcome.kind] ?? 0) + 1;
    this.world.published(this, outcome);
    this.events.published(outcome);
  }
}
