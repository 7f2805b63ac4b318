import { notEmpty } from '@waybill/core/store-kit';
import type { Copies, LogPart } from '@waybill/core/store-kit';
import { checksumOf, rowChecksum, viewChecksum } from '../file/checksum';
import type { Settings } from '../file/connect';
import { connect, rollback } from '../file/connect';
import type { Connection, Row } from '../file/driver';

/** Rows in one page, and characters that end one. */
const PAGE = 256;
const SIZE = 1_048_576;

/** Each copy is made on a connection of its own, in one transaction: of what stood there at one moment, all or nothing. */
export function copiesOf(settings: Settings, store: { id: string }, mustServe: () => void, filled: () => void): Copies {
  return {
    async *parts() {
      mustServe();
      const db = connect(settings);
      try {
        db.exec('BEGIN');
        yield [{ log: store.id }];
        for (const page of pagesOf(db)) {
          yield page;
          await new Promise(setImmediate);
        }
      } finally {
        rollback(db);
        db.close();
      }
    },
    async fill(pages) {
      mustServe();
      const db = connect(settings);
      try {
        db.exec('BEGIN IMMEDIATE');
        const [rows] = db.prepare('SELECT count(*) FROM events').get<[number]>() ?? [];
        if (rows !== 0) throw notEmpty(store.id);
        const filling = new Filling(db, store.id);
        for await (const page of pages) for (const part of page) filling.put(part);
        db.exec('COMMIT');
        store.id = filling.id;
        filled();
      } catch (error) {
        rollback(db);
        throw error;
      } finally {
        db.close();
      }
    },
  };
}

function* pagesOf(db: Connection): Generator<readonly LogPart[]> {
  const start = db.prepare('SELECT id, name, start FROM streams WHERE start > 0 AND id > ? ORDER BY id LIMIT 256');
  yield* pages(start, [0], ([id, stream, version]: readonly [number, string, number]) => [[id], { start: { stream, version } }]);
  const row = db.prepare(
    `SELECT e.position, s.name, e.version, e.id, e.type, e.time, e.meta, e.data FROM events e JOIN streams s ON s.id = e.stream
     WHERE e.position > ? ORDER BY e.position LIMIT 256`,
  );
  type Event = readonly [number, string, number, string, string, number, string, string];
  yield* pages(row, [0], ([position, stream, version, id, type, time, meta, data]: Event) => [
    [position],
    { row: { position, stream, version, id, type, time, meta, data } },
  ]);
  const checkpoint = db.prepare('SELECT consumer, position, epoch FROM checkpoints WHERE consumer > ? ORDER BY consumer LIMIT 256');
  yield* pages(checkpoint, [''], ([consumer, position, epoch]: readonly [string, number, number]) => [
    [consumer],
    { checkpoint: { consumer, position, epoch } },
  ]);
  const snapshot = db.prepare('SELECT stream, version, data FROM snapshots WHERE stream > ? ORDER BY stream LIMIT 16');
  yield* pages(snapshot, [''], ([stream, version, data]: readonly [string, number, string]) => [
    [stream],
    { snapshot: { stream, version, data } },
  ]);
  const view = db.prepare('SELECT view, key, row, position, blocked FROM views WHERE (view, key) > (?, ?) ORDER BY view, key LIMIT 16');
  type ViewOf = readonly [string, string, string | null, number, string | null];
  yield* pages(view, ['', ''], ([name, key, text, position, blocked]: ViewOf) => [
    [name, key],
    { view: { name, key, row: text ?? undefined, ...(blocked !== null && { blocked }), position } },
  ]);
}

/** Page after page of a statement that begins after where the last page ended. */
function* pages<R extends Row>(
  statement: ReturnType<Connection['prepare']>,
  from: readonly (string | number)[],
  make: (row: R) => readonly [readonly (string | number)[], LogPart],
): Generator<readonly LogPart[]> {
  for (let after = from; ;) {
    const found = statement.all(make, ...after);
    if (found.length === 0) return;
    for (let page: LogPart[] = [], size = 0, i = 0; i < found.length; i++) {
      const [, part] = found[i]!;
      page.push(part);
      size += 'row' in part ? part.row.data.length + part.row.meta.length : SIZE / 16;
      if (size < SIZE && page.length < PAGE && i < found.length - 1) continue;
      yield page;
      [page, size] = [[], 0];
    }
    after = found.at(-1)![0];
  }
}

class Filling {
  private readonly streams = new Map<string, number>();
  private readonly sql: Record<
    'log' | 'id' | 'stream' | 'start' | 'event' | 'checkpoint' | 'snapshot' | 'view',
    ReturnType<Connection['prepare']>
  >;

  constructor(
    db: Connection,
    public id: string,
  ) {
    this.sql = {
      log: db.prepare("UPDATE log SET value = ? WHERE name = 'id'"),
      id: db.prepare('SELECT id FROM streams WHERE name = ?'),
      stream: db.prepare('INSERT INTO streams (name) VALUES (?)'),
      start: db.prepare('UPDATE streams SET start = ? WHERE id = ?'),
      event: db.prepare(
        'INSERT INTO events (position, stream, version, type, id, time, meta, data, sum) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
      ),
      checkpoint: db.prepare('INSERT OR REPLACE INTO checkpoints (consumer, store, position, epoch, sum) VALUES (?, ?, ?, ?, ?)'),
      snapshot: db.prepare('INSERT OR REPLACE INTO snapshots (stream, version, data, sum) VALUES (?, ?, ?, ?)'),
      view: db.prepare('INSERT OR REPLACE INTO views (view, key, row, position, sum, blocked) VALUES (?, ?, ?, ?, ?, ?)'),
    };
  }

  put(part: LogPart): void {
    const { sql } = this;
    if ('log' in part) sql.log.run((this.id = part.log));
    else if ('start' in part) sql.start.run(part.start.version, this.streamOf(part.start.stream));
    else if ('row' in part) {
      const { position, stream, version, type, id, time, meta, data } = part.row;
      const sum = rowChecksum(stream, version, position, time, id, type, meta, data);
      sql.event.run(position, this.streamOf(stream), version, type, id, time, meta, data, sum);
    } else if ('checkpoint' in part) {
      const { consumer, position, epoch } = part.checkpoint;
      sql.checkpoint.run(consumer, this.id, position, epoch, checksumOf(consumer, this.id, position, epoch));
    } else if ('snapshot' in part) {
      const { stream, version, data } = part.snapshot;
      sql.snapshot.run(stream, version, data, checksumOf(stream, version, data));
    } else {
      const { name, key, row = null, blocked = null, position } = part.view;
      sql.view.run(name, key, row, position, viewChecksum(name, key, row, position, blocked), blocked);
    }
  }

  /** Those used last are remembered. */
  private streamOf(name: string): number {
    const known = this.streams.get(name) ?? this.sql.id.get<[number]>(name)?.[0];
    if (known === undefined) this.sql.stream.run(name);
    const id = known ?? this.sql.id.get<[number]>(name)![0];
    if (this.streams.size >= 4_096) this.streams.clear();
    this.streams.set(name, id);
    return id;
  }
}
