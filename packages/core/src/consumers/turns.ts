import type { ClassEntry } from '../actors/options';
import { millisecondsOf } from '../base/duration';
import { Timer, type Runtime } from '../base/runtime';
import { Signal } from '../base/signal';

/** Calls of one handler that are in progress at once, unless it says otherwise. */
const CONCURRENCY = 16;

type Work = () => Promise<void>;

/** I10: how many calls of one handler are in progress at once, and how many begin in a time. */
export class Turns {
  private readonly asked: Work[] = [];
  /** When the newest calls began, as many as the rate allows. */
  private begun: number[] = [];
  private readonly timer: Timer;
  private readonly changed = new Signal();
  private running = 0;
  private stopping = false;

  constructor(
    private readonly options: ClassEntry['options'],
    private readonly runtime: Runtime,
    private readonly oneAtATime: () => boolean,
    /** What the log has next, if it has anything; it never throws. */
    private readonly next: () => Work | undefined,
  ) {
    this.timer = new Timer(runtime, () => this.go());
  }

  /** Begins all that may begin. */
  go(): void {
    while (this.mayBegin()) {
      const work = this.asked.shift() ?? this.next();
      if (!work) return;
      this.running++;
      if (this.options.rate) this.begun.push(this.runtime.now());
      void work().finally(() => {
        this.running--;
        this.go();
        this.changed.notify();
      });
    }
  }

  /** Runs `work` in its turn, before what the log has next. */
  take<T>(work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.asked.push(() => work().then(resolve, reject));
      this.go();
    });
  }

  /** All that waits begins now, and is expected to end at once. Resolves when nothing is in progress. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.timer.cancel();
    this.go();
    while (this.running > 0) await this.changed.wait();
  }

  private mayBegin(): boolean {
    if (this.stopping) return true;
    const { concurrency = CONCURRENCY, rate } = this.options;
    if (this.running >= (this.oneAtATime() ? 1 : concurrency)) return false;
    if (!rate) return true;
    this.begun = this.begun.slice(-rate.calls);
    const [oldest = 0] = this.begun;
    const wait = this.begun.length < rate.calls ? 0 : oldest + millisecondsOf(rate.per) - this.runtime.now();
    if (wait > 0) this.timer.set(wait);
    return wait <= 0;
  }
}
