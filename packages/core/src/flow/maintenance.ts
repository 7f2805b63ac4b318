import type { ActorDefinition } from '../actors/definition';
import { WaybillError, isTransient } from '../base/errors';
import type { Runtime } from '../base/runtime';
import type { Fold } from '../history/fold';
import { isSettled } from '../history/settle';
import { snapshotOf } from '../history/snapshot';
import type { Store } from '../store/port';

/** I10: what may be done late or not at all: snapshots, and truncating the streams of closed actors. */
export class Maintenance {
  private readonly running = new Set<Promise<void>>();

  constructor(
    private readonly definition: ActorDefinition,
    private readonly store: Store,
    private readonly runtime: Runtime,
    private readonly fatal: (error: unknown) => void,
  ) {}

  /** `fold` is durable, and is read only until this returns. */
  after(fold: Fold): void {
    if (fold.version === 'none') return;
    if (fold.closed) return this.truncate(fold, fold.closed.version);
    const { snapshot } = this.definition.options;
    if (!snapshot || fold.version - fold.snapshot < snapshot.every || fold.broken !== undefined) return;
    fold.snapshot = fold.version;
    // A method has changed it in place, or an older version of the code has: a load folds all rows.
    if (!isSettled(fold.state, undefined, false)) return;
    this.start(this.store.snapshot(fold.stream).save({ version: fold.version, data: snapshotOf(this.definition, fold, this.runtime) }));
  }

  /** Resolves when no write is under way. */
  async done(): Promise<void> {
    while (this.running.size > 0) await Promise.all(this.running);
  }

  /** While a message is still parked below the closing row, all rows are kept. */
  private truncate(fold: Fold, closing: number): void {
    const [oldest = closing] = fold.dedup.parks?.keys() ?? [];
    if (oldest < closing || fold.truncated) return;
    fold.truncated = true;
    this.start(this.store.truncate(fold.stream, closing));
  }

  private start(work: Promise<void>): void {
    const ended = work.catch((error: unknown) => {
      const harmless = isTransient(error) || (error instanceof WaybillError && error.code === 'WRITE_TOO_LARGE');
      if (!harmless) this.fatal(error);
    });
    this.running.add(ended);
    void ended.then(() => this.running.delete(ended));
  }
}
