import type { Store, Write, Written } from '@waybill/core';
import { checkWrites } from '@waybill/core';

interface Waiting {
  readonly writes: readonly Write[];
  readonly resolve: (written: readonly Written[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Writes of one call to the store at the most: above this a commit costs by the write, not by the sync. */
const GROUP = 512;
/** Characters of one call to the store, a single larger write excepted. */
const SIZE = 16_777_216;
/** From here on a second call goes behind the one under way: it is full, so it gains nothing by waiting. */
const FULL = 128;

/**
 * Group commit: what comes while a call to the store is under way goes together in the next one. A caller has no two
 * writes of one stream waiting at the same time.
 */
export class GroupCommit {
  private waiting: Waiting[] = [];
  private flying = 0;
  private asked = false;

  constructor(private readonly store: Store) {}

  /** These writes in one call. @throws WaybillError `WRITE_…` before they can fail the call that others share */
  write(writes: readonly Write[]): Promise<readonly Written[]> {
    checkWrites(writes);
    return new Promise((resolve, reject) => {
      this.waiting.push({ writes, resolve, reject });
      this.ask();
    });
  }

  /** Not before all requests that have arrived were read: this costs no wait, for the loop turns at once. */
  private ask(): void {
    if (this.asked) return;
    this.asked = true;
    setImmediate(() => {
      this.asked = false;
      this.send();
    });
  }

  private send(): void {
    while (this.waiting.length > 0 && (this.flying === 0 || (this.flying === 1 && this.waiting.length >= FULL))) {
      const group = this.take();
      this.flying++;
      void this.commit(group).then(() => {
        this.flying--;
        this.send();
      });
    }
  }

  private async commit(group: readonly Waiting[]): Promise<void> {
    try {
      const written = await this.store.append(group.flatMap(({ writes }) => writes));
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
