import type { CheckpointAt, SnapshotAt, ViewWrite } from '@waybill/core/store-kit';
import type { Connection, Statement } from '../file/driver';
import { hidden } from '../file/schema';
import { checksumOf, viewChecksum } from '../file/checksum';
import type { SideWrite, SideResult, WriterSettings } from './batch';
import { NONE } from './batch';
import { Secrets } from './secrets';

/** Writes the tables other than the log, inside the writer's transaction; `head` is the log's newest position in it. */
export class SideTables {
  private readonly sql: Record<
    'checkpoint' | 'named' | 'saveCheckpoint' | 'snapshot' | 'stream' | 'start' | 'deleteHidden' | 'view' | 'saveView' | 'drop',
    Statement
  >;
  private lazySecrets: Secrets | undefined;

  constructor(private readonly db: Connection) {
    this.sql = {
      checkpoint: db.prepare('SELECT position, epoch FROM checkpoints WHERE consumer = ?'),
      named: db.prepare('SELECT store, epoch FROM checkpoints WHERE consumer = ?'),
      saveCheckpoint: db.prepare('INSERT OR REPLACE INTO checkpoints (consumer, store, position, epoch, sum) VALUES (?, ?, ?, ?, ?)'),
      snapshot: db.prepare(
        `INSERT INTO snapshots (stream, version, data, sum) VALUES (?, ?, ?, ?)
         ON CONFLICT (stream) DO UPDATE SET version = excluded.version, data = excluded.data, sum = excluded.sum WHERE excluded.version >= version`,
      ),
      stream: db.prepare('SELECT id, start, (SELECT max(version) FROM events WHERE stream = streams.id) FROM streams WHERE name = ?'),
      start: db.prepare('UPDATE streams SET start = ? WHERE id = ?'),
      deleteHidden: db.prepare(`DELETE FROM events WHERE stream = ? AND version >= ? AND version < ? AND ${hidden('type')}`),
      view: db.prepare('SELECT position FROM views WHERE view = ? AND key = ?'),
      saveView: db.prepare('INSERT OR REPLACE INTO views (view, key, row, position, sum, blocked) VALUES (?, ?, ?, ?, ?, ?)'),
      drop: db.prepare('DELETE FROM views WHERE view = ?'),
    };
  }

  write(request: SideWrite, head: number): SideResult {
    switch (request.kind) {
      case 'checkpoint':
        return this.checkpoint(request.consumer, request.at, head);
      case 'rewind':
        return this.rewind(request.consumer, request.store, request.position, head);
      case 'snapshot':
        return this.snapshot(request.stream, request.at);
      case 'truncate':
        return this.truncate(request.stream, request.before);
      case 'views':
        return { applied: request.writes.map((write) => this.view(request.view, write)) };
      case 'drop':
        return this.drop(request.view);
      case 'keep':
        return { secret: this.secrets.keep(request.subject, request.secret) };
      case 'forget':
        return this.forget(request.subject);
      case 'settings':
        return { settings: this.settings() };
    }
  }

  /** After the commit: takes forgotten secrets out of the -wal file too, and gives the final results. */
  afterCommit(writes: readonly SideWrite[], results: readonly SideResult[]): readonly SideResult[] {
    if (!writes.some(({ kind }) => kind === 'forget')) return results;
    const stillInWal = !this.secrets.scrub();
    return results.map((result, i) => (writes[i]!.kind === 'forget' ? { stillInWal } : result));
  }

  private get secrets(): Secrets {
    return (this.lazySecrets ??= new Secrets(this.db));
  }

  private checkpoint(consumer: string, { store, position, epoch }: CheckpointAt, head: number): SideResult {
    if (position > head) return { ahead: head };
    const [lastPosition, lastEpoch] = this.positionAndEpoch(consumer);
    if (epoch === lastEpoch && position > lastPosition) this.save(consumer, { store, position, epoch });
    return {};
  }

  private rewind(consumer: string, store: string, position: number, head: number): SideResult {
    if (position > head) return { ahead: head };
    const epoch = this.positionAndEpoch(consumer)[1] + 1;
    this.save(consumer, { store, position, epoch });
    return { epoch };
  }

  private save(consumer: string, { store, position, epoch }: CheckpointAt): void {
    this.sql.saveCheckpoint.run(consumer, store, position, epoch, checksumOf(consumer, store, position, epoch));
  }

  private snapshot(stream: string, { version, data }: SnapshotAt): SideResult {
    this.sql.snapshot.run(stream, version, data, checksumOf(stream, version, data));
    return {};
  }

  /** Only hidden rows go: subscribers still want the others. */
  private truncate(stream: string, before: number): SideResult {
    const [id, start, last] = this.sql.stream.get<[number, number, number]>(stream) ?? [0, 0, NONE];
    if (before > last) return { ahead: last };
    if (before <= start) return {};
    this.sql.deleteHidden.run(id, start, before);
    this.sql.start.run(before, id);
    return {};
  }

  private view(view: string, write: ViewWrite): boolean {
    const { key, position, expected } = write;
    const [row, blocked] = [write.row ?? null, write.blocked ?? null];
    const [at] = this.sql.view.get<[number]>(view, key) ?? [0];
    const sum = viewChecksum(view, key, row, position, blocked);
    if (at === expected) this.sql.saveView.run(view, key, row, position, sum, blocked);
    return at === expected;
  }

  private drop(view: string): SideResult {
    this.sql.drop.run(view);
    const [store, epoch] = this.sql.named.get<[string, number]>(view) ?? [];
    if (store !== undefined && epoch !== undefined) this.save(view, { store, position: 0, epoch: epoch + 1 });
    return {};
  }

  private forget(subject: string): SideResult {
    this.secrets.forget(subject);
    return {};
  }

  private positionAndEpoch(consumer: string): readonly [position: number, epoch: number] {
    return this.sql.checkpoint.get<[number, number]>(consumer) ?? [0, 0];
  }

  private settings(): WriterSettings {
    const [mode] = this.db.prepare('PRAGMA journal_mode').get<[string]>() ?? [''];
    const [level] = this.db.prepare('PRAGMA synchronous').get<[number]>() ?? [0];
    return { journalMode: mode, synchronous: (['off', 'normal', 'full', 'extra'] as const)[level] ?? 'off' };
  }
}
