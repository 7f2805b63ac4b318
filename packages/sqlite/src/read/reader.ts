import { show, WaybillError } from '@waybill/core/store-kit';
import type { CheckpointAt, Page, Query, Recorded, SnapshotAt, ViewRow } from '@waybill/core/store-kit';
import type { Connection, Statement } from '../file/driver';
import { DELETED, hidden } from '../file/schema';
import { checksumOf, rowChecksum, viewChecksum } from '../file/checksum';

type EventRow = readonly [number, string, number, string, string, number, string, string, number | null];
type StoredViewRow = readonly [string, string, string | null, number, number | null, string | null];

/** The most rows that one page scans, whether it returns them or filters them out: about a millisecond's work. */
const SPAN = 4_096;
/** A page ends with the chunk of rows that brings it to this many characters; chunks begin small, for a single row may have as many. */
const PAGE_SIZE = 1_048_576;
const FIRST_CHUNK = 4;
const CHUNK = 32;

/** `LIMIT +?`, not `LIMIT ?`: SQLite plans a statement again for each value bound as a bare limit, which costs more than most reads. */
const EVENT = `SELECT e.position, s.name, e.version, e.id, e.type, e.time, e.meta, e.data, e.sum FROM events e JOIN streams s ON s.id = e.stream`;
const PUBLIC = `AND NOT ${hidden('e.type')}`;

/** A prepared scan of the log: the rows that match a filter, in position order, above one position and up to another. */
type Scan = (after: number, upTo: number, limit: number) => Recorded[];

/** Runs a read and translates its errors; throws if the store is closed or out of service. */
export type Reading = <T>(read: () => T) => T;

export class Reader {
  private readonly sql: Record<
    'head' | 'id' | 'at' | 'stream' | 'start' | 'checkpoint' | 'snapshot' | 'view' | 'views' | 'secret' | 'deleted',
    Statement
  >;

  constructor(private readonly db: Connection) {
    this.sql = {
      head: db.prepare('SELECT max(position) FROM events'),
      id: db.prepare('SELECT id FROM events WHERE position = ?'),
      at: db.prepare(`${EVENT} WHERE e.position = ?`),
      stream: db.prepare(`${EVENT} WHERE s.name = ? AND e.version >= max(?, s.start) ORDER BY e.version LIMIT +?`),
      start: db.prepare('SELECT start FROM streams WHERE name = ?'),
      checkpoint: db.prepare('SELECT store, position, epoch, sum FROM checkpoints WHERE consumer = ?'),
      snapshot: db.prepare('SELECT version, data, sum FROM snapshots WHERE stream = ?'),
      view: db.prepare('SELECT view, key, row, position, sum, blocked FROM views WHERE view = ? AND key = ?'),
      views: db.prepare(
        'SELECT view, key, row, position, sum, blocked FROM views WHERE view = ? AND row IS NOT NULL AND key > ? ORDER BY key LIMIT +?',
      ),
      deleted: db.prepare(`SELECT 1 FROM subjects WHERE name = ? AND slot = ${DELETED}`),
      secret: db.prepare('SELECT s.secret FROM subjects n JOIN secrets s ON s.slot = n.slot WHERE n.name = ?'),
    };
  }

  head(): number {
    return this.sql.head.get<[number | null]>()?.[0] ?? 0;
  }

  rowAt(position: number): Recorded | undefined {
    return this.sql.at.all(recorded, position)[0];
  }

  /** A row that was truncated counts as held. */
  holds(position: number, id: string): boolean {
    return position <= this.head() && (this.sql.id.get<[string]>(position)?.[0] ?? id) === id;
  }

  stream(stream: string, from: number, limit: number): Recorded[] {
    const rows = this.sql.stream.all(recorded, stream, from, atMost(limit));
    // From the start of a stream on, no version is ever missing.
    const [first] = rows;
    const last = rows.at(-1);
    if (
      first &&
      last &&
      (last.version - first.version !== rows.length - 1 || (first.version !== from && first.version !== this.startOf(stream)))
    )
      throw damaged(`${show(stream)} lacks a row at or above version ${from}`);
    return rows;
  }

