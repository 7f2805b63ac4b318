import { checkName, checkPlace, show, WaybillError } from '@waybill/core/store-kit';
import type { Checkpoint, CheckpointAt, Expected } from '@waybill/core/store-kit';
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
  const check = async (at: Pick<CheckpointAt, 'store' | 'position'>) => {
    await heads.mustHold(whose);
    checkPlace(consumer, at, store, at.position <= heads.known ? heads.known : await heads.fresh());
  };
  /** Starts again from the current row whenever somebody else was faster. */
  const change = async (next: (at: CheckpointAt) => CheckpointAt | undefined): Promise<CheckpointAt> => {
    for (;;) {
      const { revision, at } = seen ?? (await look());
      checkPlace(consumer, { store: at.store, position: 0 }, store, 0);
      const to = next(at);
      if (!to) return at;
      if (await put(revision, to)) return to;
    }
  };

  return {
    load: () =>
      run(async () => {
        const { at } = await look();
        await check(at);
        return at;
      }),
    save: ({ store: whichStore, position, epoch }) =>
      run(async () => {
        await check({ store: whichStore, position });
        // An epoch unknown to this handle may have been begun by another.
        if (seen && seen.at.epoch !== epoch) seen = undefined;
        await change((at) => (epoch === at.epoch && position > at.position ? { store, position, epoch } : undefined));
      }),
    rewind: (position) =>
      run(async () => {
        await check({ store, position });
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
