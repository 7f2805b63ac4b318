import type { Recorded, Store } from '../store/port';

/** Rows of a stream that are read at once. */
const PAGE = 1_000;

/** The rows of a stream from version `from` to its end, page by page; none of a stream that is missing. */
export async function* readStream(store: Store, stream: string, from = 0): AsyncGenerator<readonly Recorded[]> {
  for (;;) {
    const rows = await store.read(stream, from, PAGE);
    const last = rows.at(-1);
    if (last) yield rows;
    if (!last || rows.length < PAGE) return;
    from = last.version + 1;
  }
}
