import { callersOf } from './caller';
import type { Caller } from './caller';
import type { Classes } from './classes';
import { Operator } from './operator';
import { Producer } from './producer';
import { drive } from './scheduler';
import type { Task } from './scheduler';
import { Workers } from './workers';
import type { World } from './world';

/** Steps with faults on, at most, for each message of the workload; then all is healed. */
const STEPS = 120;
/** Milliseconds: a worker looks at its clock every minute. */
const OVERDUE = 240_000;
/** Steps in which a healed world must come to rest. */
const PATIENCE = 20_000;
/** How long to wait for deadlines once all is healed, in milliseconds. */
const HORIZON = 600_000;

/** Runs one schedule on a world: with faults on, then healed, until nothing is under way any more. */
export class Schedule {
  readonly workers: Workers;
  private readonly producer: Producer;
  private readonly callers: readonly Caller[];
  private readonly operator: Operator;
  private until: number;
  /** Until when deadlines are waited for. */
  private deadline = 0;

  constructor(
    readonly world: World,
    classes: Classes,
    older: Classes | undefined,
  ) {
    this.workers = new Workers(world, classes, older, {
      published: ({ kind, stream }) => {
        if (kind === 'parked' && stream !== undefined) this.operator.noticed(stream);
      },
      deployed: (worker) => this.operator.deployed(worker),
    });
    this.operator = new Operator(world, this.workers);
    const ofKind = (kind: string) => world.simulation.messages.filter((message) => message['~kind'] === kind);
    this.producer = new Producer(world, ofKind('event'));
    this.callers = callersOf(world, this.workers, ofKind('command'));
    this.until = STEPS * (1 + this.producer.size + this.callers.length);
  }

  async run(): Promise<void> {
    const { world, workers } = this;
    const count = workers.draw();
    this.producer.go();
    workers.beginAll(count);
    for (const caller of this.callers) caller.go(world.tape.chance('delay', world.rates.delay) ? 500 : 0);
    await this.settle();
  }

  /** Runs tasks until the promise has settled. */
  async finish(promise: Promise<unknown>, what: string): Promise<void> {
    let open = true;
    let left = PATIENCE;
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
      if (!task || left-- === 0) this.world.wrong('I13', `${what} does not end${task ? '' : ': nothing is left to wait for'}`);
      else this.go(task);
      return task !== undefined;
    });
  }

  /** Runs tasks until all is written, answered and finished. */
  async settle(): Promise<void> {
    await drive(() => this.step());
  }

  private step(): boolean {
    const { world } = this;
    const { scheduler } = world;
    if (world.violation) return false;
    if (!scheduler.busy && this.isQuiet) {
      if (!world.healed) return (this.heal(), true);
      if (!this.operator.rebuildAll() && !this.operator.releaseAll() && !this.isAwaited()) return false;
      if (world.violation) return false;
    }
    if (++scheduler.steps > this.until) {
      if (!world.healed) this.heal();
      else world.wrong('I13', `all faults are healed, and after ${PATIENCE} steps it is still not at rest (${this.unrest})`);
    }
    const task = scheduler.next();
    if (!task) world.wrong('I13', `nothing is left to run, and it is not at rest (${this.unrest})`);
    else if (!this.workers.trouble(task)) this.go(task);
    return task !== undefined;
  }

  private go(task: Task): void {
    this.world.scheduler.current = task.owner;
    try {
      task.run();
    } catch (error) {
      this.world.wrong('I14', `${task.owner.name} (${task.what}) kills its process: ${String(error)}`);
    }
  }

  /** Whether a deadline will be due within the horizon. One that has been due for minutes and has not fired never will. */
  private isAwaited(): boolean {
    const { checker, scheduler } = this.world;
    for (const { stream, pending, parks, definition } of checker.oracle.actors.values()) {
      for (const [slot, { version, due }] of pending) {
        if (definition.kind !== 'saga' || parks.has(version) || due > this.deadline) continue;
        if (due + OVERDUE < scheduler.now && this.deadline + OVERDUE < scheduler.now)
          this.world.wrong(
            'I13',
            `the deadline ${slot}, set at version ${version} of ${stream}, has been due for ${scheduler.now - due} ms and has not fired`,
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
    this.deadline = world.scheduler.now + (world.simulation.horizon ?? HORIZON);
    this.workers.heal();
  }

  /** All is written, answered and finished; what only waits for time does not count. */
  private get isQuiet(): boolean {
    const { producer, callers, workers, operator } = this;
    return (
      producer.isDone &&
      operator.isDone &&
      callers.every((caller) => caller.isDone) &&
      workers.all.every(({ dead, stopping }) => !dead && !stopping) &&
      workers.all.every((worker) => worker.isDone)
    );
  }

  /** What is not at rest, for people. */
  private get unrest(): string {
    const { producer, callers, workers, world } = this;
    const open = workers.all
      .filter((worker) => worker.dead || !worker.isDone)
      .map(({ name, dead, system }) => {
        const places = system.progress().map(({ consumer, position }) => `${consumer} at ${position}`);
        return `worker ${name}: ${dead ? 'down' : `${system.counts().waiting} waiting, ${places.join(', ')}`}`;
      });
    const calls = callers.filter((caller) => !caller.isDone).length;
    return [
      ...(producer.isDone ? [] : ['messages to write']),
      ...(calls > 0 ? [`${calls} callers`] : []),
      ...open,
      `log at ${world.disk.head}`,
    ].join('; ');
  }
}
