import type { Outcome } from '@waybill/core';
import type { Classes } from './classes';
import { cutAStream } from './retention';
import type { Kind, Owner, Task } from './scheduler';
import { Worker } from './worker';
import type { World } from './world';

const SKEWS = [0, 1_000, -1_000, 60_000, 240_000];
const TROUBLE = ['crash', 'pause', 'restart', 'power', 'jump', 'down', 'restore', 'cut'] as const;
const JUMPS = [10_800_000, -10_800_000];
/** No clock is wrong by more once all is healed. */
const OVERSET = 240_000;
const DOWN = [60_000, 3_600_000, 86_400_000, 2_592_000_000];

/** The workers of one schedule: started, killed, paused, stopped, and always started again. */
export class Workers {
  /** By name, the latest run of each. */
  readonly all: Worker[] = [];
  private readonly keeper: Owner = { name: 'keeper', frozen: false };
  private begun = 0;
  private crashes = 0;
  /** Whether a worker has been started with the current classes. */
  private isUpgraded = false;
  /** True time before which no worker starts. */
  private downUntil = 0;

  constructor(
    private readonly world: World,
    private readonly classes: Classes,
    /** The previous version's classes: workers begin with them, and may go back to them until all is healed. */
    private readonly older: Classes | undefined,
    private readonly told: { readonly published: (outcome: Outcome) => void; readonly deployed: (worker: Worker) => void },
  ) {}

  /** The most workers at a time. */
  get limit(): number {
    return this.world.simulation.workers ?? 2;
  }

  /** Crashes that one schedule of an exhaustive run may have. */
  private get crashLimit(): number {
    const { mode } = this.world.simulation;
    return typeof mode === 'object' ? (mode.crashes ?? 1) : 0;
  }

  /** Those that accept calls now. */
  get running(): Worker[] {
    return this.all.filter(({ dead, stopping }) => !dead && !stopping);
  }

  /** How many workers this schedule has. */
  draw(): number {
    const { world, limit } = this;
    const fewer = 1 + world.tape.pick('workers', limit, world.plain ? 0 : 1);
    return world.plain ? limit : fewer;
  }

  beginAll(count: number): void {
    for (let i = 0; i < count; i++) this.begin(String.fromCharCode(97 + i));
  }

  /** A new run of a worker. */
  begin(name: string): Worker {
    const { world } = this;
    const number = ++this.begun;
    const skew = SKEWS[world.tape.pick('skew', SKEWS.length, world.plain ? 0 : world.rates.skew)] as number;
    if (world.tape.chance('lose', world.rates.lose)) world.disk.loseViews(name);
    const older = this.isOld(number) ? this.older : undefined;
    const definitions = (older ?? this.classes).definitions();
    const events = { ended: () => this.again(name), published: this.told.published };
    const worker = new Worker(world, { name, number, skew, isOld: older !== undefined, definitions }, events);
    const before = this.all.findIndex((other) => other.name === name);
    if (before < 0) this.all.push(worker);
    else this.all[before] = worker;
    worker.begin(() => older === undefined && this.told.deployed(worker));
    return worker;
  }

  /** Whether a worker starts with the previous version's classes: the first ones do. */
  private isOld(number: number): boolean {
    if (!this.older || this.world.healed) return false;
    if (number <= this.limit) return true;
    const { simulation, tape } = this.world;
    const older = tape.pick('version', 2) === 0 && (simulation.rollback !== false || !this.isUpgraded);
    this.isUpgraded ||= !older;
    return older;
  }

  private again(name: string): void {
    const { world } = this;
    const begin = (): void => {
      const wait = this.downUntil - world.scheduler.now;
      if (wait > 0) world.scheduler.after(this.keeper, wait, 'starts a worker', begin);
      else this.begin(name);
    };
    world.scheduler.after(this.keeper, world.plain ? 0 : world.someTime(), 'starts a worker', begin);
  }

