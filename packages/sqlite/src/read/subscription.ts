import type { Page, Query } from '@waybill/core';
import type { Changes } from './changes';
import type { Reader, Reading } from './reader';

/** Pages of the log, then of what is appended later. Throws when the store is closed or fails. */
export async function* pages(reader: Reader, reading: Reading, changes: Changes, query: Query, signal: AbortSignal): AsyncGenerator<Page> {
  if (signal.aborted) return;
  const scan = reading(() => reader.scan(query));
  const limit = Math.max(1, query.limit ?? 256);
  let position = -1;
  changes.enter();
  try {
    while (!signal.aborted) {
      const page = reading(() => reader.page(scan, Math.max(query.after, position), limit));
      if (page.position > position) {
        position = page.position;
        yield page;
        // Reading blocks this thread, and its consumer may too: everything else gets a turn between two pages.
        await new Promise(setImmediate);
      } else {
        await changes.wait(signal);
      }
    }
  } finally {
    changes.leave();
  }
}
