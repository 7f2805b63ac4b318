const FOR_EVER_MS = 2 ** 31 - 1;

/** For a task that waits for several things at once, each of which rings. */
export class Waiter {
  private rung = false;
  private wake: (() => void) | undefined;

  constructor(private readonly isOver: () => boolean) {}

  readonly ring = (): void => {
    this.rung = true;
    this.wake?.();
  };

  /** Waits until the condition holds or everything is over; false if neither happens within `ms` milliseconds. */
  async until(ms: number, holds: () => boolean): Promise<boolean> {
    const end = performance.now() + ms;
    for (;;) {
      this.rung = false;
      if (holds() || this.isOver()) return true;
      const left = end - performance.now();
      if (left <= 0) return false;
      await this.bell(left);
    }
  }

  /** Undefined if everything is over before the answer comes. */
  async answer<T>(asked: Promise<T>): Promise<T | undefined> {
    let settled: { readonly value: T } | { readonly error: unknown } | undefined;
    const settle = (how: NonNullable<typeof settled>) => {
      settled = how;
      this.ring();
    };
    asked.then(
      (value) => settle({ value }),
      (error: unknown) => settle({ error }),
    );
    await this.until(FOR_EVER_MS, () => settled !== undefined);
    if (settled && 'error' in settled) throw settled.error;
    return settled?.value;
  }

  private bell(ms: number): Promise<void> {
    if (this.rung) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.wake?.(), ms);
      this.wake = () => {
        clearTimeout(timer);
        this.wake = undefined;
        resolve();
      };
    });
  }
}
