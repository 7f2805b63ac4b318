import type { Recorded, Store } from '../store/port';

/** Rows per read. */
const PAGE = 1_000;

/** The rows of a stream from version `from` to its end, page by page; no page for a missing stream. */
export async function* readStream(store: Store, stream: string, from = 0): AsyncGenerator<readonly Recorded[]> {
  for (;;) {
    const rows = await store.read(stream, from, PAGE);
    const last = rows.at(-1);
    if (last) yield rows;
    if (!last || rows.length < PAGE) return;
    from = last.version + 1;
  }
}
