/**
 * I7: a checkpoint never passes a message without a durable outcome, at any crash point. This file owns the low-water mark and
 * its saves; `subscription` opens and closes the positions.
 */

import { isTransient } from '../base/errors';
import type { Runtime } from '../base/runtime';
import type { Ticket } from '../flow/delivery';
import type { Checkpoint, CheckpointAt, Store } from '../store/port';

/** An open position, between the open ones below and above it. */
interface Open extends Ticket {
  below: Open | undefined;
  above: Open | undefined;
  /** All after it up to here is closed. */
  through: number;
}

/**
 * The low-water mark: the highest position such that every message at or below it has a durable outcome. Positions are
 * opened in log order and closed in any. Keeps the open ones alone: one that stays open holds the mark, and nothing else.
 */
export class Progress {
  private first: Open | undefined;
  private last: Open | undefined;
  private held = 0;
  private count = 0;

  constructor(private mark: number) {}

  get low(): number {
    return this.mark;
  }

  /** Characters of the open messages. */
  get characters(): number {
    return this.held;
  }

  /** Positions that are open. */
  get size(): number {
    return this.count;
  }

  open(position: number, size: number): Ticket {
    const ticket: Open = { position, size, below: this.last, above: undefined, through: position };
    if (this.last) this.last.above = ticket;
    else this.first = ticket;
    this.last = ticket;
    this.held += size;
    this.count++;
    return ticket;
  }

  close(ticket: Ticket): void {
    const { below, above, through, size } = ticket as Open;
    this.held -= size;
    this.count--;
    if (below) [below.above, below.through] = [above, through];
    else [this.first, this.mark] = [above, through];
    if (above) above.below = below;
    else this.last = below;
  }

  /** Every matching message up to `position` has been opened: the mark reaches it when all of them are closed. */
  passed(position: number): void {
    if (this.last) this.last.through = position;
    else this.mark = position;
  }
}

function beganName(consumer: string): string {
  return `${consumer}:began`;
}

/** Where a consumer began to read that skipped what stood in the log before; undefined for one that began at its start. */
export async function beganAt(store: Store, consumer: string): Promise<number | undefined> {
  const kept = await store.snapshot(beganName(consumer)).load();
  return kept && (JSON.parse(kept.data) as { readonly position: number }).position;
}

/** Saves are late on purpose: a lost one costs reading messages again whose outcomes are durable, never an effect. */
const SAVE_EVERY_MS = 1_000;

/** Keeps a consumer's checkpoint at its low-water mark. */
export class CheckpointKeeper {
  private readonly checkpoint: Checkpoint;
  private start: CheckpointAt | undefined;
  private stopped = false;
  /** Where it begins without a checkpoint. */
  private began = 0;
  private cancel: (() => void) | undefined;
  private saving: Promise<void> = Promise.resolve();

  constructor(
    places: Pick<Store, 'checkpoint'>,
    private readonly consumer: string,
    private readonly runtime: Runtime,
    private readonly low: () => number,
    private readonly fatal: (error: unknown) => void,
  ) {
    this.checkpoint = places.checkpoint(consumer);
  }

  /** The position to continue from. @throws WaybillError `CHECKPOINT_OTHER_STORE`, `CHECKPOINT_AHEAD` */
  async load(): Promise<number> {
    this.start = await this.checkpoint.load();
    const { position, epoch } = this.start;
    return position > 0 || epoch > 0 ? position : this.began;
  }

  /** Of a log that this consumer has not begun to read, nothing that is there now will be read. Durable when it resolves. */
  async skipToNow(store: Store): Promise<void> {
    const { position, epoch } = await this.checkpoint.load();
    if (position > 0 || epoch > 0) return;
    const before = await beganAt(store, this.consumer);
    this.began = before ?? (await store.head());
    if (before === undefined) await store.snapshot(beganName(this.consumer)).save({ version: 1, data: `{"position":${this.began}}` });
  }

  /** The position that was saved last, by whichever process. */
  async saved(): Promise<number> {
    return (await this.checkpoint.load()).position;
  }

  /** The mark has moved: saves it within a second. */
  progressed(): void {
    if (this.stopped) return;
    this.cancel ??= this.runtime.after(SAVE_EVERY_MS, () => {
      this.cancel = undefined;
      this.saving = this.saving.then(() => this.save());
    });
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.cancel?.();
    this.cancel = undefined;
    await this.saving;
    await this.save();
  }

  private async save(): Promise<void> {
    const position = this.low();
    if (!this.start || position <= this.start.position) return;
    try {
      await this.checkpoint.save({ ...this.start, position });
      this.start = { ...this.start, position };
    } catch (error) {
      if (isTransient(error)) this.progressed();
      else this.fatal(error);
    }
  }
}
