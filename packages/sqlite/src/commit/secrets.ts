import type { Connection, Statement } from '../file/driver';
import { DELETED } from '../file/schema';

/** Milliseconds that one attempt waits for readers; commits wait along with it. */
const TRY = 50;

/** Stores and forgets secrets inside the writing connection's transaction. */
export class Secrets {
  private readonly sql: Record<'secret' | 'slot' | 'keep' | 'name' | 'overwrite' | 'forget' | 'empty', Statement>;
  private readonly busyTimeout: number;

  constructor(private readonly db: Connection) {
    this.busyTimeout = db.prepare('PRAGMA busy_timeout').get<[number]>()?.[0] ?? 0;
    this.sql = {
      secret: db.prepare('SELECT s.secret FROM subjects n JOIN secrets s ON s.slot = n.slot WHERE n.name = ?'),
      slot: db.prepare('SELECT slot FROM subjects WHERE name = ?'),
      keep: db.prepare('INSERT INTO secrets (secret) VALUES (?)'),
      name: db.prepare('INSERT OR REPLACE INTO subjects (name, slot) VALUES (?, last_insert_rowid())'),
      overwrite: db.prepare('UPDATE secrets SET secret = zeroblob(length(CAST(secret AS BLOB))) WHERE slot = ?'),
      forget: db.prepare(`UPDATE subjects SET slot = ${DELETED} WHERE name = ?`),
      empty: db.prepare('PRAGMA wal_checkpoint(TRUNCATE)'),
    };
  }

  keep(subject: string, secret: string): string {
    const [held] = this.sql.secret.get<[string]>(subject) ?? [];
    if (held !== undefined) return held;
    this.leavingNothing(() => {
      this.sql.keep.run(secret);
      this.sql.name.run(subject);
    });
    return secret;
  }

  forget(subject: string): void {
    const [slot] = this.sql.slot.get<[number]>(subject) ?? [];
    if (slot === undefined || slot === DELETED) return;
    this.leavingNothing(() => {
      this.sql.overwrite.run(slot);
      this.sql.forget.run(subject);
    });
  }

  /** After the commit: removes what was overwritten from the -wal file. False while a reader still needs the old pages. */
  scrub(): boolean {
    this.db.exec(`PRAGMA busy_timeout = ${Math.min(TRY, this.busyTimeout)}`);
    try {
      const [busy] = this.sql.empty.get<[number]>() ?? [];
      return busy === 0;
    } finally {
      this.db.exec(`PRAGMA busy_timeout = ${this.busyTimeout}`);
    }
  }

  /** For these writes only: zeroing freed pages everywhere would double what a truncation writes. */
  private leavingNothing(write: () => void): void {
    this.db.exec('PRAGMA secure_delete = ON');
    write();
    this.db.exec('PRAGMA secure_delete = OFF');
  }
}
