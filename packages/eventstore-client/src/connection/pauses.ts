/** Pauses that end as soon as the store closes, so that none keeps the process alive. */
export class Pauses {
  private readonly sleepers = new Set<() => void>();
  private isClosed = false;

  get closed(): boolean {
    return this.isClosed;
  }

  sleep(ms: number): Promise<void> {
    if (this.isClosed) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.sleepers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      this.sleepers.add(wake);
    });
  }

  close(): void {
    this.isClosed = true;
    for (const wake of [...this.sleepers]) wake();
  }
}
