import type { Runtime } from '@waybill/core';
import { digest } from '@waybill/testing/internal';

interface Timer {
  readonly at: number;
  readonly task: () => void;
}

/** The time of one case: it moves only when a timer is fired, so nothing depends on how fast the machine is. */
export class Clock {
  private now = 1_700_000_000_000;
  private timers: Timer[] = [];
  private started = 0;

  /** The runtime of one process. `skew`: milliseconds that its clock is ahead of the others'. */
  runtime(skew = 0): ProcessRuntime {
    return new ProcessRuntime(this, ++this.started, skew);
  }

  time(): number {
    return this.now;
  }

  /** Lets this much time go by at once, as a process that sleeps meets it. */
  pass(ms: number): void {
    this.now += ms;
  }

  get open(): number {
    return this.timers.length;
  }

  after(ms: number, task: () => void): () => void {
    const timer = { at: this.now + ms, task };
    const behind = this.timers.findIndex(({ at }) => at > timer.at);
    this.timers.splice(behind < 0 ? this.timers.length : behind, 0, timer);
    return () => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  }

  /** Fires the timer that is due first. */
  fire(): void {
    const timer = this.timers.shift();
    if (!timer) return;
    this.now = Math.max(this.now, Math.ceil(timer.at));
    timer.task();
  }
}

/** One process: its own ids and its own dice, both the same at every run. */
export class ProcessRuntime implements Runtime {
  private ids = 0;
  private dice: number;
  private readonly open = new Set<() => void>();
  private dead = false;

  constructor(
    private readonly clock: Clock,
    private readonly number: number,
    private readonly skew: number,
  ) {
    this.dice = number * 7_919;
  }

  now(): number {
    return this.clock.time() + this.skew;
  }

  after(ms: number, task: () => void): () => void {
    if (this.dead) return () => undefined;
    const cancel = this.clock.after(ms, () => {
      this.open.delete(stop);
      task();
    });
    const stop = () => {
      this.open.delete(stop);
      cancel();
    };
    this.open.add(stop);
    return stop;
  }

  defer(task: () => void): void {
    queueMicrotask(() => {
      if (!this.dead) task();
    });
  }

  random(): number {
    this.dice = (Math.imul(this.dice, 1_664_525) + 1_013_904_223) >>> 0;
    return this.dice / 2 ** 32;
  }

  uuid(): string {
    return `${hex(this.number, 8)}-0000-4000-8000-${hex(++this.ids, 12)}`;
  }

  /** Whether this process made the id. */
  made(id: string): boolean {
    return id.startsWith(`${hex(this.number, 8)}-`);
  }

  hash(text: string): string {
    return digest(text);
  }

  get timers(): number {
    return this.open.size;
  }

  /** Nothing of this process runs by a timer any more. */
  kill(): void {
    this.dead = true;
    for (const stop of [...this.open]) stop();
  }
}

function hex(value: number, width: number): string {
  return value.toString(16).padStart(width, '0');
}

/** Numbers in [0, 1) that are the same at every run. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 3_266_489_917) >>> 0;
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32;
  };
}
