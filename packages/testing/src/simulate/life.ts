import { describe, isPassing, OUTCOMES, System, WaybillError } from '@waybill/core';
import type { Outcome, Runtime } from '@waybill/core';
import { runtimeOf } from './runtime';
import type { Owner } from './scheduler';
import { SimulatedStore } from './store';
import type { World } from './world';

const SKEWS = [0, 1_000, -1_000, 60_000, 240_000];

/** One run of a worker, from its start to its stop or its death. */
export class Life implements Owner {
  frozen = false;
  dead = false;
  started = false;
  /** Runs the classes of yesterday. */
  isOld = false;
  stopping = false;
  readonly timers = new Set<() => void>();
  readonly sleepers = new Set<() => void>();
  readonly store: SimulatedStore;
  readonly system: System;
  private readonly runtime: Runtime;
  /** Outcomes published so far, by kind. */
  readonly published: Record<string, number> = {};

  constructor(
    private readonly world: World,
    readonly name: string,
    /** Of all lives, so that no two make the same id. */
    readonly number: number,
    private readonly startAnother: () => void,
  ) {
    this.store = new SimulatedStore(world, this);
    this.runtime = runtimeOf(world, this, SKEWS[world.tape.pick('skew', SKEWS.length, world.plain ? 0 : world.rates.skew)] as number);
    this.system = new System(world.stageOf(this).definitions(), {
      store: this.store,
      runtime: this.runtime,
      limits: world.limits,
      onFailure: (error) => this.dead || this.failed(error),
    });
    this.system.outcomes.subscribe((outcome) => this.publish(outcome));
  }

  /** `ended` is called once: when the promise ends, or the life, which leaves it open for ever. */
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

  begin(): void {
    this.world.say(this, () => (this.isOld ? 'starts, with the classes of yesterday' : 'starts'));
    this.system.start().then(
      () => (this.started = true),
      (error: unknown) => this.dead || this.refused(error),
    );
  }

  /** Code of yesterday that meets rows of today stops, and says so; nothing else is a reason to stop. */
  private failed(error: unknown): void {
    if (!this.isTooOldFor(error)) return this.world.wrong('I13', `worker ${this.name} stopped by itself: ${String(error)}`);
    this.world.say(this, () => `stops: ${describe(error)}`);
    this.kill();
    this.startAnother();
  }

  /** Code of yesterday says so of rows that only today's code can read. */
  isTooOldFor(error: unknown): boolean {
    return this.isOld && error instanceof WaybillError && ['LOG_UNKNOWN_TYPE', 'LOG_NEWER_VERSION'].includes(error.code);
  }

  /** A store that is busy at the start: whoever started the worker starts another. */
  private refused(error: unknown): void {
    if (!isPassing(error)) return this.world.wrong('I13', `worker ${this.name} does not start: ${String(error)}`);
    this.kill();
    this.world.say(this, () => 'does not start: the store is busy');
    this.startAnother();
  }

  /** As SIGKILL: no call ends, no timer fires. What it has sent may still arrive. */
  kill(): void {
    this.dead = true;
    this.world.deaths++;
    this.world.scheduler.end(this, () => this.world.tape.chance('arrives', 0.5));
    for (const forget of [...this.sleepers]) forget();
    this.timers.clear();
  }

  /** In order; then nothing of it may be left. */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.system.stop();
    if (this.dead) return;
    this.dead = true;
    const { world, name } = this;
    const counts = this.system.counts();
    let sum = 0;
    for (const kind of OUTCOMES) {
      sum += counts[kind];
      if (counts[kind] !== (this.published[kind] ?? 0))
        world.wrong('I15', `worker ${name} counts ${counts[kind]} ${kind}, it published ${this.published[kind] ?? 0}`);
    }
    if (counts.waiting !== 0 || counts.received !== sum)
      world.wrong('I15', `worker ${name} received ${counts.received}, told ${sum} outcomes, and ${counts.waiting} wait after its stop`);
    if (this.timers.size > 0) world.wrong('I14', `${this.timers.size} timers of worker ${name} are open after its stop`);
    if (this.store.open > 0) world.wrong('I14', `${this.store.open} appends of worker ${name} are under way after its stop`);
    world.scheduler.end(this, () => true);
    for (const forget of [...this.sleepers]) forget();
  }

  get now(): number {
    return this.runtime.now();
  }

  /** Everything that the log holds has its outcome here. */
  get isDone(): boolean {
    const { head } = this.world.disk;
    for (const { position } of this.system.progress()) if (position < head) return false;
    return this.system.counts().waiting === 0;
  }

  private publish(outcome: Outcome): void {
    if (this.dead) return;
    this.published[outcome.kind] = (this.published[outcome.kind] ?? 0) + 1;
    this.world.published(this, outcome);
  }
}
