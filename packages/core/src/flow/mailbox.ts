import type { Delivery } from './delivery';

/** Messages of one actor that go through the flow together, in order (I5). */
export interface Work {
  readonly stream: string;
  readonly items: Delivery[];
  /** How often this actor's batch lost its append in a row. */
  losses: number;
}

/** The newest row of the actor that a release or a deadline refers to: an older fold does not know of it. */
export function newestReferenced({ items }: Work): number {
  let newest = -1;
  for (const { origin } of items) {
    if (origin.kind === 'deadline') newest = Math.max(newest, origin.version);
    else if (origin.kind === 'release') newest = Math.max(newest, origin.release.of ?? -1);
  }
  return newest;
}

interface Box {
  readonly stream: string;
  queue: Delivery[];
  busy: boolean;
  losses: number;
}

/**
 * I5: one queue per actor, and one batch of an actor at a time; actors run side by side, each in its turn. Its callers bound
 * it: the subscription by its window, the commands by the limit of those in flight.
 */
export class Mailboxes {
  private readonly boxes = new Map<string, Box>();
  private ready: Box[] = [];
  private next = 0;

  get hasReady(): boolean {
    return this.next < this.ready.length;
  }

  /** `stream`: where handlers put it, the key whose messages they keep in order. */
  put(delivery: Delivery, stream = delivery.stream): void {
    let box = this.boxes.get(stream);
    if (!box) this.boxes.set(stream, (box = { stream, queue: [], busy: false, losses: 0 }));
    box.queue.push(delivery);
    if (!box.busy && box.queue.length === 1) this.ready.push(box);
  }

  /** Messages that wait behind those under way. */
  queued(stream: string): number {
    return this.boxes.get(stream)?.queue.length ?? 0;
  }

  /** Batches of ready actors: about `messages` in all, at most `most` of one actor, or `all`. Those actors are busy until `done`. */
  take(messages: number, most: number, all?: (stream: string) => boolean): Work[] {
    const work: Work[] = [];
    let taken = 0;
    while (taken < messages && this.hasReady) {
      const box = this.ready[this.next++] as Box;
      const each = all?.(box.stream) ? Infinity : most;
      const items = box.queue.length <= each ? box.queue : box.queue.slice(0, each);
      box.queue = box.queue.length <= each ? [] : box.queue.slice(each);
      box.busy = true;
      taken += items.length;
      work.push({ stream: box.stream, items, losses: box.losses });
    }
    if (this.next > 1_024 || !this.hasReady) {
      this.ready = this.ready.slice(this.next);
      this.next = 0;
    }
    return work;
  }

  /** The actor may go on; `rest` goes to the front of its queue. */
  done(work: Work, rest: readonly Delivery[] = []): void {
    const box = this.boxes.get(work.stream) as Box;
    box.busy = false;
    box.losses = work.losses;
    if (rest.length > 0) box.queue = [...rest, ...box.queue];
    if (box.queue.length > 0) this.ready.push(box);
    else this.boxes.delete(work.stream);
  }

  /** Removes the actor's queue and returns the messages that were still in it. */
  close(work: Work): Delivery[] {
    const queue = this.boxes.get(work.stream)?.queue ?? [];
    this.boxes.delete(work.stream);
    return queue;
  }
}