  /** All faults are off: paused workers go on, and those of the previous version end, as the upgrade is over. */
  heal(): void {
    for (const worker of this.all) {
      worker.frozen = false;
      if (Math.abs(worker.clock.ahead) > OVERSET) worker.clock.set(0);
      if (worker.isOld && !worker.dead && !worker.stopping) this.retire(worker);
    }
  }

  private retire(worker: Worker): void {
    if (worker.started) return this.restart(worker);
    worker.kill();
    this.again(worker.name);
  }

  /** Strikes a worker just before one of its tasks. True when the task does not run now. */
  trouble({ owner, kind }: Task): boolean {
    const { world } = this;
    if (world.healed || !(owner instanceof Worker) || owner.stopping || owner.dead) return false;
    world.scheduler.current = owner;
    if (world.every.size > 0) return world.every.has('crash') && this.crashesHere(owner, kind);
    if (kind === 'sent') return false;
    const struck = world.strike('trouble', TROUBLE);
    if (struck === 'crash') this.crash(owner);
    else if (struck === 'power') this.cutPower();
    else if (struck === 'pause') this.pause(owner);
    else if (struck === 'restart' && owner.started) this.restart(owner);
    else if (struck === 'jump') this.jump(owner);
    else if (struck === 'down') this.allDown();
    else if (struck === 'restore') world.restore(this.begun);
    else if (struck === 'cut') cutAStream(world);
    return struck === 'crash' || struck === 'power' || struck === 'down';
  }

  /** Exhaustive: a death before a local task is equivalent to one before the next call. What was sent may arrive. */
  private crashesHere(worker: Worker, kind: Kind): boolean {
    const { tape } = this.world;
    if (kind === 'local' || this.crashes >= this.crashLimit || tape.pick('crash', 2) === 0) return false;
    this.crashes++;
    this.crash(worker);
    return kind !== 'sent' || !tape.chance('arrives', 0.5);
  }

  private crash(worker: Worker): void {
    worker.kill();
    this.world.say(worker, () => 'dies');
    this.again(worker.name);
  }

  private cutPower(): void {
    const { world } = this;
    for (const worker of this.all.filter(({ dead }) => !dead)) {
      worker.kill();
      this.again(worker.name);
    }
    world.scheduler.end(world.server, () => false);
    const lost = world.disk.lose();
    world.say(world.server, () => `the power fails: all workers die, ${lost} unsynced rows are gone`);
  }

  private allDown(): void {
    const { world } = this;
    const ms = DOWN[world.tape.pick('down', DOWN.length)] as number;
    world.say(this.keeper, () => `keeps all workers down for ${ms / 60_000} minutes`);
    this.downUntil = world.scheduler.now + ms;
    for (const worker of this.all.filter(({ dead }) => !dead)) {
      worker.kill();
      this.again(worker.name);
    }
  }

  private jump({ clock, name }: Worker): void {
    const { world } = this;
    const ahead = clock.ahead;
    clock.set(JUMPS[world.tape.pick('jump', JUMPS.length)] as number);
    world.say(this.keeper, () => `sets the clock of ${name} wrong by ${clock.ahead} ms`);
    world.scheduler.after(this.keeper, world.someTime(), 'sets a clock', () => clock.set(ahead));
  }

  private pause(worker: Worker): void {
    worker.frozen = true;
    this.world.scheduler.after(this.keeper, this.world.someTime(), 'wakes a worker', () => {
      worker.frozen = false;
      if (!worker.dead) this.world.say(worker, () => 'wakes up');
    });
  }

  private restart(worker: Worker): void {
    this.world.say(worker, () => 'is stopped');
    worker.stop().then(
      () => worker.dead && this.all.includes(worker) && this.again(worker.name),
      (error: unknown) => {
        if (!worker.mayFail) return this.world.wrong('I13', `worker ${worker.name} does not stop: ${String(error)}`);
        worker.kill();
        this.again(worker.name);
      },
    );
  }
}
