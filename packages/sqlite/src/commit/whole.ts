import type { Connection, Statement } from '../file/driver';
import { WHOLE } from '../file/schema';

/** Pages in the -wal file after which they are moved into the file, as estimated from what was written. */
const PAGES = 2_000;
const PAGE = 4_096;

/**
 * Moves what the -wal file holds into the file. The file then says by itself that it is not whole: only the -wal file, which gets
 * the next commits, says that it is. So a copy of the file without its -wal file is noticed, and a file whose last connection has
 * closed, which moves everything, is whole.
 */
export class WholeMark {
  private readonly set: Statement;
  private pages = PAGES;

  constructor(private readonly db: Connection) {
    this.set = db.prepare('INSERT OR REPLACE INTO log (name, value) VALUES (?, ?)');
  }

  /** Before a commit: the first one, and every so many pages. While a reader needs old pages, some stay until the next time. */
  beforeCommit(): void {
    if (this.pages < PAGES) return;
    this.set.run(WHOLE, 'no');
    try {
      this.db.exec('PRAGMA wal_checkpoint(PASSIVE)');
    } finally {
      this.set.run(WHOLE, 'yes');
    }
    this.pages = 0;
  }

  committed(events: number, characters: number): void {
    this.pages += 4 + 2 * events + Math.ceil(characters / PAGE);
  }

  /** Somebody else has moved everything: the file is whole without its -wal file, until the next commit. */
  moved(): void {
    this.pages = PAGES;
  }
}
