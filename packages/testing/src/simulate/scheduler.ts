import type { Tape } from './tape';

/** Whose work a task is: a worker, a producer, a caller. */
export interface Owner {
  readonly name: string;
  /** Paused: none of its tasks runs, except for what it has already sent. */
  frozen: boolean;
}

export type Kind = 'call' | 'sent' | 'local';

export interface Task {
  readonly owner: Owner;
  readonly what: string;
  readonly run: () => void;
  /**
   * `sent` is on its way to the store: neither a pause nor the end of its owner holds it up. `local` touches nothing that
   * others see: when its owner waits for nothing else, its order among the tasks of others makes no difference.
   */
  readonly kind: Kind;
  readonly at: number;
}

/** A look at the log that finds nothing new. */
export const IDLE = 'idle';

/** The time at which every schedule begins. */
const BEGIN = 1_700_000_000_000;

/**
 * One process and one virtual clock: whatever waits for the store or for time is a task, and the tape says which runs next.
 * All microtasks run between two tasks. Time passes only when nothing else can run.
 */
export class Scheduler {
  now = BEGIN;
  steps = 0;
  /** Whose task runs, and whose continuations run after it. */
  current: Owner | undefined;
  private ready: Task[] = [];
  private timers: Task[] = [];

  constructor(
    private readonly tape: Tape,
    /** How likely a task runs out of turn. */
    readonly policy: { switching: number; /** Leaves out equivalent orders. */ readonly reduce: boolean },
  ) {}

  get elapsed(): number {
    return this.now - BEGIN;
  }

  push(owner: Owner, what: string, run: () => void, kind: Kind = 'call'): Task {
    const task = { owner, what, run, kind, at: 0 };
    this.ready.push(task);
    return task;
  }

  after(owner: Owner, ms: number, what: string, run: () => void, kind: Kind = 'call'): () => void {
    if (ms <= 0) {
      const task = this.push(owner, what, run, kind);
      return () => this.cancel(task);
    }
    const task = { owner, what, run, kind, at: this.now + ms };
    let place = this.timers.length;
    while (place > 0 && (this.timers[place - 1] as Task).at > task.at) place--;
    this.timers.splice(place, 0, task);
    return () => this.cancel(task);
  }

  private cancel(task: Task): void {
    for (const list of [this.ready, this.timers]) {
      const at = list.indexOf(task);
      if (at >= 0) list.splice(at, 1);
    }
  }

  /** The end of an owner: none of its tasks runs any more. `keep` says which of those already sent still arrive. */
  end(owner: Owner, keep: (task: Task) => boolean): void {
    const stays = (task: Task): boolean => task.owner !== owner || (task.kind === 'sent' && keep(task));
    this.ready = this.ready.filter(stays);
    this.timers = this.timers.filter(stays);
  }

  /** Whether anything can run without time passing. */
  get busy(): boolean {
    return this.ready.some(canRun);
  }

  /** Removes and returns the task that runs next; undefined when nothing ever will. */
  next(): Task | undefined {
    let able = 0;
    let first = -1;
    for (let i = 0; i < this.ready.length; i++) {
      const task = this.ready[i] as Task;
      if (!canRun(task)) continue;
      able++;
      if (first < 0 || (task.owner === this.current && (this.ready[first] as Task).owner !== this.current)) first = i;
    }
    if (able === 0) return this.pass();
    const alone = this.policy.reduce ? this.ready.findIndex((task) => canRun(task) && this.isAlone(task)) : -1;
    if (alone >= 0) return this.ready.splice(alone, 1)[0];
    const value = this.tape.pick('next', able, this.policy.switching);
    return this.ready.splice(value === 0 ? first : this.other(first, value), 1)[0];
  }

  private isAlone(task: Task): boolean {
    return (
      task.kind === 'local' &&
      (task.what === 'soon' || task.what === IDLE || this.ready.every((other) => other === task || other.owner !== task.owner))
    );
  }

  /** The `value`-th task that can run, `first` left out. */
  private other(first: number, value: number): number {
    let left = value;
    for (let i = 0; i < this.ready.length; i++) {
      if (i !== first && canRun(this.ready[i] as Task) && --left === 0) return i;
    }
    return first;
  }

  /** Time passes until the first timer is due. */
  private pass(): Task | undefined {
    const due = this.timers.findIndex(canRun);
    if (due < 0) return undefined;
    const task = this.timers.splice(due, 1)[0] as Task;
    this.now = Math.max(this.now, Math.ceil(task.at));
    return task;
  }
}

function canRun(task: Task): boolean {
  return !task.owner.frozen || task.kind === 'sent';
}

const resolved = Promise.resolve();

/**
 * Calls `step` until it returns false, each time after all microtasks of the last call: what a microtask passes to
 * `nextTick` runs once no microtask is left.
 */
export function drive(step: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const enqueue = (): void => process.nextTick(turn);
    const turn = (): void => {
      try {
        if (!step()) return resolve();
        void resolved.then(enqueue);
      } catch (error) {
        reject(error as Error);
      }
    };
    enqueue();
  });
}
