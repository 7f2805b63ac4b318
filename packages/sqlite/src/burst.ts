import type { Connection, Statement } from './driver';

/**
 * Reads that follow each other without a wait share one read transaction: locking the file for each read costs several
 * times the read itself. It ends before anything else of this process runs, so that a reader who was told of a commit sees it.
 */
export class Burst {
  private readonly begin: Statement;
  private readonly commit: Statement;
  private open = false;

  constructor(db: Connection) {
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
    this.commit.run();
  }
}
