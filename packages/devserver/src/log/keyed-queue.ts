/** Runs work one at a time per key, concurrently across keys. Keeps nothing for a key that has no work. */
export class KeyedQueue {
  private readonly ends = new Map<string, Promise<unknown>>();

  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.ends.get(key);
    const done = before ? before.then(work, work) : work();
    this.ends.set(key, done);
    const leave = (): void => {
      if (this.ends.get(key) === done) this.ends.delete(key);
    };
    done.then(leave, leave);
    return done;
  }
}
