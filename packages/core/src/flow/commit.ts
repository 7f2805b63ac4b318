import { UNKNOWN_OUTCOME, WaybillError, isUnknownOutcome } from '../base/errors';
import { backoff, sleep, type Runtime } from '../base/runtime';
import { encodeRow } from '../history/codec';
import type { Entry } from '../history/rows';
import type { Expected, Store, Write, Written } from '../store/port';

/**
 * I6, I8, I11: one append at the expected version; an unknown outcome is met with the identical append alone. `batch`
 * owns what is written, `flow` what follows.
 */
const RETRIES = 8;

/** The rows of one actor after `expected`. Their ids belong to this attempt alone: never derived from the cause. */
export function writeOf(stream: string, expected: Expected, entries: readonly Entry[], runtime: Runtime): Write {
  const time = runtime.now();
  return { stream, expected, events: entries.map((entry) => encodeRow(entry, runtime.uuid(), time)) };
}

/**
 * One store call for the rows of many actors, at most one write per stream. On an unknown outcome the identical append
 * is sent again, same ids and versions, never another one; `onUnknown` is called first.
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

/** A refusal of a later attempt does not settle an earlier one. */
function stillUnknown(cause: unknown): WaybillError {
  return new WaybillError(UNKNOWN_OUTCOME, 'an append got no answer and could not be repeated', 'send it again with the same id', {
    cause,
  });
}
