import { WaybillError } from '@waybill/core';
import type { Store, Views } from '@waybill/core';
import { currentName } from '../base/readers';
import type { Reader } from '../base/readers';
import { Found } from './violation';

const PAGE = 1_000;

/** Keeps what was found, and answers whether to go on. */
type Finding = (error: unknown) => boolean;

/** Where each reader stands. A checkpoint that is none of this log is found as `I7`. */
export async function checkpointsOf(
  store: Store,
  views: Views | undefined,
  readers: readonly Reader[],
  found: Finding,
): Promise<ReadonlyMap<string, number>> {
  const at = new Map<string, number>();
  for (const reader of readers) {
    try {
      const name = await currentName(reader, views);
      at.set(reader.checkpoint, (await store.checkpoint(name).load()).position);
    } catch (error) {
      if (!(error instanceof WaybillError) || !error.code.startsWith('CHECKPOINT_')) throw error;
      if (!found(new Found('I7', error.message, undefined))) return at;
    }
  }
  return at;
}

/** A row of a read model rests on an event of this log: one that is ahead of it is found as `I7`. */
export async function holdViews(store: Store, views: Views, readers: readonly Reader[], found: Finding): Promise<void> {
  for (const reader of readers) {
    const { definition } = reader;
    if (definition.kind !== 'projection') continue;
    const view = await currentName(reader, views);
    for (let after: string | undefined; ;) {
      const rows = await views.all(view, { ...(after === undefined ? {} : { after }), limit: PAGE });
      // What stands there now may be newer than the head that was asked before.
      const head = await store.head();
      const ahead = rows.find(({ position }) => position > head);
      const what =
        ahead &&
        `the row ${JSON.stringify(ahead.key)} of "${definition.name}" is at position ${ahead.position}, and the log ends at ${head}`;
      if (what !== undefined && !found(new Found('I7', what, undefined))) return;
      after = rows.at(-1)?.key;
      if (rows.length < PAGE) break;
    }
  }
}
