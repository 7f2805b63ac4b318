import { rollback } from '../file/connect';
import type { Connection, Statement } from '../file/driver';

/**
 * Reads that follow one another without awaiting share one transaction: locking the file for each costs several times as much
 * as the read. It ends before this process handles its next event, so whoever learns of a commit from an event also reads it.
 */
export class ReadTransaction {
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
      // The read that failed has thrown already; SQLite keeps the transaction until it is rolled back.
      rollback(this.db);
    }
  }
}
