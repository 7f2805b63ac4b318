import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SqliteOptions } from '@waybill/sqlite';
import { sqlite } from '@waybill/sqlite';

/** A file in a folder of its own, for a contract case: opened, opened again, opened twice. */
export function logFile(options?: SqliteOptions) {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-sqlite-'));
  const open = async () => sqlite(join(folder, 'log.db'), options);
  return open().then((store) => ({
    store,
    reopen: open,
    second: open,
    cleanup: async () => rmSync(folder, { recursive: true }),
  }));
}
