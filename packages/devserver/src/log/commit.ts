import { checkWrites } from '@waybill/core/store-kit';
import type { Write, Written } from '@waybill/core/store-kit';
import type { Rows } from './rows';
import { kept } from './rows';

/** An answer of the store, and whether it had these rows before. */
export type Stored = Written & { readonly repeated: boolean };

interface Waiting {
  readonly writes: readonly Write[];
  readonly resolve: (written: readonly Stored[]) => void;
  readonly reject: (error: unknown) => void;
}

/** The most writes in one call to the store: beyond this, a commit costs by the write and no longer by the sync. */
const GROUP = 512;
/** The most characters in one call to the store, unless a single write is larger. */
const SIZE = 16_777_216;
/** From this many waiting writes on, a second call follows the one in flight: it is full, so it gains nothing by waiting. */
const FULL = 128;

/**
 * Group commit: what arrives while a call to the store is in flight goes together into the next one. Callers never have two
 * writes to one stream waiting at the same time.
 */
export class GroupCommit {
  private waiting: Waiting[] = [];
  private inFlight = 0;
  private scheduled = false;
  /** The newest position that is known to be taken. */
  private reached: number | undefined;

  constructor(private readonly store: Rows) {}

  /** Appends these writes in one call. @throws WaybillError `WRITE_…` before they could fail the call that others share */
  write(writes: readonly Write[]): Promise<readonly Stored[]> {
    checkWrites(writes.map(kept));
    return new Promise((resolve, reject) => {
      this.waiting.push({ writes, resolve, reject });
      this.schedule();
    });
  }

  /** After all requests that have arrived were read; this costs no waiting, since the event loop turns at once. */
  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.send();
    });
  }

  private send(): void {
    while (this.waiting.length > 0 && (this.inFlight === 0 || (this.inFlight === 1 && this.waiting.length >= FULL))) {
      const group = this.take();
      this.inFlight++;
      void this.commit(group).then(() => {
        this.inFlight--;
        this.send();
      });
    }
  }

  private async commit(group: readonly Waiting[]): Promise<void> {
    try {
      const before = (this.reached ??= await this.store.head());
      const answers = await this.store.append(group.flatMap(({ writes }) => writes));
      const written = answers.map((one) => ({ ...one, repeated: one.ok && one.position <= before }));
      this.reached = written.reduce((top, one) => (one.ok ? Math.max(top, one.position) : top), this.reached);
      let at = 0;
      for (const { writes, resolve } of group) resolve(written.slice(at, (at += writes.length)));
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }

  private take(): Waiting[] {
    let count = 0;
    for (let size = 0; count < this.waiting.length && count < GROUP && size < SIZE; count++) {
      for (const { events } of this.waiting[count]!.writes) for (const { data, meta } of events) size += data.length + meta.length;
    }
    return this.waiting.splice(0, count);
  }
}
