import type { Connection } from './driver';

let warned = false;

/** SQLite 3.7.0 to 3.51.2 can, very rarely, damage a file when two connections reset its WAL at the same instant. */
export function warnOfOldSqlite(db: Connection): void {
  const [version = ''] = db.prepare('SELECT sqlite_version()').get<[string]>() ?? [];
  if (warned || !isOld(version)) return;
  warned = true;
  process.emitWarning(
    `SQLite ${version} has the WAL-reset bug that 3.51.3 fixes. Fix: use a newer Node, or \`npm install @waybill/sqlite-native\` and { driver: 'better-sqlite3' }.`,
    { code: 'WAYBILL_OLD_SQLITE' },
  );
}

export function isOld(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  return major < 3 || (major === 3 && (minor < 51 || (minor === 51 && patch < 3)));
}
