/** A pending deadline, as its bucket holds it. */
export interface Due {
  /** Milliseconds since 1970. */
  readonly due: number;
  /** The bucket that must be read again until this is done. */
  readonly bucket: number;
  readonly row: DueRow;
}

/** The row that set a deadline: what is needed to deliver it without reading it again. */
export interface DueRow {
  readonly type: string;
  readonly data: string;
  readonly meta: string;
  readonly stream: string;
  readonly version: number;
  readonly position: number;
  readonly id: string;
  readonly erased?: true | undefined;
}

/** Deadlines by time, the soonest first: a binary heap. */
export class DueHeap {
  private readonly items: Due[] = [];

  get size(): number {
    return this.items.length;
  }
  get soonest(): Due | undefined {
    return this.items[0];
  }

  push(item: Due): void {
    const { items } = this;
    let at = items.push(item) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if ((items[parent] as Due).due <= item.due) break;
      items[at] = items[parent] as Due;
      at = parent;
    }
    items[at] = item;
  }

  pop(): Due | undefined {
    const { items } = this;
    const first = items[0];
    const last = items.pop();
    if (!last || items.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && (items[child + 1] as Due).due < (items[child] as Due).due) child++;
      if ((items[child] as Due).due >= last.due) break;
      items[at] = items[child] as Due;
      at = child;
    }
    items[at] = last;
    return first;
  }
}
