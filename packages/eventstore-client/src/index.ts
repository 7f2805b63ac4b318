import { Appender } from './append/appender';
import { batchPath } from './append/batch';
import { Connection } from './connection/connection';
import { readConnectionString } from './connection/connection-string';
import { unaryPath } from './append/unary';
import { logId } from './own-streams/log-id';
import type { EventStore, EventStoreOptions } from './connection/options';
import { checkOptions, settingsOf } from './connection/options';
import { ServerStore } from './store';

export type { EventStore, EventStoreOptions, Notice } from './connection/options';

/**
 * A log of EventStoreDB (22.6 or newer) or KurrentDB as a store. Resolves when the server has answered. The first client of a
 * log gives it its id.
 * @throws WaybillError `STORE_OPTIONS`, `STORE_CONNECTION_STRING`, `STORE_UNAVAILABLE`, `STORE_ACCESS_DENIED`
 */
export async function eventStore(connectionString: string, options: EventStoreOptions = {}): Promise<EventStore> {
  checkOptions(options);
  const target = readConnectionString(connectionString, options.allowInsecure ?? false);
  const settings = settingsOf(options, target.deadline);
  const connection = new Connection(target, settings);
  const appender = new Appender(connection, settings.path === 'batch' ? batchPath(connection) : unaryPath(connection));
  try {
    return new ServerStore(await logId(connection, appender), connection, appender);
  } catch (error) {
    await connection.close();
    throw error;
  }
}
