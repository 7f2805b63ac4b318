import type { Recorded, Store } from '../store/port';

/** Rows of the first read, and the most of a later one. */
const FIRST = 32;
const PAGE = 1_000;
/** Characters that a later read should give, going by the rows before it. */
const CHARACTERS = 4_000_000;

/** I10: the rows of a stream from version `from` to its end, page by page, the fewer the larger they are; no page for a missing stream. */
export async function* readStream(store: Store, stream: string, from = 0): AsyncGenerator<readonly Recorded[]> {
  for (let asked = FIRST; ;) {
    const rows = await store.read(stream, from, asked);
    const last = rows.at(-1);
    if (last) yield rows;
    if (!last || rows.length < asked) return;
    from = last.version + 1;
    const size = rows.reduce((sum, { data, meta }) => sum + data.length + meta.length, 1);
    asked = Math.min(PAGE, Math.max(1, Math.floor((CHARACTERS * rows.length) / size)));
  }
}
