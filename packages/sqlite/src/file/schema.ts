import { HIDDEN } from '@waybill/core/store-kit';

/** "WAYB", in the file's header: so that no other program's file is mistaken for ours, nor ours for theirs. */
export const APPLICATION_ID = 0x57415942;

/** Name of the row of `log` that says 'no' where the file lacks commits that stand in its -wal file; see `commit/whole`. */
export const WHOLE = 'whole';

/** In `subjects`, the slot of a subject whose secret was deleted: no secret has it. */
export const DELETED = 0;

/** Increased when an older Waybill could no longer read or write the file correctly; it then refuses before any write. */
export const FORMAT = 4;

/**
 * Secrets of `keys` are kept in slots that are only added at the end and overwritten in place: when SQLite moves a row to
 * another page it leaves a copy, which no later delete would find.
 */
const KEYS = `
  CREATE TABLE subjects (name TEXT PRIMARY KEY, slot INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE secrets (slot INTEGER PRIMARY KEY, secret TEXT NOT NULL);
`;

/**
 * Stream names are stored once, in `streams`: the cost of the index on (stream, version) grows with its width, and new streams
 * stay next to each other in it. `start` is the version at which reads of the stream begin. `data` comes last, so that a filter
 * by type never reads it. `sum` is the row's checksum; null in rows written before there were checksums.
 */
export const TABLES = `
  CREATE TABLE log (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE streams (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, start INTEGER NOT NULL DEFAULT 0);
  CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    stream INTEGER NOT NULL,
    version INTEGER NOT NULL,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    time INTEGER NOT NULL,
    meta TEXT NOT NULL,
    data TEXT NOT NULL,
    sum INTEGER
  );
  CREATE UNIQUE INDEX events_by_stream ON events (stream, version);
  CREATE TABLE checkpoints (
    consumer TEXT PRIMARY KEY,
    store TEXT NOT NULL,
    position INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    sum INTEGER
  ) WITHOUT ROWID;
  CREATE TABLE snapshots (stream TEXT PRIMARY KEY, version INTEGER NOT NULL, data TEXT NOT NULL, sum INTEGER);
  CREATE TABLE views (
    view TEXT NOT NULL,
    key TEXT NOT NULL,
    row TEXT,
    position INTEGER NOT NULL,
    sum INTEGER,
    blocked TEXT,
    PRIMARY KEY (view, key)
  ) WITHOUT ROWID;
  ${KEYS}
`;

/** By format, the SQL that updates a file to the next one. */
export const STEPS: Readonly<Record<number, string>> = {
  1: `ALTER TABLE streams ADD COLUMN start INTEGER NOT NULL DEFAULT 0; ${KEYS}`,
  2: ['events', 'snapshots', 'checkpoints', 'views'].map((table) => `ALTER TABLE ${table} ADD COLUMN sum INTEGER;`).join(' '),
  3: 'ALTER TABLE views ADD COLUMN blocked TEXT;',
};

/**
 * Rows hidden from subscribers, as a condition on a column of types. ';' follows ':', so each pair of bounds matches exactly the
 * names with that prefix.
 */
export function hidden(type: string): string {
  return `(${HIDDEN.map((prefix) => `${type} >= '${prefix}' AND ${type} < '${prefix.replace(':', ';')}'`).join(' OR ')})`;
}
