import type { Expected, Snapshot } from '@waybill/core';
import { tooLarge } from '../format/limits';
import { LIMIT, sizeOf } from '../format/limits';
import type { OwnRows } from './own-rows';

/** The snapshot of a stream: its data byte for byte in a row of a stream of its own, which keeps only its last row. */
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
        // The version is kept as the row's time, so that the row's data is exactly the snapshot's.
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
