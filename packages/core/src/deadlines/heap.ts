import type { Ticket } from '../flow/delivery';

/** A pending deadline. */
export interface Due {
  /** Milliseconds since 1970. */
  readonly due: number;
  /** What makes a later run find it again until it is done: the bucket that holds it, or the row that set it, not finished yet. */
  readonly place: string | Ticket;
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
  /** When it was appended, in milliseconds since 1970. */
  readonly time: number;
  readonly erased?: true | undefined;
}

/** Deadlines by time, those of one moment in the order in which they were set. */
export function isBefore(a: Due, b: Due): boolean {
  return a.due < b.due || (a.due === b.due && a.row.position < b.row.position);
}

/** The soonest first: a binary heap. */
export class DueHeap {
  private readonly items: Due[] = [];

  get size(): number {
    return this.items.length;
  }
  get soonest(): Due | undefined {
    return this.items[0];
  }

  /** All of them, in no order. */
  get all(): readonly Due[] {
    return this.items;
  }

  push(item: Due): void {
    const { items } = this;
    let at = items.push(item) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(item, items[parent] as Due)) break;
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
      if (child + 1 < items.length && isBefore(items[child + 1] as Due, items[child] as Due)) child++;
      if (!isBefore(items[child] as Due, last)) break;
      items[at] = items[child] as Due;
      at = child;
    }
    items[at] = last;
    return first;
  }
}
