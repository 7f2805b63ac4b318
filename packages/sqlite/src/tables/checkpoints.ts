import { checkName, checkPlace } from '@waybill/core/store-kit';
import type { Checkpoint, CheckpointAt } from '@waybill/core/store-kit';
import type { CommitQueue } from '../commit/commit-queue';
import { checkNumber } from '../commit/limits';
import type { Reader, Reading } from '../read/reader';

/** A consumer's checkpoint in the log `store`. A save joins the next commit, so alongside appends it costs no sync of its own. */
export function checkpointOf(consumer: string, store: string, reader: Reader, reading: Reading, queue: CommitQueue): Checkpoint {
  checkName('consumer', consumer);
  const check = (at: Pick<CheckpointAt, 'store' | 'position'>, head = Number.MAX_SAFE_INTEGER) => checkPlace(consumer, at, store, head);
  return {
    load: async () => {
      const at = reading(() => reader.checkpoint(consumer)) ?? { store, position: 0, epoch: 0 };
      check(
        at,
        reading(() => reader.head()),
      );
      return at;
    },
    save: async (at) => {
      queue.mustServe();
      const { position, epoch } = at;
      check(at);
      checkNumber('epoch of a checkpoint', epoch);
      const { ahead } = await queue.write({ kind: 'checkpoint', consumer, at: { store, position, epoch } });
      if (ahead !== undefined) check(at, ahead);
    },
    rewind: async (position) => {
      queue.mustServe();
      check({ store, position });
      const { ahead, epoch } = await queue.write({ kind: 'rewind', consumer, store, position });
      if (ahead !== undefined) check({ store, position }, ahead);
      return { store, position, epoch: epoch! };
    },
  };
}
