import type { Expected, Snapshot } from '@waybill/core';
import type { OwnRows } from './own-rows';
import { tooLarge } from '../format/limits';
import { LIMIT, sizeOf } from '../format/limits';

/** The fold of a stream: its data byte for byte in a row of its own, of which one is kept. */
export function snapshotOf(stream: string, rows: OwnRows, run: <T>(work: () => Promise<T>) => Promise<T>): Snapshot {
  const look = async () => {
    const row = await rows.last();
    if (!row) return { revision: 'none' as Expected, at: undefined };
    return { revision: row.version, at: { version: row.time, data: row.data } };
  };
  return {
    load: () => run(async () => (await look()).at),
    save: ({ version, data }) =>
      run(async () => {
        // The writer's time of such a row is the version, so that its data is nothing but the data.
        const row = { data, metadata: `{"t":${version}}` };
        if (sizeOf(row) > LIMIT) throw tooLarge('snapshot', stream, sizeOf(row));
        for (;;) {
          const { revision, at } = await look();
          if (at && at.version > version) return;
          if ((await rows.put(row, revision)).ok) return;
        }
      }),
  };
}
