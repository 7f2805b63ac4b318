/** The id of a stream in `streams`, 0 if it has none yet, and its last version, -1 if it has no rows. */
export interface Head {
  id: number;
  version: number;
}

/** Heads of the most recently written streams: at least `size`, at most twice as many. */
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
    // A slice of a batch's text would keep the whole batch alive.
    this.young.set(Buffer.from(stream).toString(), head);
  }

  clear(): void {
    this.young.clear();
    this.old.clear();
  }
}
