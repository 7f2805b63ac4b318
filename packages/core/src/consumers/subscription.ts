/**
 * I7, I10: every row of the types is taken once per run, in position order, within a bounded window. This file owns reading and
 * its back-pressure; `checkpoint` owns how far it has come.
 */

import { isTransient } from '../base/errors';
import { backoff, sleep, type Runtime } from '../base/runtime';
import { Signal } from '../base/signal';
import type { SubscriptionLimits } from '../flow/context';
import type { Ticket } from '../flow/delivery';
import type { Recorded, Store } from '../store/port';
import { CheckpointKeeper, Progress } from './checkpoint';

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
    /** Takes a row; `finish(ticket)` when its outcome is durable. */
    private readonly take: (row: Recorded, ticket: Ticket) => void,
    private readonly fatal: (error: unknown) => void,
    /** The window is full: what waits without need gives way. */
    private readonly full: () => void = () => undefined,
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

  /** Where `start` begins. @throws WaybillError when the checkpoint is not one of this log. */
  position(): Promise<number> {
    return this.keeper.load();
  }

  /** Of a log that this consumer has not begun to read, only what follows now is read: durably so when it resolves. */
  skipToNow(): Promise<void> {
    return this.keeper.skipToNow(this.store);
  }

  /** Loads the checkpoint; the function that it resolves with begins to read. @throws WaybillError when the checkpoint is not one of this log. */
  async start(): Promise<Start> {
    this.progress = new Progress((this.reached = await this.keeper.load()));
    // Deferred, so that a caller who subscribes to outcomes when its own start resolves misses none.
    return () => (this.cancelStart = this.runtime.after(0, () => void (this.running = this.run().catch(this.fatal))));
  }

  finish(ticket: Ticket): void {
    const before = this.progress.low;
    this.progress.close(ticket);
    if (this.progress.low !== before) this.moved();
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
    this.changed.notify();
  }

  private async run(): Promise<void> {
    const { signal } = this.abort;
    let after = this.progress.low;
    for (let failures = 0; !signal.aborted; failures++) {
      try {
        for await (const page of this.store.subscribe({ types: this.types, after, limit: this.limits.page }, signal)) {
          for (const row of page.events) this.take(row, this.progress.open(row.position, row.data.length + row.meta.length));
          after = this.reached = page.position;
          failures = 0;
          const before = this.progress.low;
          this.progress.passed(page.position);
          // A page without events causes no save: where checkpoints are rows of the log, each save would cause the next page.
          if (this.progress.low !== before) page.events.length > 0 ? this.moved() : this.changed.notify();
          else if (this.waiting > 0) this.changed.notify();
          while (this.isFull && !signal.aborted) {
            this.full();
            await this.changed.wait();
          }
          if (signal.aborted) return;
        }
      } catch (error) {
        if (!isTransient(error)) throw error;
        await sleep(this.runtime, backoff(this.runtime, failures));
      }
    }
  }
}
