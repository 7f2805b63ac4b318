import { statSync } from 'node:fs';
import type { Failure } from './failure';

/**
 * Whether a path still leads to the file that is open, and its -wal and -shm files with it. On a file that was removed, moved or
 * replaced SQLite goes on without a word, and what it commits there is gone with the last process that holds it.
 */
export class InPlace {
  private gone: Failure | undefined;

  constructor(
    private readonly file: string,
    /** What is open, by path. */
    readonly known: Map<string, string> = new Map(),
  ) {}

  /** What was found once; every later call of `failure` finds it too. */
  get lost(): Failure | undefined {
    return this.gone;
  }

  /** Looks at each file anew; one that is seen for the first time is the one that is open. */
  failure(): Failure | undefined {
    if (this.file === ':memory:' || this.gone) return this.gone;
    for (const path of [this.file, `${this.file}-wal`, `${this.file}-shm`]) {
      const before = this.known.get(path);
      const now = identityOf(path);
      if (before === now) continue;
      if (before !== undefined) return (this.gone = replaced(path));
      if (now !== undefined) this.known.set(path, now);
    }
    return undefined;
  }
}

function identityOf(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found && `${found.dev}:${found.ino}`;
}

function replaced(path: string): Failure {
  return {
    code: 'STORE_FILE_REPLACED',
    what: `${JSON.stringify(path)} was removed, moved or replaced while it was open`,
    fix: 'put back the file that was there, or start every process that used it anew on the one that is there now',
  };
}
