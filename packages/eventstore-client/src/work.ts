import { WaybillError } from '@waybill/core';

/** Counts what is in progress in a store, so that closing can wait for it. */
export class Work {
  private readonly listeners = new Set<() => void>();
  private count = 0;
  private idle: (() => void) | undefined;
  private closing: Promise<void> | undefined;

  constructor(
    private readonly whose: string,
    /** The most milliseconds that closing waits. */
    private readonly timeout: number,
  ) {}

  get isClosed(): boolean {
    return this.closing !== undefined;
  }

  /** @throws WaybillError `STORE_CLOSED` */
  mustBeOpen(): void {
    if (this.closing) throw new WaybillError('STORE_CLOSED', `${this.whose} is closed`, 'open a new one, and close it after its last user');
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    this.mustBeOpen();
    this.count++;
    try {
      return await work();
    } finally {
      if (--this.count === 0) this.idle?.();
    }
  }

  onClose(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  close(end: () => Promise<void>): Promise<void> {
    if (this.closing) return this.closing;
    this.closing = this.finish(end);
    for (const listener of [...this.listeners]) listener();
    return this.closing;
  }

  private async finish(end: () => Promise<void>): Promise<void> {
    if (this.count > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, this.timeout);
        this.idle = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    await end();
  }
}
