import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventStore } from '@waybill/eventstore-client';
import { sqlite } from '@waybill/sqlite';
import type { SqliteStore } from '@waybill/sqlite';
import type { Store } from 'waybill';

/** Whether the place of a log is a server and not a file. */
export function isServer(place: string): boolean {
  return /^(esdb|kurrentdb|kdb)(\+discover)?:\/\//.test(place);
}

/** Where files stand that belong to a log: beside its file, or for a server, by the id of its log, in the folder of temporary files. */
export function baseOf(place: string, log = ''): string {
  if (!isServer(place)) return place;
  const name = createHash('sha256').update(log).digest('hex').slice(0, 12);
  return join(tmpdir(), `waybill-orders-${name}`);
}

/** The log at a path or a connection string. A server keeps no read models: these go into a file. */
export async function openStore(place: string): Promise<Store> {
  if (!isServer(place)) return sqlite(place);
  let beside: SqliteStore | undefined;
  try {
    const store = await eventStore(place, { beside: (log) => (beside = sqlite(`${baseOf(place, log)}.views.db`)) });
    const close = store.close.bind(store);
    store.close = async () => {
      await close();
      await beside?.close();
    };
    return store;
  } catch (error) {
    await beside?.close();
    throw error;
  }
}
