import { rollback } from '../file/connect';
import type { Connection, Statement } from '../file/driver';

/**
 * Reads that follow each other without a wait share one read transaction: locking the file for each read costs several
 * times the read itself. It ends before the next event of this process, so a reader who was told of a commit by one sees it.
 */
export class Burst {
  private readonly begin: Statement;
  private readonly commit: Statement;
  private open = false;

  constructor(private readonly db: Connection) {
    this.begin = db.prepare('BEGIN');
    this.commit = db.prepare('COMMIT');
  }

  hold(): void {
    if (this.open) return;
    this.begin.run();
    this.open = true;
    queueMicrotask(() => this.end());
  }

  /** Also called before a commit on the same connection, and before it closes. */
  end(): void {
    if (!this.open) return;
    this.open = false;
    try {
      this.commit.run();
    } catch {
      // The read that failed has told why; SQLite keeps the transaction until it is rolled back.
      rollback(this.db);
    }
  }
}
