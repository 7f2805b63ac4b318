import type { Message, NewEvent } from '@waybill/core';
import type { Owner } from './scheduler';
import type { World } from './world';

const FEED = 'feed:outside';
const PAUSES = [0, 5, 500, 4_000];
const LONG_AGO = 31_536_000_000;
const STEPS = [0, 1_000, 60_000, 86_400_000];

/** Outside producers: what they write, in which order, how often and when. */
export class Producer implements Owner {
  readonly name = 'feed';
  frozen = false;
  private readonly queue: NewEvent[];
  private ids = 0;
  /** Time of the next message, and from one to the next, where they are written long afterwards. */
  private past: { at: number; readonly step: number } | undefined;

  constructor(
    private readonly world: World,
    messages: readonly Message[],
  ) {
    const { tape, rates, every } = world;
    const rows = messages.flatMap((message) => (tape.pick('feed', 2, 1) === 1 ? [this.rowOf(message)] : []));
    const copies = rows.flatMap((row) => {
      if (every.has('copies')) return tape.pick('copy', 2) === 1 ? [this.again(row)] : [];
      const again = tape.chance('copy', rates.copy) ? [row] : [];
      return tape.chance('retry', rates.retry) ? [...again, this.again(row)] : again;
    });
    this.queue = [...rows, ...copies];
    if (tape.chance('backlog', rates.backlog))
      this.past = { at: world.scheduler.now - LONG_AGO, step: STEPS[tape.pick('step', STEPS.length)] as number };
    const other = every.has('order') ? 0.5 : rates.reorder;
    // Exhaustive: every order of the messages; their copies come after all of them.
    for (let i = 0; other > 0 && i < this.queue.length - 1; i++) {
      const from = i + tape.pick('order', every.size > 0 ? Math.max(1, rows.length - i) : this.queue.length - i, other);
      this.queue.splice(i, 0, this.queue.splice(from, 1)[0] as NewEvent);
    }
  }

  get size(): number {
    return this.queue.length;
  }

  get isDone(): boolean {
    return this.queue.length === 0;
  }

  /** Writes some of the queue, then more after a while. */
  go(): void {
    const { world } = this;
    if (this.isDone) return;
    if (world.every.size > 0) return this.write(this.queue.splice(0));
    const wait = world.tape.chance('delay', world.rates.delay) ? world.tape.pick('pause', PAUSES.length) : 0;
    world.scheduler.after(this, PAUSES[wait] as number, 'feeds', () => {
      const some = world.tape.pick('batch', 4, 0.7);
      this.write(this.queue.splice(0, some === 0 ? this.queue.length : some));
      this.go();
    });
  }

  private write(events: readonly NewEvent[]): void {
    const { disk, scheduler } = this.world;
    for (const { id, type, data } of events) this.world.say(this, () => `writes ${type} ${data} (${id})`);
    disk.write({
      stream: FEED,
      expected: disk.lastVersion(FEED),
      events: events.map((event) => ({ ...event, time: this.time(scheduler.now) })),
    });
    disk.sync();
  }

  private time(now: number): number {
    return this.past ? Math.min(now, (this.past.at += this.past.step)) : now;
  }

  private rowOf(message: Message): NewEvent {
    return { ...this.world.facts.asFed(message), id: `m-${++this.ids}` };
  }

  /** The same content under a new id: the producer has forgotten its first try. */
  private again(row: NewEvent): NewEvent {
    return { ...row, id: `m-${++this.ids}` };
  }
}
