/** Row of `streams`, 0 for a stream that has none yet, and last version, -1 for none. */
export interface Head {
  id: number;
  version: number;
}

/** Heads of the streams written last: at least `size`, at most twice as many. */
export class Heads {
  private young = new Map<string, Head>();
  private old = new Map<string, Head>();

  constructor(private readonly size = 4_096) {}

  get(stream: string): Head | undefined {
    return this.young.get(stream) ?? this.old.get(stream);
  }

  add(stream: string, head: Head): void {
    if (this.young.size >= this.size) {
      this.old = this.young;
      this.young = new Map();
    }
    // A name cut out of a batch would keep the whole batch alive.
    this.young.set(Buffer.from(stream).toString(), head);
  }

  clear(): void {
    this.young.clear();
    this.old.clear();
  }
}
