import { setTimeout as pause } from 'node:timers/promises';
import { checkName, checkSecret, show, WaybillError } from '@waybill/core/store-kit';
import type { Keys } from '@waybill/core/store-kit';
import type { CommitQueue } from '../commit/commit-queue';
import type { Reader, Reading } from '../read/reader';

/** Milliseconds between two attempts to empty the -wal file, in which others can commit. */
const PAUSE = 20;

/**
 * Secrets in the same file as the log. A forgotten one is overwritten in the file and removed from its -wal file; copies of the
 * file made before still hold it.
 */
export function keysOf(file: string, timeout: number, reader: Reader, reading: Reading, queue: CommitQueue): Keys {
  return {
    load: async (subjects) => {
      const found = new Map<string, string>();
      for (const subject of subjects) {
        const secret = reading(() => reader.secret(subject));
        if (secret !== undefined) found.set(subject, secret);
      }
      return found;
    },
    forgotten: async (subjects) => new Set(subjects.filter((subject) => reading(() => reader.isDeleted(subject)))),
    keep: async (subject, secret) => {
      queue.mustServe();
      checkName('subject', subject);
      checkSecret(secret);
      return (await queue.write({ kind: 'keep', subject, secret })).secret!;
    },
    forget: async (subject) => {
      checkName('subject', subject);
      for (const end = performance.now() + timeout; ; await pause(PAUSE)) {
        queue.mustServe();
        const { stillInWal } = await queue.write({ kind: 'forget', subject });
        if (!stillInWal) return;
        if (performance.now() >= end) throw inUse(file);
      }
    },
  };
}

function inUse(file: string): WaybillError {
  const what = `a secret was deleted, but a reader in another process still keeps it in the -wal file of ${show(file)}`;
  return new WaybillError('STORE_BUSY', what, 'end the long read there, then forget the subject again');
}
