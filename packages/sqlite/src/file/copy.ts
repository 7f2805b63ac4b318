import type { Settings } from './connect';
import { connect } from './connect';
import type { Failure } from './failure';
import { translated } from './failure';
import { loadDriver } from './load-driver';
import { WHOLE } from './schema';

/** What a thread is asked for that makes a copy. */
export interface CopyRequest {
  readonly settings: Settings;
  readonly into: string;
}

/** Copies the state of one moment into an empty file; the failure, if there was one. */
export function copyInto({ settings, into }: CopyRequest): Failure | undefined {
  try {
    const db = connect(settings);
    try {
      db.prepare('VACUUM INTO ?').run(into);
    } finally {
      db.close();
    }
    const made = loadDriver(settings.driver, settings.from).open(into);
    // A copy has no -wal file, and lacks nothing.
    made.prepare('DELETE FROM log WHERE name = ?').run(WHOLE);
    made.close();
    return undefined;
  } catch (error) {
    return translated(error, into);
  }
}
