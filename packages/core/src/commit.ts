import type { Ending } from './delivery';
import { isUnknownOutcome, UNKNOWN_OUTCOME, WaybillError } from './errors';
import { encodeRow, metaOf, PARKED } from './row';
import type { Entry } from './row';
import { backoff, sleep } from './runtime';
import type { Runtime } from './runtime';
import type { Expected, Recorded, Store, Write, Written } from './store';

const RETRIES = 8;

/** The rows of one actor behind `expected`. Their ids belong to this attempt alone: never derived from the cause. */
export function writeOf(stream: string, expected: Expected, entries: readonly Entry[], runtime: Runtime): Write {
  const time = runtime.now();
  return { stream, expected, events: entries.map((entry) => encodeRow(entry, runtime.uuid(), time)) };
}

/**
 * One store call for the rows of many actors, at most one write per stream. On an unknown outcome the identical append
 * goes out again, same ids and versions, never another one; `onUnknown` is told first.
 * @throws WaybillError `STORE_UNKNOWN_OUTCOME` when the outcome stays unknown, or what the store throws.
 */
export async function commit(
  store: Store,
  runtime: Runtime,
  writes: readonly Write[],
  onUnknown?: () => void,
): Promise<readonly Written[]> {
  for (let attempt = 0, unknown = false; ; attempt++) {
    try {
      return await store.append(writes);
    } catch (error) {
      if (!isUnknownOutcome(error)) throw unknown ? stillUnknown(error) : error;
      unknown = true;
      onUnknown?.();
      if (attempt >= RETRIES) throw error;
      await sleep(runtime, backoff(runtime, attempt));
    }
  }
}

/** That a later attempt was refused says nothing of an earlier one. */
function stillUnknown(cause: unknown): WaybillError {
  return new WaybillError(UNKNOWN_OUTCOME, 'an append got no answer, and could not be repeated', 'send it again with the same id', {
    cause,
  });
}

/** How the message ended whose first row, in one attempt or another, had one of these ids; undefined when none was stored. */
export async function storedEnding(store: Store, stream: string, ids: readonly string[]): Promise<Ending | undefined> {
  for (let from = 0; ;) {
    const rows = await store.read(stream, from);
    const own = rows.find(({ id }) => ids.includes(id));
    if (own) return endingOf(own);
    const last = rows.at(-1);
    if (!last) return undefined;
    from = last.version + 1;
  }
}

function endingOf(row: Recorded): Ending {
  const { park, reason, refused, discarded = refused } = metaOf(row);
  if (row.type.startsWith(PARKED)) return { kind: park === 'conflict' ? 'conflict' : 'parked', reason };
  return discarded === undefined ? { kind: 'applied' } : { kind: 'discarded', reason: discarded };
}