  private startOf(stream: string): number {
    return this.sql.start.get<[number]>(stream)?.[0] ?? 0;
  }

  scan({ types, everything }: Query): Scan {
    const filter = everything ? '' : types ? `AND e.type IN (${types.map(() => '?').join()})` : PUBLIC;
    const named = everything ? [] : (types ?? []);
    const sql = this.db.prepare(`${EVENT} WHERE e.position > ? AND e.position <= ? ${filter} ORDER BY e.position LIMIT +?`);
    return (after, upTo, limit) => sql.all(recorded, after, upTo, ...named, limit);
  }

  /** The head is read first: what is appended meanwhile is above it and belongs to the next page. */
  page(scan: Scan, after: number, limit: number): Page {
    const head = this.head();
    const upTo = Math.max(after, Math.min(head, after + SPAN));
    const events: Recorded[] = [];
    let position = after;
    for (let size = 0, chunk = FIRST_CHUNK; position < upTo && size < PAGE_SIZE && events.length < limit; chunk = CHUNK) {
      const asked = Math.min(chunk, limit - events.length);
      const rows = scan(position, upTo, asked);
      for (const row of rows) {
        size += row.data.length + row.meta.length;
        events.push(row);
      }
      position = rows.length < asked ? upTo : rows[asked - 1]!.position;
    }
    return { events, position, caughtUp: position >= head };
  }

  checkpoint(consumer: string): CheckpointAt | undefined {
    const row = this.sql.checkpoint.get<[string, number, number, number | null]>(consumer);
    if (!row) return undefined;
    const [store, position, epoch, sum] = row;
    if (sum !== null && sum !== checksumOf(consumer, store, position, epoch)) throw changed(`the checkpoint of ${show(consumer)}`);
    return { store, position, epoch };
  }

  snapshot(stream: string): SnapshotAt | undefined {
    const [version, data, sum] = this.sql.snapshot.get<[number, string, number | null]>(stream) ?? [];
    if (version === undefined || data === undefined) return undefined;
    if (sum !== null && sum !== checksumOf(stream, version, data)) throw changed(`the snapshot of ${show(stream)}`);
    return { version, data };
  }

  viewRows(view: string, keys: readonly string[]): ViewRow[] {
    return keys.flatMap((key) => this.sql.view.all(viewRow, view, key));
  }

  /** No key is empty, so all sort after ''. */
  view(view: string, after = '', limit = Number.MAX_SAFE_INTEGER): ViewRow[] {
    return this.sql.views.all(viewRow, view, after, atMost(limit));
  }

  isDeleted(subject: string): boolean {
    return this.sql.deleted.get(subject) !== undefined;
  }

  secret(subject: string): string | undefined {
    return this.sql.secret.get<[string]>(subject)?.[0];
  }
}

function recorded([position, stream, version, id, type, time, meta, data, sum]: EventRow): Recorded {
  if (sum !== null && sum !== rowChecksum(stream, version, position, time, id, type, meta, data))
    throw changed(`the row at position ${position} (${show(stream)} ${version})`);
  return { stream, version, position, id, type, data, meta, time };
}

function changed(what: string): WaybillError {
  return damaged(`${what} is not what was written`);
}

function damaged(what: string): WaybillError {
  return new WaybillError('STORE_FILE_DAMAGED', what, 'restore the file from a backup, together with its -wal file');
}

/** SQLite reads a negative limit as no limit, and has no Infinity. */
function atMost(limit: number): number {
  return Math.max(0, Math.min(limit, Number.MAX_SAFE_INTEGER));
}

function viewRow([view, key, row, position, sum, blocked]: StoredViewRow): ViewRow {
  if (sum !== null && sum !== viewChecksum(view, key, row, position, blocked))
    throw changed(`the row ${show(key)} of the view ${show(view)}`);
  return { key, row: row ?? undefined, ...(blocked !== null && { blocked }), position };
}
