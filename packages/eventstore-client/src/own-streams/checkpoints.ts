import type { Checkpoint, CheckpointAt, Expected } from '@waybill/core';
import { checkName, show, WaybillError } from '@waybill/core';
import type { Heads } from '../read/heads';
import { jsonOf } from '../format/rows';
import type { OwnRows } from './own-rows';

interface Current {
  readonly revision: Expected;
  readonly at: CheckpointAt;
}

interface CheckpointPlace {
  readonly store: string;
  readonly heads: Heads;
  readonly rows: OwnRows;
  readonly run: <T>(work: () => Promise<T>) => Promise<T>;
}

/**
 * A consumer's checkpoint. Each save is a row in the checkpoint's own stream, which no subscriber sees and which keeps only its
 * last row.
 */
export function checkpointOf(consumer: string, { store, heads, rows, run }: CheckpointPlace): Checkpoint {
  checkName('consumer', consumer);
  const whose = `the checkpoint of ${show(consumer)}`;
  /** As this handle last saw it. It may be out of date: a write at an old revision is refused. */
  let seen: Current | undefined;

  const look = async (): Promise<Current> => {
    const row = await rows.last();
    if (!row) return (seen = { revision: 'none', at: { store, position: 0, epoch: 0 } });
    return (seen = { revision: row.version, at: read(row.data) });
  };
  const put = async (revision: Expected, at: CheckpointAt): Promise<boolean> => {
    const written = await rows.put({ data: JSON.stringify(at), metadata: '{}' }, revision);
    seen = written.ok ? { revision: written.version, at } : undefined;
    return written.ok;
  };
  const mustBeOurs = (at: CheckpointAt) => {
    if (at.store === store) return;
    const what = `${whose} belongs to log ${show(at.store)}, this one is ${show(store)}`;
    throw new WaybillError('CHECKPOINT_OTHER_STORE', what, 'connect to the log it was made for, or start over under another consumer name');
  };
  const mustBeAt = async (position: number) => {
    const isPlace = Number.isSafeInteger(position) && position >= 0;
    if (isPlace && (position <= heads.known || position <= (await heads.fresh()))) return;
    const what = `${whose} is at ${show(position)}, this log ends at ${heads.known}`;
    throw new WaybillError('CHECKPOINT_AHEAD', what, 'find out whether the log lost its end, then rewind to a position that it has');
  };
  /** Starts again from the current row whenever somebody else was faster. */
  const change = async (next: (at: CheckpointAt) => CheckpointAt | undefined): Promise<CheckpointAt> => {
    for (;;) {
      const { revision, at } = seen ?? (await look());
      mustBeOurs(at);
      const to = next(at);
      if (!to) return at;
      if (await put(revision, to)) return to;
    }
  };

  return {
    load: () =>
      run(async () => {
        const { at } = await look();
        mustBeOurs(at);
        await mustBeAt(at.position);
        return at;
      }),
    save: ({ store: whichStore, position, epoch }) =>
      run(async () => {
        mustBeOurs({ store: whichStore, position, epoch });
        await mustBeAt(position);
        // An epoch unknown to this handle may have been begun by another.
        if (seen && seen.at.epoch !== epoch) seen = undefined;
        await change((at) => (epoch === at.epoch && position > at.position ? { store, position, epoch } : undefined));
      }),
    rewind: (position) =>
      run(async () => {
        await mustBeAt(position);
        seen = undefined;
        return change(({ epoch }) => ({ store, position, epoch: epoch + 1 }));
      }),
  };

  function read(data: string): CheckpointAt {
    const at = jsonOf(data) as Partial<CheckpointAt> | null | undefined;
    if (typeof at?.store === 'string' && Number.isSafeInteger(at.position) && Number.isSafeInteger(at.epoch)) return at as CheckpointAt;
    throw new WaybillError('STORE_DAMAGED', `${whose} cannot be read`, 'find out who wrote to its stream, then rewind');
  }
}
