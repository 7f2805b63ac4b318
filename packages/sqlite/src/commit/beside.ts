import type { CheckpointAt, SnapshotAt, ViewWrite } from '@waybill/core';
import type { Other, OtherResult, WriterSettings } from './batch';
import { NONE } from './batch';
import type { Connection, Statement } from '../file/driver';
import { hidden } from '../file/schema';
import { Secrets } from './secrets';
import { sumOf } from '../file/sum';

/** Writes what stands beside the log, inside of the writer's transaction; `head` is the log's newest position in it. */
export class Beside {
  private readonly sql: Record<
    'checkpoint' | 'saveCheckpoint' | 'snapshot' | 'stream' | 'start' | 'letGo' | 'view' | 'saveView' | 'drop',
    Statement
  >;
  private made: Secrets | undefined;

  constructor(private readonly db: Connection) {
    this.sql = {
      checkpoint: db.prepare('SELECT position, epoch FROM checkpoints WHERE consumer = ?'),
      saveCheckpoint: db.prepare('INSERT OR REPLACE INTO checkpoints (consumer, store, position, epoch, sum) VALUES (?, ?, ?, ?, ?)'),
      snapshot: db.prepare(
        `INSERT INTO snapshots (stream, version, data, sum) VALUES (?, ?, ?, ?)
         ON CONFLICT (stream) DO UPDATE SET version = excluded.version, data = excluded.data, sum = excluded.sum WHERE excluded.version >= version`,
      ),
      stream: db.prepare('SELECT id, start, (SELECT max(version) FROM events WHERE stream = streams.id) FROM streams WHERE name = ?'),
      start: db.prepare('UPDATE streams SET start = ? WHERE id = ?'),
      letGo: db.prepare(`DELETE FROM events WHERE stream = ? AND version >= ? AND version < ? AND ${hidden('type')}`),
      view: db.prepare('SELECT position FROM views WHERE view = ? AND key = ?'),
      saveView: db.prepare('INSERT OR REPLACE INTO views (view, key, row, position, sum) VALUES (?, ?, ?, ?, ?)'),
      drop: db.prepare('DELETE FROM views WHERE view = ?'),
    };
  }

  write(other: Other, head: number): OtherResult {
    switch (other.kind) {
      case 'checkpoint':
        return this.checkpoint(other.consumer, other.at, head);
      case 'rewind':
        return this.rewind(other.consumer, other.store, other.position, head);
      case 'snapshot':
        return this.snapshot(other.stream, other.at);
      case 'truncate':
        return this.truncate(other.stream, other.before);
      case 'views':
        return { held: other.writes.map((write) => this.view(other.view, write)) };
      case 'drop':
        return this.drop(other.view);
      case 'keep':
        return { secret: this.secrets.keep(other.subject, other.secret) };
      case 'forget':
        return this.forget(other.subject);
      case 'settings':
        return { settings: this.settings() };
    }
  }

  /** After the commit: the results of these writes, once what they forgot is out of the -wal file too. */
  told(others: readonly Other[], results: readonly OtherResult[]): readonly OtherResult[] {
    if (!others.some(({ kind }) => kind === 'forget')) return results;
    const left = !this.secrets.scrub();
    return results.map((result, i) => (others[i]!.kind === 'forget' ? { left } : result));
  }

  private get secrets(): Secrets {
    return (this.made ??= new Secrets(this.db));
  }

  private checkpoint(consumer: string, { store, position, epoch }: CheckpointAt, head: number): OtherResult {
    if (position > head) return { ahead: head };
    const [lastPosition, lastEpoch] = this.last(consumer);
    if (epoch === lastEpoch && position > lastPosition) this.save(consumer, { store, position, epoch });
    return {};
  }

  private rewind(consumer: string, store: string, position: number, head: number): OtherResult {
    if (position > head) return { ahead: head };
    const epoch = this.last(consumer)[1] + 1;
    this.save(consumer, { store, position, epoch });
    return { epoch };
  }

  private save(consumer: string, { store, position, epoch }: CheckpointAt): void {
    this.sql.saveCheckpoint.run(consumer, store, position, epoch, sumOf(consumer, store, position, epoch));
  }

  private snapshot(stream: string, { version, data }: SnapshotAt): OtherResult {
    this.sql.snapshot.run(stream, version, data, sumOf(stream, version, data));
    return {};
  }

  /** Rows of others in the stream stay: subscribers still want them. */
  private truncate(stream: string, before: number): OtherResult {
    const [id, start, last] = this.sql.stream.get<[number, number, number]>(stream) ?? [0, 0, NONE];
    if (before > last) return { ahead: last };
    if (before <= start) return {};
    this.sql.letGo.run(id, start, before);
    this.sql.start.run(before, id);
    return {};
  }

  private view(view: string, { key, row, position, expected }: ViewWrite): boolean {
    const [at] = this.sql.view.get<[number]>(view, key) ?? [0];
    if (at === expected) this.sql.saveView.run(view, key, row ?? null, position, sumOf(view, key, row ?? null, position));
    return at === expected;
  }

  private drop(view: string): OtherResult {
    this.sql.drop.run(view);
    return {};
  }

  private forget(subject: string): OtherResult {
    this.secrets.forget(subject);
    return {};
  }

  private last(consumer: string): readonly [position: number, epoch: number] {
    return this.sql.checkpoint.get<[number, number]>(consumer) ?? [0, 0];
  }

  private settings(): WriterSettings {
    const [mode] = this.db.prepare('PRAGMA journal_mode').get<[string]>() ?? [''];
    const [level] = this.db.prepare('PRAGMA synchronous').get<[number]>() ?? [0];
    return { journalMode: mode, synchronous: (['off', 'normal', 'full', 'extra'] as const)[level] ?? 'off' };
  }
}
