import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';

/** An error as plain data, so that it can cross threads. The commit thread loads this file, so it is kept small: that starts fast. */
export interface Failure {
  readonly code: string;
  readonly what: string;
  readonly fix: string;
}

/** How a commit failed. `stored` is 'unknown' if recovery after a crash could bring back what was being written. */
export interface CommitFailure extends Failure {
  readonly stored: 'no' | 'unknown';
  /** The store accepts nothing any more: after an I/O error it is unknown what the operating system will keep. */
  readonly lasting: boolean;
}

export function commitFailure(error: unknown, file: string, stage: 'before' | 'commit'): CommitFailure {
  const name = sqliteName(error);
  // A full disk is reported when a page cannot be written, which is before the commit mark; any other error may come after it.
  const certain = stage === 'before' || name === 'BUSY' || name === 'FULL';
  return { ...translated(error, file), stored: certain ? 'no' : 'unknown', lasting: name !== 'BUSY' };
}

/** What a driver's error means to whoever runs the store. */
export function translated(error: unknown, file: string): Failure {
  const at = JSON.stringify(file);
  switch (sqliteName(error)) {
    case 'BUSY':
    case 'LOCKED':
      return failure(
        'BUSY',
        `${at} stayed locked by another process for longer than the busy timeout`,
        'stop whatever holds the lock, or raise busyTimeout',
      );
    case 'FULL':
      return diskFull(at);
    case 'IOERR':
      return full(file)
        ? diskFull(at)
        : failure('IO', `reading or writing ${at} failed (${messageOf(error)})`, 'check the disk and the system log');
    case 'CORRUPT':
      return failure('FILE_DAMAGED', `${at} is damaged (${messageOf(error)})`, 'restore it from a backup');
    // Statements are prepared without values, so only the tables can be wrong.
    case 'ERROR':
      return failure(
        'FILE_DAMAGED',
        `${at} is damaged: its tables are not those of its format (${messageOf(error)})`,
        'restore it from a backup',
      );
    case 'NOTADB':
      return failure(
        'FILE_NOT_A_DATABASE',
        `${at} is not a SQLite database`,
        'give the path of a Waybill file, or of a file that does not exist yet',
      );
    case 'READONLY':
      return failure('FILE_READ_ONLY', `${at} cannot be written`, 'allow this user to write the file and its folder');
    case 'CANTOPEN':
    case 'PERM':
    case 'AUTH':
      return failure(
        'FILE_NO_PERMISSION',
        `${at} or its -wal file cannot be opened`,
        'allow this user to read and write the file and its folder',
      );
    default:
      return failure('IO', `SQLite cannot use ${at} (${messageOf(error)})`, 'see the cause, and report it if the machine is not at fault');
  }
}

function failure(code: string, what: string, fix: string): Failure {
  return { code: `STORE_${code}`, what, fix };
}

function diskFull(at: string): Failure {
  return failure('DISK_FULL', `the disk of ${at} is full`, 'free space');
}

/** Running out of space appears as an I/O error if it happens after the write, as in syncing or growing the shared index. */
function full(file: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(dirname(file));
    return bavail * bsize < 1_048_576;
  } catch {
    return false;
  }
}

const names: Readonly<Record<number, string>> = {
  1: 'ERROR',
  3: 'PERM',
  5: 'BUSY',
  6: 'LOCKED',
  8: 'READONLY',
  10: 'IOERR',
  11: 'CORRUPT',
  13: 'FULL',
  14: 'CANTOPEN',
  23: 'AUTH',
  26: 'NOTADB',
};

/** The name of SQLite's primary result code: better-sqlite3 has the extended name in `code`, node:sqlite the number in `errcode`. */
export function sqliteName(error: unknown): string | undefined {
  const { code, errcode } = (typeof error === 'object' && error !== null ? error : {}) as { code?: unknown; errcode?: unknown };
  if (typeof errcode === 'number') return names[errcode & 0xff] ?? 'OTHER';
  return typeof code === 'string' ? /^SQLITE_([A-Z]+)/.exec(code)?.[1] : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String((error as { message?: unknown } | null)?.message ?? error);
}
