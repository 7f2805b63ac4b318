/** One after the other for each key, side by side for different keys. Keeps nothing of a key that nobody waits for. */
export class Lines {
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
