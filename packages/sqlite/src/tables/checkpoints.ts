import type { Checkpoint, CheckpointAt } from '@waybill/core';
import { checkName, show, WaybillError } from '@waybill/core';
import type { CommitQueue } from '../commit/commit-queue';
import { checkNumber } from '../commit/limits';
import type { Reader, Reading } from '../read/reader';

/** A consumer's checkpoint in the log `store`. A save joins the next commit, so alongside appends it costs no sync of its own. */
export function checkpointOf(consumer: string, store: string, reader: Reader, reading: Reading, queue: CommitQueue): Checkpoint {
  checkName('consumer', consumer);
  const whose = `the checkpoint of ${show(consumer)}`;
  const mustBeOurs = (at: CheckpointAt) => {
    if (at.store === store) return;
    const what = `${whose} belongs to log ${show(at.store)}, this one is ${show(store)}`;
    throw new WaybillError('CHECKPOINT_OTHER_STORE', what, 'connect to the log it was made for, or start over under another consumer name');
  };
  const mustBeAt = (position: number, head: number | undefined) => {
    if (head === undefined && Number.isSafeInteger(position) && position >= 0) return;
    const what = `${whose} is at ${show(position)}, this log ends at ${head ?? reader.head()}`;
    throw new WaybillError('CHECKPOINT_AHEAD', what, 'find out whether the log lost its end, then rewind to a position that it has');
  };
  return {
    load: async () => {
      const at = reading(() => reader.checkpoint(consumer)) ?? { store, position: 0, epoch: 0 };
      mustBeOurs(at);
      const head = reading(() => reader.head());
      mustBeAt(at.position, at.position > head ? head : undefined);
      return at;
    },
    save: async (at) => {
      queue.mustServe();
      mustBeOurs(at);
      const { position, epoch } = at;
      mustBeAt(position, undefined);
      checkNumber('epoch of a checkpoint', epoch);
      const { ahead } = await queue.write({ kind: 'checkpoint', consumer, at: { store, position, epoch } });
      mustBeAt(position, ahead);
    },
    rewind: async (position) => {
      queue.mustServe();
      mustBeAt(position, undefined);
      const { ahead, epoch } = await queue.write({ kind: 'rewind', consumer, store, position });
      mustBeAt(position, ahead);
      return { store, position, epoch: epoch! };
    },
  };
}
