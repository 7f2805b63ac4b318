import { WaybillError } from '@waybill/core';
import type { Store, Views } from '@waybill/core';
import { currentName, checkpointOf } from '../base/readers';
import type { Reader } from '../base/readers';
import { ViolationError } from './violation';

const PAGE = 1_000;

/** Keeps a violation, and returns whether to go on. */
type Report = (error: unknown) => boolean;

/** The checkpoint of each reader. One that does not belong to this log is reported as `I7`. */
export async function checkpointsOf(
  store: Store,
  views: Views | undefined,
  readers: readonly Reader[],
  found: Report,
): Promise<ReadonlyMap<string, number>> {
  const at = new Map<string, number>();
  for (const reader of readers) {
    try {
      at.set(reader.checkpoint, (await (await checkpointOf(reader, store, views)).load()).position);
    } catch (error) {
      if (!(error instanceof WaybillError) || !error.code.startsWith('CHECKPOINT_')) throw error;
      if (!found(new ViolationError('I7', error.message, undefined))) return at;
    }
  }
  return at;
}

/** A row of a view must come from an event of this log: one that is ahead of the log is reported as `I7`. */
export async function checkViews(store: Store, views: Views, readers: readonly Reader[], found: Report): Promise<void> {
  for (const reader of readers) {
    const { definition } = reader;
    if (definition.kind !== 'projection') continue;
    const view = await currentName(reader, views);
    for (let after: string | undefined; ;) {
      const rows = await views.all(view, { ...(after === undefined ? {} : { after }), limit: PAGE });
      // The rows may be newer than a head that was read before them.
      const head = await store.head();
      const ahead = rows.find(({ position }) => position > head);
      const what =
        ahead &&
        `the row ${JSON.stringify(ahead.key)} of "${definition.name}" is at position ${ahead.position}, but the log ends at ${head}`;
      if (what !== undefined && !found(new ViolationError('I7', what, undefined))) return;
      after = rows.at(-1)?.key;
      if (rows.length < PAGE) break;
    }
  }
}
