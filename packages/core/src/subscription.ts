import { CheckpointKeeper, Progress } from './checkpoint';
import type { Ticket } from './checkpoint';
import type { Unknown } from './decorators';
import { describe, isPassing, WaybillError } from './errors';
import { revive, reviveTaken } from './message';
import type { AnyMessageClass, Message } from './message';
import { rowVersion, versionOf } from './row';
import { backoff, sleep } from './runtime';
import type { Runtime } from './runtime';
import { Signal } from './signal';
import type { Recorded, Store } from './store';

export interface IntakeLimits {
  /** Positions that may be unfinished at once: what bounds memory, whatever the log holds. */
  readonly window: number;
  /** Rows asked for at once. */
  readonly page: number;
}

/** Of unfinished messages at once, whatever their number. */
const WINDOW_CHARACTERS = 16_000_000;

/** Takes what the log holds from here on. */
export type Begin = () => void;

/**
 * One consumer's view of the log: from its checkpoint, in position order, catch-up then live, as fast as it finishes
 * what it took and no faster.
 */
export class Intake {
  readonly changed = new Signal();
  private readonly keeper: CheckpointKeeper;
  private readonly abort = new AbortController();
  private progress = new Progress(0);
  private running: Promise<void> = Promise.resolve();
  private cancelStart: (() => void) | undefined;

  constructor(
    readonly name: string,
    private readonly types: readonly string[],
    private readonly store: Store,
    private readonly runtime: Runtime,
    private readonly limits: IntakeLimits,
    /** Takes a row; `finish(ticket)` when its outcome is durable. */
    private readonly take: (row: Recorded, ticket: Ticket) => void,
    private readonly fatal: (error: unknown) => void,
  ) {
    this.keeper = new CheckpointKeeper(store, name, runtime, () => this.progress.low, fatal);
  }

  /** Everything at or below this position is finished. */
  get low(): number {
    return this.progress.low;
  }

  get isFull(): boolean {
    return this.progress.size >= this.limits.window || this.progress.characters >= WINDOW_CHARACTERS;
  }

  /** Where `start` begins. @throws WaybillError when the checkpoint is not one of this log. */
  position(): Promise<number> {
    return this.keeper.load();
  }

  /** What it resolves with begins to read. @throws WaybillError when the checkpoint is not one of this log. */
  async start(): Promise<Begin> {
    this.progress = new Progress(await this.keeper.load());
    // Behind whatever its starter does first: who subscribes to outcomes once the start resolves misses none.
    return () => (this.cancelStart = this.runtime.after(0, () => void (this.running = this.run().catch(this.fatal))));
  }

  finish(ticket: Ticket): void {
    const before = this.progress.low;
    this.progress.close(ticket);
    if (this.progress.low !== before) this.moved();
  }

  /** Takes no further row. */
  async halt(): Promise<void> {
    this.cancelStart?.();
    this.abort.abort('stopped'); // without a reason Node makes an error of it
    this.changed.notify();
    await this.running;
  }

  /** Saves the checkpoint a last time, after all that was taken is finished or handed back. */
  stop(): Promise<void> {
    return this.keeper.stop();
  }

  private moved(): void {
    this.keeper.moved();
    this.changed.notify();
  }

  private async run(): Promise<void> {
    const { signal } = this.abort;
    let after = this.progress.low;
    for (let failures = 0; !signal.aborted; failures++) {
      try {
        for await (const page of this.store.subscribe({ types: this.types, after, limit: this.limits.page }, signal)) {
          for (const row of page.events) this.take(row, this.progress.open(row.position, row.data.length + row.meta.length));
          after = page.position;
          failures = 0;
          const before = this.progress.low;
          this.progress.passed(page.position);
          // A page without events is no reason to write: where checkpoints are rows of the log, a save would cause the next page.
          if (this.progress.low !== before) page.events.length > 0 ? this.moved() : this.changed.notify();
          while (this.isFull && !signal.aborted) await this.changed.wait();
          if (signal.aborted) return;
        }
      } catch (error) {
        if (!isPassing(error)) throw error;
        await sleep(this.runtime, backoff(this.runtime, failures));
      }
    }
  }
}

export interface Read {
  /** Undefined when the row is not a valid message; then `invalid` says why. */
  readonly message: Message | undefined;
  readonly invalid: string | undefined;
  /** The message as it stands, its schema not asked: good for finding whose it is. */
  readonly unchecked: Message | undefined;
}

/** The message that a row holds. @throws WaybillError `LOG_NEWER_VERSION`: this code is older than the log, and `unknown` is not 'park'. */
export function readMessage(message: AnyMessageClass, row: Recorded, unknown: Unknown = 'stop'): Read {
  let unchecked: Message | undefined;
  try {
    const version = rowVersion(row);
    const data = parsed(row);
    if (row.erased) return { message: reviveTaken(message, data, version), invalid: undefined, unchecked: undefined };
    if (message['~options'].schema) {
      try {
        return { message: revive(message, data, version), invalid: undefined, unchecked: undefined };
      } catch (error) {
        unchecked = reviveTaken(message, data, version);
        throw error;
      }
    }
    return { message: revive(message, data, version), invalid: undefined, unchecked: undefined };
  } catch (error) {
    if (unknown === 'stop' && error instanceof WaybillError && error.code === 'MESSAGE_NEWER_VERSION') {
      throw new WaybillError(
        'LOG_NEWER_VERSION',
        `position ${row.position}: ${message.messageType} version ${rowVersion(row)} is newer than this code, which knows ${versionOf(message)}`,
        'start the newer code; nothing was skipped',
      );
    }
    return { message: undefined, invalid: describe(error), unchecked };
  }
}

/** The parser's own error quotes the text. */
function parsed(row: Recorded): unknown {
  try {
    return JSON.parse(row.data);
  } catch {
    throw new WaybillError('MESSAGE_INVALID', `the data of ${row.type} is no JSON`, 'write the text that JSON.stringify made');
  }
}
