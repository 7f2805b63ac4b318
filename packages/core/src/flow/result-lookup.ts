import { difference } from '../base/canonical-json';
import { retryTransient, type Runtime } from '../base/runtime';
import { metaOf } from '../history/codec';
import { readStream } from '../history/read-stream';
import { PARKED } from '../store/hidden-rows';
import type { Recorded, Store } from '../store/port';
import type { Delivery } from './delivery';
import type { Result } from './outcome';
import type { Step } from './step';

/** Whether the log must be read before the delivery can end: for the content of a first copy, or for an append without an answer. */
export function mustReadLog({ unconfirmedIds }: Delivery, { result, first }: Step): boolean {
  return unconfirmedIds.length > 0 || (result.kind === 'conflict' && first !== undefined);
}

/** The result according to the log. All that it depends on is durable: a failed read is repeated, and nothing is decided anew. */
export function resultFromLog(store: Store, runtime: Runtime, stopping: () => boolean, delivery: Delivery, taken: Step): Promise<Result> {
  return retryTransient(runtime, stopping, async () => {
    const { result, first } = taken;
    // A message that our own unanswered append took in is not a duplicate.
    if (result.kind === 'duplicate') return (await storedResult(store, delivery)) ?? result;
    if (result.kind !== 'conflict' || !first) return result;
    const [row] = await store.read(delivery.stream, first.version, 1);
    return row ? { ...result, diff: difference(row.data, delivery.content()) } : result;
  });
}

/** The result of the attempt whose first row was stored without an answer; undefined when no attempt was stored. */
async function storedResult(store: Store, { stream, unconfirmedIds }: Delivery): Promise<Result | undefined> {
  for await (const rows of readStream(store, stream)) {
    const own = rows.find(({ id }) => unconfirmedIds.includes(id));
    if (own) return resultOf(own);
  }
  return undefined;
}

function resultOf(row: Recorded): Result {
  const { park, reason, refused, discarded = refused } = metaOf(row);
  if (row.type.startsWith(PARKED)) return { kind: park === 'conflict' ? 'conflict' : 'parked', reason };
  return discarded === undefined ? { kind: 'applied' } : { kind: 'discarded', reason: discarded };
}
