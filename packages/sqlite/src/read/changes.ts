import type { FSWatcher } from 'node:fs';
import { watch } from 'node:fs';

/** Milliseconds between two looks at the file when nothing reports a change. */
const POLL = 200;

/**
 * Wakes those who wait for the log to grow: at once for commits of this store, by watching the -wal file for those of other
 * processes, and by slow polling where the system cannot watch it. None of this keeps the process alive.
 */
export class Changes {
  private readonly sleepers = new Set<() => void>();
  private users = 0;
  private closed = false;
  /** No commit of this store since the last tick. */
  private quiet = true;
  /** Those who sleep have seen this position. */
  private seen = 0;
  private poll: NodeJS.Timeout | undefined;
  private look: NodeJS.Timeout | undefined;
  private watcher: FSWatcher | undefined;

  /** `head` gives the newest position that readers see; without a file nobody else can write. */
  constructor(
    private readonly head: () => number,
    private readonly file?: string,
  ) {}

  /** From `enter` to `leave`, commits of other processes are watched for. */
  enter(): void {
    if (this.users++ > 0 || this.closed || this.file === undefined) return;
    this.poll = setInterval(() => this.tick(), POLL).unref();
    this.watch();
  }

  leave(): void {
    if (--this.users === 0) this.rest();
  }

  /** Wakes everybody for the last time. */
  close(): void {
    this.closed = true;
    this.rest();
    this.wakeAll();
  }

  /** Resolves when the log may have grown beyond what its caller has just seen, or `signal` aborts. */
  wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.sleepers.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.sleepers.add(wake);
      signal.addEventListener('abort', wake);
      if (signal.aborted) wake();
    });
  }

  /** This store has committed. While it keeps committing the watch would report nothing new, so it is off until the next quiet tick. */
  notify(): void {
    this.quiet = false;
    this.unwatch();
    this.wakeAll();
  }

  private rest(): void {
    clearInterval(this.poll);
    clearTimeout(this.look);
    this.look = undefined;
    this.unwatch();
  }

  private wakeAll(): void {
    for (const wake of [...this.sleepers]) wake();
  }

  private tick(): void {
    if (this.quiet) this.watch();
    this.quiet = true;
    this.wakeIfGrown();
  }

  private wakeIfGrown(): boolean {
    if (this.sleepers.size === 0) return true;
    let head: number;
    try {
      head = this.head();
    } catch {
      // Those who wake get the error from a read of their own.
      this.wakeAll();
      return true;
    }
    const grown = head > this.seen;
    this.seen = head;
    if (grown) this.wakeAll();
    return grown;
  }

  private watch(): void {
    if (this.watcher) return;
    try {
      this.watcher = watch(`${this.file}-wal`, { persistent: false }, () => this.touched());
      this.watcher.on('error', () => this.unwatch());
    } catch {
      // It cannot be watched here (a network drive, no handles left): polling finds the change.
    }
  }

  private unwatch(): void {
    this.watcher?.close();
    this.watcher = undefined;
  }

  private touched(): void {
    if (this.sleepers.size > 0 && !this.look) this.lookIn(1);
  }

  /** The file changes before the commit becomes visible, which takes a sync: look again at growing intervals, until polling takes over. */
  private lookIn(delay: number): void {
    this.look = setTimeout(() => {
      this.look = undefined;
      if (!this.wakeIfGrown() && delay < POLL) this.lookIn(delay * 2);
    }, delay).unref();
  }
}
