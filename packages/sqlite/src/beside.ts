import type { CheckpointAt, SnapshotAt, ViewWrite } from '@waybill/core';
import type { Other, OtherResult, WriterSettings } from './batch';
import type { Connection, Statement } from './driver';

/** Writes what stands beside the log, inside of the writer's transaction; `head` is the log's newest position in it. */
export class Beside {
  private readonly sql: Record<'checkpoint' | 'saveCheckpoint' | 'snapshot' | 'view' | 'saveView', Statement>;

  constructor(private readonly db: Connection) {
    this.sql = {
      checkpoint: db.prepare('SELECT position, epoch FROM checkpoints WHERE consumer = ?'),
      saveCheckpoint: db.prepare('INSERT OR REPLACE INTO checkpoints (consumer, store, position, epoch) VALUES (?, ?, ?, ?)'),
      snapshot: db.prepare(
        `INSERT INTO snapshots (stream, version, data) VALUES (?, ?, ?)
         ON CONFLICT (stream) DO UPDATE SET version = excluded.version, data = excluded.data WHERE excluded.version >= version`,
      ),
      view: db.prepare('SELECT position FROM views WHERE view = ? AND key = ?'),
      saveView: db.prepare('INSERT OR REPLACE INTO views (view, key, row, position) VALUES (?, ?, ?, ?)'),
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
      case 'views':
        return { held: other.writes.map((write) => this.view(other.view, write)) };
      case 'settings':
        return { settings: this.settings() };
    }
  }

  private checkpoint(consumer: string, { store, position, epoch }: CheckpointAt, head: number): OtherResult {
    if (position > head) return { ahead: head };
    const [lastPosition, lastEpoch] = this.last(consumer);
    if (epoch === lastEpoch && position > lastPosition) this.sql.saveCheckpoint.run(consumer, store, position, epoch);
    return {};
  }

  private rewind(consumer: string, store: string, position: number, head: number): OtherResult {
    if (position > head) return { ahead: head };
    const epoch = this.last(consumer)[1] + 1;
    this.sql.saveCheckpoint.run(consumer, store, position, epoch);
    return { epoch };
  }

  private snapshot(stream: string, { version, data }: SnapshotAt): OtherResult {
    this.sql.snapshot.run(stream, version, data);
    return {};
  }

  private view(view: string, { key, row, position, expected }: ViewWrite): boolean {
    const [at] = this.sql.view.get<[number]>(view, key) ?? [0];
    if (at === expected) this.sql.saveView.run(view, key, row ?? null, position);
    return at === expected;
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
