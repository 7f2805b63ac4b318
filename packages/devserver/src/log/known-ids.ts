import type { NewEvent } from '@waybill/core';
import { Recent } from './recent';

/** Ids that are remembered; the real server keeps about as many, in memory as well. */
const IDS = 65_536;

export interface Stored {
  readonly stream: string;
  readonly version: number;
  readonly position: number;
}

/** Where the events of the last appends went: what an append without a version is compared with. */
export class KnownIds {
  private readonly ids = new Recent<Stored>(IDS);

  /** `version` and `position` are those of the last of `events`. */
  keep(stream: string, events: readonly NewEvent[], version: number, position: number): void {
    events.forEach(({ id }, i) => this.ids.set(id, { stream, version: version - events.length + 1 + i, position }));
  }

  /** Where the last of these events is, when all of them were stored in this stream; 'some' when only the first ones were. */
  find(stream: string, events: readonly NewEvent[]): Stored | 'some' | undefined {
    let last: Stored | undefined;
    for (const [i, { id }] of events.entries()) {
      const stored = this.ids.get(id);
      if (stored?.stream !== stream) return i === 0 ? undefined : 'some';
      last = stored;
    }
    return last;
  }

  clear(): void {
    this.ids.clear();
  }
}
