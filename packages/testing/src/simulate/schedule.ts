import { Life } from './life';
import { isQuiet, unrest } from './quiet';
import { atRest } from './rest';
import { drive } from './scheduler';
import type { Kind, Owner, Task } from './scheduler';
import type { World } from './world';

const TROUBLE = ['crash', 'pause', 'restart', 'power'] as const;
/** Steps with faults on, at most, for each message of the workload; then all is healed. */
const STEPS = 120;
/** Milliseconds: a worker looks at its clock every minute. */
const OVERDUE = 240_000;
/** Steps in which a healed world must come to rest. */
const PATIENCE = 50_000;

/** Runs one schedule: faults on, all healed, at rest, and once more from the start of the log. */
export class Schedule {
  private readonly keeper: Owner = { name: 'keeper', frozen: false };
  private begun = 0;
  private crashes = 0;
  private until: number;
  /** Until when deadlines are waited for. */
  private deadline = 0;

  constructor(private readonly world: World) {
    this.until = STEPS * (1 + world.producer.size + world.callers.length);
  }

  async run(): Promise<void> {
    const { world } = this;
    const count = 1 + world.tape.pick('workers', world.workers, world.plain ? 0 : 1);
    world.producer.go();
    for (let i = 0; i < (world.plain ? world.workers : count); i++) this.begin(String.fromCharCode(97 + i));
    for (const caller of world.callers) caller.go(world.tape.chance('delay', world.rates.delay) ? 500 : 0);
    await drive(() => this.step());
    if (world.violation) return;
    await atRest(world, this);
  }

  /** A new life of a worker. */
  begin(name: string): Life {
    const life = new Life(this.world, name, ++this.begun, () => this.again(name));
    const { lives } = this.world;
    const before = lives.findIndex((other) => other.name === name);
    if (before < 0) lives.push(life);
    else lives[before] = life;
    life.begin();
    return life;
  }

  /** Until the promise has ended, whatever it takes. */
  async finish(promise: Promise<unknown>, what: string): Promise<void> {
    let open = true;
    promise.then(
      () => (open = false),
      (error: unknown) => {
        open = false;
        this.world.wrong('I13', `${what} fails: ${String(error)}`);
      },
    );
    await drive(() => {
      if (!open || this.world.violation) return false;
      const task = this.world.scheduler.next();
      if (!task) this.world.wrong('I13', `${what} does not end: nothing is left to wait for`);
      else this.go(task);
      return task !== undefined;
    });
  }

  /** Until every worker has finished what the log holds. */
  async settle(): Promise<void> {
    await drive(() => this.step());
  }

  private step(): boolean {
    const { world } = this;
    const { scheduler } = world;
    if (world.violation) return false;
    if (!scheduler.busy && isQuiet(this.world)) {
      if (!world.healed) this.heal();
      const quiet = !scheduler.busy && isQuiet(this.world);
      if (quiet && !world.operator.releaseAll() && !this.isAwaited()) return false;
      if (world.violation) return false;
    }
    if (++scheduler.steps > this.until) {
      if (!world.healed) this.heal();
      else world.wrong('I13', `all faults are healed, and after ${PATIENCE} steps it is still not at rest (${unrest(this.world)})`);
    }
    const task = scheduler.next();
    if (!task) world.wrong('I13', `nothing goes on any more, and it is not at rest (${unrest(this.world)})`);
    else if (!this.trouble(task)) this.go(task);
    return task !== undefined;
  }

  private go(task: Task): void {
    this.world.scheduler.current = task.owner;
    try {
      task.run();
    } catch (error) {
      this.world.wrong('I14', `${task.owner.name} (${task.what}) ends its process: ${String(error)}`);
    }
  }

  /** A deadline that will be due within the horizon. One that is due for minutes and has not fired never will. */
  private isAwaited(): boolean {
    const { oracle, scheduler } = this.world;
    for (const { stream, pending, definition } of oracle.actors.values()) {
      for (const [slot, { version, due }] of pending) {
        if (definition.kind !== 'saga' || due > this.deadline) continue;
        if (due + OVERDUE < scheduler.now && this.deadline + OVERDUE < scheduler.now)
          this.world.wrong(
            'I13',
            `the deadline ${slot}, set at version ${version} of ${stream}, is due for ${scheduler.now - due} ms and does not fire`,
          );
        return true;
      }
    }
    return false;
  }

  private heal(): void {
    const { world } = this;
    world.heal();
    this.until = world.scheduler.steps + PATIENCE;
    this.deadline = world.scheduler.now + world.horizon;
    for (const life of world.lives) {
      life.frozen = false;
      if (life.isOld && !life.dead && !life.stopping) this.retire(life);
    }
  }

  /** Strikes a worker just before one of its tasks. True when the task does not run now. */
  private trouble(task: Task): boolean {
    const { world } = this;
    const { owner, kind } = task;
    if (world.healed || !(owner instanceof Life) || owner.stopping || owner.dead) return false;
    world.scheduler.current = owner;
    if (world.every.size > 0) return world.every.has('crash') && this.crashesHere(owner, kind);
    if (kind === 'sent') return false;
    const struck = world.strike('trouble', TROUBLE);
    if (struck === 'crash') this.crash(owner);
    else if (struck === 'power') this.cutPower();
    else if (struck === 'pause') this.pause(owner);
    else if (struck === 'restart' && owner.started) this.restart(owner);
    return struck === 'crash' || struck === 'power';
  }

  /** Exhaustive: a death before a local task comes to the same as one before the next call. What was sent may arrive. */
  private crashesHere(life: Life, kind: Kind): boolean {
    const { tape, crashLimit } = this.world;
    if (kind === 'local' || this.crashes >= crashLimit || tape.pick('crash', 2) === 0) return false;
    this.crashes++;
    this.crash(life);
    return kind !== 'sent' || !tape.chance('arrives', 0.5);
  }

  private crash(life: Life): void {
    life.kill();
    this.world.say(life, () => 'dies');
    this.again(life.name);
  }

  private again(name: string): void {
    this.world.scheduler.after(this.keeper, this.world.plain ? 0 : this.world.someTime(), 'starts a worker', () => this.begin(name));
  }

  private cutPower(): void {
    const { world } = this;
    for (const life of world.lives.filter(({ dead }) => !dead)) {
      life.kill();
      this.again(life.name);
    }
    world.scheduler.end(world.server, () => false);
    const lost = world.disk.lose();
    world.say(world.server, () => `the power fails: all workers die, ${lost} unsynced rows are gone`);
  }

  private pause(life: Life): void {
    life.frozen = true;
    this.world.scheduler.after(this.keeper, this.world.someTime(), 'wakes a worker', () => {
      life.frozen = false;
      if (!life.dead) this.world.say(life, () => 'wakes up');
    });
  }

  /** A worker with the classes of yesterday ends when the upgrade does. */
  private retire(life: Life): void {
    if (life.started) return this.restart(life);
    life.kill();
    this.again(life.name);
  }

  private restart(life: Life): void {
    this.world.say(life, () => 'is stopped');
    life.stop().then(
      () => life.dead && this.world.lives.includes(life) && this.again(life.name),
      (error: unknown) => this.world.wrong('I13', `worker ${life.name} does not stop: ${String(error)}`),
    );
  }
}
