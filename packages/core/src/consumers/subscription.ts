/**
 * I7, I10: every row of the types is taken once per run, in position order, within a bounded window. This file owns reading and
 * its back-pressure; `checkpoint` owns how far it has come.
 */

import { isTransient } from '../base/errors';
import { backoff, sleep, type Runtime } from '../base/runtime';
import { Signal } from '../base/signal';
import type { SubscriptionLimits } from '../flow/context';
import type { Ticket } from '../flow/delivery';
import type { Store } from '../store/port';
import { CheckpointKeeper, Progress } from './checkpoint';
import { passed, type Taker } from './newer-row';

/** Characters of all unfinished messages, however many they are. */
const WINDOW_CHARACTERS = 8_000_000;

/** Begins to read the log. */
export type Start = () => void;

/** One consumer's view of the log: from its checkpoint, catch-up then live, no faster than it finishes what it took. */
export class Subscription {
  readonly changed = new Signal();
  private readonly keeper: CheckpointKeeper;
  private readonly abort = new AbortController();
  private progress = new Progress(0);
  /** The first message that was left in the log: it stays open. */
  private left: Ticket | undefined;
  private again = new AbortController();
  private running: Promise<void> = Promise.resolve();
  private cancelStart: (() => void) | undefined;
  /** Every row up to here was taken. */
  private reached = 0;
  /** Who waits for that. */
  private waiting = 0;

  constructor(
    readonly name: string,
    private readonly types: readonly string[],
    private readonly store: Store,
    private readonly runtime: Runtime,
    private readonly limits: SubscriptionLimits,
    private readonly taker: Taker,
    private readonly fatal: (error: unknown) => void,
    /** Where its checkpoint stands. */
    places: Pick<Store, 'checkpoint'> = store,
  ) {
    this.keeper = new CheckpointKeeper(places, name, runtime, () => this.progress.low, fatal);
  }

  /** Everything at or below this position is finished. */
  get lowWatermark(): number {
    return this.progress.low;
  }

  get isFull(): boolean {
    return this.progress.size >= this.limits.window || this.progress.characters >= WINDOW_CHARACTERS;
  }

  /** Whether what waits for newer code must make room. */
  get isCrowded(): boolean {
    return this.progress.size >= this.limits.window / 2 || this.progress.characters >= WINDOW_CHARACTERS / 2;
  }

  /** Everything up to this position is finished, except `open` messages. */
  isThrough(position: number, open: number): boolean {
    const left = this.left && this.taker.yielding ? 1 : 0;
    return this.progress.low >= position || (this.reached >= position && this.progress.size - left <= open);
  }

  /** Of a log that this consumer has not begun to read, only what follows now is read: durably so when it resolves. */
  skipToNow(): Promise<void> {
    return this.keeper.skipToNow(this.store);
  }

  /** Loads the checkpoint; the function that it resolves with begins to read. @throws WaybillError when the checkpoint is not one of this log. */
  async start(): Promise<Start> {
    this.reached = await this.keeper.load();
    this.progress = new Progress(this.reached);
    // Deferred, so that a caller who subscribes to outcomes when its own start resolves misses none.
    return () => (this.cancelStart = this.runtime.after(0, () => void (this.running = this.run().catch(this.fatal))));
  }

  finish(ticket: Ticket): void {
    const before = this.progress.low;
    this.progress.close(ticket);
    if (this.progress.low !== before) this.moved();
    else this.looked();
  }

  /** What its messages wait for may have changed. */
  looked(): void {
    if (this.mustReturn && this.progress.size === 1) this.again.abort('again');
    this.changed.notify();
  }

  /** Leaves a message in the log: it is read again, with all after it, once nothing waits for newer code any more. */
  leave(ticket: Ticket): void {
    const other = this.left && this.left.position < ticket.position ? ticket : this.left;
    if (other !== ticket) this.left = ticket;
    if (other) this.progress.close(other);
    this.looked();
  }

  /** Resolves when every row up to this position was taken, or reading has ended. */
  async reach(position: number): Promise<void> {
    this.waiting++;
    while (this.reached < position && !this.abort.signal.aborted) await this.changed.wait();
    this.waiting--;
  }

  /** Ends reading. */
  async halt(): Promise<void> {
    this.cancelStart?.();
    this.abort.abort('stopped'); // without a reason, Node creates an error
    this.changed.notify();
    await this.running;
  }

  /** Saves the checkpoint a last time; called when every row that was taken is finished or handed back. */
  stop(): Promise<void> {
    return this.keeper.stop();
  }

  private moved(): void {
    this.keeper.progressed();
    this.looked();
  }

  private async run(): Promise<void> {
    const { signal } = this.abort;
    for (let failures = 0; !signal.aborted; failures++) {
      try {
        await this.follow(signal, () => (failures = 0));
      } catch (error) {
        if (!isTransient(error)) throw error;
        await sleep(this.runtime, backoff(this.runtime, failures));
      }
    }
  }

  /** Reads on, until a stop or until what was left in the log is to be read again. */
  private async follow(signal: AbortSignal, reached: () => void): Promise<void> {
    const again = (this.again = new AbortController());
    const stop = (): void => again.abort('stopped');
    signal.addEventListener('abort', stop);
    try {
      for await (const page of this.store.subscribe({ types: this.types, after: this.reached, limit: this.limits.page }, again.signal)) {
        for (const row of page.events) {
          const ticket = this.progress.open(row.position, row.data.length + row.meta.length);
          const newer = this.taker.take(row, ticket);
          if (newer && (await passed(this.runtime, this.taker, newer, () => this.keeper.saved(), row.position, signal)))
            this.finish(ticket);
          if (signal.aborted) return;
          this.reached = row.position;
        }
        this.reached = page.position;
        reached();
        const before = this.progress.low;
        this.progress.passed(page.position);
        // A page without events causes no save: where checkpoints are rows of the log, each save would cause the next page.
        if (this.progress.low !== before) page.events.length > 0 ? this.moved() : this.changed.notify();
        else if (this.waiting > 0) this.changed.notify();
        if (this.mustReturn && this.progress.size === 1) break;
        while ((this.isFull || this.mustReturn) && !again.signal.aborted) {
          this.taker.full();
          await this.changed.wait();
        }
        if (again.signal.aborted) break;
      }
      if (this.left && this.progress.size === 1 && !signal.aborted) this.returnToLeft();
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  /** What was left can be read again: nothing waits any more, and reading stops until all else is finished. */
  private get mustReturn(): boolean {
    return this.left !== undefined && !this.taker.yielding;
  }

  private returnToLeft(): void {
    this.reached = this.progress.low;
    this.progress = new Progress(this.reached);
    this.left = undefined;
  }
}
