import type { NewEvent } from '@waybill/core/store-kit';
import { Recent } from './recent';

/** How many ids are remembered; the real server keeps about as many, also in memory. */
const IDS = 65_536;

interface Stored {
  readonly version: number;
  readonly position: number;
}

/** Where the events of recent appends were stored; an append without an expected version is compared with these. */
export class KnownIds {
  private readonly ids = new Recent<Stored>(IDS);

  /** `version` and `position` are those of the last of `events`. */
  keep(stream: string, events: readonly NewEvent[], version: number, position: number): void {
    events.forEach(({ id }, i) => this.ids.set(keyOf(stream, id), { version: version - events.length + 1 + i, position }));
  }

  /** Where the last of these events is, if all of them were stored in this stream; 'some' if only the first ones were. */
  find(stream: string, events: readonly NewEvent[]): Stored | 'some' | undefined {
    let last: Stored | undefined;
    for (const [i, { id }] of events.entries()) {
      const stored = this.ids.get(keyOf(stream, id));
      if (!stored) return i === 0 ? undefined : 'some';
      last = stored;
    }
    return last;
  }

  clear(): void {
    this.ids.clear();
  }
}

/** Another stream may hold the same ids. */
function keyOf(stream: string, id: string): string {
  return `${id} ${stream}`;
}
