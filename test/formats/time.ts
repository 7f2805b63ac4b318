import { realRuntime } from 'waybill';
import type { Runtime } from 'waybill';

/** Milliseconds: a shorter pause passes by itself while something is waited for; a longer one only when a test lets it pass. */
const PAUSE = 6_000;

interface Timer {
  readonly at: number;
  readonly task: () => void;
}

/** Clock, timers, ids and chance of one process after the other. Nothing of it depends on the machine. */
export class Time implements Runtime {
  private timers: Timer[] = [];
  private ids = 0;

  constructor(
    private at: number,
    /** Begins each id that is made here. */
    private readonly name: string,
  ) {}

  now(): number {
    return this.at;
  }

  after(ms: number, task: () => void): () => void {
    const timer = { at: this.at + ms, task };
    const later = this.timers.findIndex(({ at }) => at > timer.at);
    this.timers.splice(later < 0 ? this.timers.length : later, 0, timer);
    return () => void (this.timers = this.timers.filter((other) => other !== timer));
  }

  defer(task: () => void): void {
    queueMicrotask(task);
  }

  random(): number {
    return 0.5;
  }

  uuid(): string {
    return `${this.name}-${String(++this.ids).padStart(4, '0')}`;
  }

  hash(text: string): string {
    return realRuntime.hash(text);
  }

  /** Until the promise has ended; meanwhile pauses pass. */
  async until<T>(promise: Promise<T>): Promise<T> {
    let open = true;
    const end = () => void (open = false);
    promise.then(end, end);
    for (;;) {
      await macrotask();
      if (!open) return promise;
      this.fire(this.at + PAUSE);
    }
  }

  /** Nothing runs meanwhile, as while no process is there. */
  skip(ms: number): void {
    this.at += ms;
  }

  /** Each timer fires in its turn. */
  async pass(ms: number): Promise<void> {
    const end = this.at + ms;
    do await macrotask();
    while (this.fire(end));
    this.at = end;
    await macrotask();
  }

  /** The process is gone, and its timers with it. */
  kill(): void {
    this.timers = [];
  }

  private fire(latest: number): boolean {
    const [timer] = this.timers;
    if (!timer || timer.at > latest) return false;
    this.timers.shift();
    this.at = Math.max(this.at, Math.ceil(timer.at));
    timer.task();
    return true;
  }
}

/** After all that is ready to run: commits and reads of a store in this thread are done by then. */
function macrotask(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
