import { isTransient } from './errors';

/**
 * Time, randomness and scheduling, injected: core reads no clock, sets no timer and draws no random number in any other way,
 * so that the whole flow runs under a simulator. The real runtime is in package `waybill`.
 */
export interface Runtime {
  /** Milliseconds since 1970. */
  now(): number;
  /** Runs `task` once after `ms` milliseconds; the returned function cancels it. */
  after(ms: number, task: () => void): () => void;
  /** Runs `task` soon, after everything that is already queued. */
  defer(task: () => void): void;
  /** In [0, 1). */
  random(): number;
  /** A new UUID. */
  uuid(): string;
  /** A collision-resistant digest of a text; the same in every process and release. */
  hash(text: string): string;
  /** States are frozen, so that a method that changes one in place fails at once: not for production, where it costs time. */
  readonly development?: boolean;
}

export function sleep(runtime: Runtime, ms: number): Promise<void> {
  return new Promise((resolve) => void runtime.after(ms, resolve));
}

/** As `sleep`; ends at once when `signal` aborts. */
export function pause(runtime: Runtime, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = runtime.after(ms, end);
    signal.addEventListener('abort', end);
  });
}

/** Exponential backoff with full jitter, in milliseconds: a random part of `base` doubled per attempt, at most `cap`. */
export function backoff(runtime: Runtime, attempt: number, base = 10, cap = Math.max(5_000, base)): number {
  return runtime.random() * Math.min(cap, base * 2 ** Math.min(attempt, 30));
}

/** I14: one timer at most: setting it again cancels the earlier one, and none is open once it is cancelled. */
export class Timer {
  private cancelTimer: (() => void) | undefined;

  constructor(
    private readonly runtime: Runtime,
    private readonly ring: () => void,
  ) {}

  set(ms: number): void {
    this.cancel();
    this.cancelTimer = this.runtime.after(ms, () => {
      this.cancelTimer = undefined;
      this.ring();
    });
  }

  cancel(): void {
    this.cancelTimer?.();
    this.cancelTimer = undefined;
  }
}

/**
 * Retries while the failure is transient; `cut` also ends the wait for the next try, so that no timer is left.
 * @throws any other failure, and a transient one once it is `stopping`
 */
export async function retryTransient<T>(runtime: Runtime, stopping: () => boolean, work: () => Promise<T>, cut?: AbortSignal): Promise<T> {
  for (let failures = 0; ; failures++) {
    try {
      return await work();
    } catch (error) {
      if (!isTransient(error) || stopping()) throw error;
      const wait = backoff(runtime, failures);
      await (cut ? pause(runtime, wait, cut) : sleep(runtime, wait));
    }
  }
}
