import { difference } from '../base/canonical-json';
import { retryTransient, type Runtime } from '../base/runtime';
import { metaOf } from '../history/codec';
import { readStream } from '../history/read-stream';
import { PARKED } from '../store/hidden-rows';
import type { Recorded, Store } from '../store/port';
import type { Delivery } from './delivery';
import type { Result } from './outcome';
import type { Step } from './step';

/** Whether the log must be read before the delivery can end: for what a first copy said, or for an append that got no answer. */
export function mustReadLog({ unconfirmedIds }: Delivery, { result, first }: Step): boolean {
  return unconfirmedIds.length > 0 || (result.kind === 'conflict' && first !== undefined);
}

/** The result as the log tells it. What it rests on is durable: a read that fails is tried again and decides nothing anew. */
export function resultFromLog(store: Store, runtime: Runtime, stopping: () => boolean, delivery: Delivery, taken: Step): Promise<Result> {
  return retryTransient(runtime, stopping, async () => {
    const { result, first } = taken;
    // What an append of our own took in, and never answered for, is no duplicate.
    if (result.kind === 'duplicate') return (await storedResult(store, delivery)) ?? result;
    if (result.kind !== 'conflict' || !first) return result;
    const [row] = await store.read(delivery.stream, first.version, 1);
    return row ? { ...result, diff: difference(row.data, delivery.content()) } : result;
  });
}

/** How the message ended whose first row, in one attempt or another, was stored without an answer; undefined when none was. */
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
