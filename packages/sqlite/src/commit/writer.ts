import { rollback } from '../file/connect';
import type { Connection, Statement } from '../file/driver';
import type { CommitFailure } from '../file/failure';
import { commitFailure } from '../file/failure';
import { rowChecksum } from '../file/checksum';
import { SideTables } from './side-tables';
import type { Batch, CommitResult } from './batch';
import { NONE, Unpacking } from './batch';
import type { Head } from './heads';
import { Heads } from './heads';
import type { InPlace } from '../file/in-place';
import { WholeMark } from './whole';

/** Commits each batch in one transaction. What it remembers from one to the next is valid only while nobody else has written. */
export class Writer {
  private readonly heads = new Heads();
  private readonly sideTables: SideTables;
  private readonly whole: WholeMark;
  private readonly sql: Record<'begin' | 'commit' | 'version' | 'last' | 'head' | 'stored' | 'stream' | 'event', Statement>;
  private failed: CommitFailure | undefined;
  private version: number | undefined;
  private position = 0;
  private stream = 0;

  constructor(
    private readonly db: Connection,
    private readonly file: string,
    private readonly inPlace: InPlace,
  ) {
    this.whole = new WholeMark(db);
    this.sideTables = new SideTables(db);
    this.sql = {
      begin: db.prepare('BEGIN IMMEDIATE'),
      commit: db.prepare('COMMIT'),
      version: db.prepare('PRAGMA data_version'),
      last: db.prepare('SELECT (SELECT max(position) FROM events), (SELECT max(id) FROM streams)'),
      head: db.prepare('SELECT id, (SELECT max(version) FROM events WHERE stream = streams.id) FROM streams WHERE name = ?'),
      stored: db.prepare('SELECT id, version, position FROM events WHERE stream = ? AND version >= ? ORDER BY version LIMIT +?'),
      stream: db.prepare('INSERT INTO streams (id, name) VALUES (?, ?)'),
      event: db.prepare(
        'INSERT INTO events (position, stream, version, type, id, time, meta, data, sum) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
      ),
    };
  }

  /** Everything that was accepted is durable when this returns. After a lasting failure it never begins another commit. */
  commit(batch: Batch): CommitResult {
    if (this.failed) return { failure: { ...this.failed, stored: 'no' } };
    const lost = this.inPlace.failure();
    if (lost) return { failure: (this.failed = { ...lost, stored: 'no', lasting: true }) };
    let stage: 'before' | 'commit' = 'before';
    try {
      this.whole.beforeCommit();
      this.sql.begin.run();
      this.noticeOthers();
      const written = this.append(new Unpacking(batch));
      const sideResults = batch.sideWrites.map((write) => this.sideTables.write(write, this.position));
      stage = 'commit';
      this.sql.commit.run();
      this.whole.committed(batch.numbers.length / 5, batch.text.length);
      // The file may have gone meanwhile, and what is in it with it.
      const gone = this.inPlace.failure();
      if (gone) return { failure: (this.failed = { ...gone, stored: 'unknown', lasting: true }) };
      if (batch.sideWrites.some(({ kind }) => kind === 'forget')) this.whole.moved();
      return { written, sideResults: this.sideTables.afterCommit(batch.sideWrites, sideResults) };
    } catch (error) {
      rollback(this.db);
      this.version = undefined; // so the next commit looks again
      const failure = commitFailure(error, this.file, stage);
      if (failure.lasting) this.failed = failure;
      return { failure };
    }
  }

  close(): void {
    this.db.close();
  }

  /** Nobody else can write during the transaction, so what is found here holds until its end. */
  private noticeOthers(): void {
    const [version] = this.sql.version.get<[number]>() ?? [];
    if (version !== undefined && version === this.version) return;
    const [position, stream] = this.sql.last.get<[number | null, number | null]>() ?? [];
    this.position = position ?? 0;
    this.stream = stream ?? 0;
    this.heads.clear();
    this.version = version;
  }

  private append(rows: Unpacking): number[] {
    const written: number[] = [];
    while (rows.more()) {
      const { stream, expected, count } = rows.write();
      const head = this.heads.get(stream) ?? this.headOf(stream);
      if (head.version === expected) this.insert(rows, stream, head, count, written);
      else this.compare(rows, head, expected, count, written);
    }
    return written;
  }

  private insert(rows: Unpacking, stream: string, head: Head, count: number, written: number[]): void {
    if (head.id === 0) this.sql.stream.run((head.id = ++this.stream), stream);
    for (let i = 0; i < count; i++) {
      const event = rows.event();
      const { type, id, time, meta, data } = event;
      const sum = rowChecksum(stream, ++head.version, ++this.position, time, id, type, meta, data);
      this.sql.event.run(this.position, head.id, head.version, type, id, time, meta, data, sum);
    }
    written.push(head.version, this.position);
  }

  /** An identical retry finds its rows in place, under the same ids, and is answered with their version and position. */
  private compare(rows: Unpacking, head: Head, expected: number, count: number, written: number[]): void {
    const stored = this.sql.stored.all((row: readonly [string, number, number]) => row, head.id, expected + 1, count);
    let same = stored.length === count && stored[0]?.[1] === expected + 1; // truncated rows are gone
    for (let i = 0; i < count; i++) same = rows.event().id === stored[i]?.[0] && same;
    const last = same ? stored[count - 1] : undefined;
    if (last) written.push(last[1], last[2]);
    else written.push(head.version, 0);
  }

  private headOf(stream: string): Head {
    const [id, version] = this.sql.head.get<[number, number | null]>(stream) ?? [0, NONE];
    const head = { id, version: version ?? NONE };
    this.heads.add(stream, head);
    return head;
  }
}
