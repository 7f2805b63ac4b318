import { checkName, checkTruncate, checkWrites, truncateAhead } from '@waybill/core/store-kit';
import type {
  Checkpoint,
  Copies,
  Keys,
  Page,
  Query,
  Recorded,
  SeenRow,
  Snapshot,
  Store,
  Views,
  Write,
  Written,
} from '@waybill/core/store-kit';
import type { WriterSettings } from './commit/batch';
import type { ReadTransaction } from './read/read-transaction';
import { Changes } from './read/changes';
import { checkpointOf } from './tables/checkpoints';
import { CommitQueue } from './commit/commit-queue';
import { errorOf } from './file/errors';
import { sqliteName, translated } from './file/failure';
import type { InPlace } from './file/in-place';
import { keysOf } from './tables/keys';
import type { CommitThread } from './commit/commit-thread';
import type { Durability, Settings } from './file/connect';
import { checkNumber, checkText } from './commit/limits';
import type { Reader, Reading } from './read/reader';
import { pages } from './read/subscription';
import { copiesOf } from './tables/copies';
import { viewsOf } from './tables/views';

/** Commits go through one queue; reads use a connection of their own in the main thread. */
export class SqliteStore implements Store {
  readonly file: string;
  readonly durability: Durability;
  readonly views: Views;
  readonly keys: Keys;
  /** None of a log that is in memory alone: a connection of its own would not see it. */
  readonly copies?: Copies;
  private readonly queue: CommitQueue;
  private readonly changes: Changes;

  constructor(
    public id: string,
    settings: Settings,
    private readonly reader: Reader,
    private readonly readTransaction: ReadTransaction,
    thread: CommitThread,
    private readonly inPlace: InPlace,
  ) {
    const { file, durability, busyTimeout } = settings;
    this.file = file;
    this.durability = durability;
    this.changes = new Changes(() => this.headInPlace(), file === ':memory:' ? undefined : file);
    this.queue = new CommitQueue(thread, () => this.changes.notify(), file);
    if (file !== ':memory:') {
      const mustServe = () => this.queue.mustServe();
      this.copies = copiesOf(settings, this, mustServe, () => this.changes.notify());
    }
    this.views = viewsOf(reader, this.reading, this.queue);
    this.keys = keysOf(file, busyTimeout, reader, this.reading, this.queue);
  }

  /** One sentence for `guarantees()`: what an acknowledged append survives. */
  get guarantee(): string {
    if (this.file === ':memory:') return 'kept in memory only: lost with the process';
    if (this.durability === 'full')
      return 'synced before it is acknowledged (SQLite WAL, synchronous=FULL): survives a killed process and a power cut';
    return 'synced from time to time (SQLite WAL, synchronous=NORMAL): survives a killed process; a power cut may lose the last commits';
  }

  get durable(): boolean {
    return this.durability === 'full' && this.file !== ':memory:';
  }

  async append(writes: readonly Write[]): Promise<readonly Written[]> {
    this.queue.mustServe();
    checkWrites(writes);
    return writes.length === 0 ? [] : this.queue.append(writes);
  }

  async read(stream: string, from = 0, limit = 1_000): Promise<readonly Recorded[]> {
    return this.reading(() => this.reader.stream(stream, from, limit));
  }

  async truncate(stream: string, before: number): Promise<void> {
    this.queue.mustServe();
    checkTruncate(stream, before);
    const { ahead } = await this.queue.write({ kind: 'truncate', stream, before });
    if (ahead !== undefined) throw truncateAhead(stream, before);
  }

  subscribe(query: Query, signal: AbortSignal): AsyncIterable<Page> {
    return pages(this.reader, this.reading, this.changes, query, signal);
  }

  async rowAt(position: number): Promise<Recorded | undefined> {
    return this.reading(() => this.reader.rowAt(position));
  }

  async head(): Promise<number> {
    return this.reading(() => this.reader.head());
  }

  async holds({ position, id }: SeenRow): Promise<boolean> {
    return this.reading(() => this.reader.holds(position, id));
  }

  checkpoint(consumer: string): Checkpoint {
    return checkpointOf(consumer, this.id, this.reader, this.reading, this.queue);
  }

  snapshot(stream: string): Snapshot {
    checkName('stream', stream);
    return {
      load: async () => this.reading(() => this.reader.snapshot(stream)),
      save: async ({ version, data }) => {
        this.queue.mustServe();
        checkNumber('version of a snapshot', version);
        checkText('data of a snapshot', data);
        await this.queue.write({ kind: 'snapshot', stream, at: { version, data } });
      },
    };
  }

  /** What SQLite itself reports for the connection that commits. */
  async settings(): Promise<WriterSettings> {
    this.queue.mustServe();
    return (await this.queue.write({ kind: 'settings' })).settings!;
  }

  close(): Promise<void> {
    const closed = this.queue.close();
    this.changes.close();
    return closed;
  }

  /** Also for a store that only waits, since what others append is no longer seen here. @throws WaybillError `STORE_FILE_REPLACED` */
  private headInPlace(): number {
    const lost = this.inPlace.failure();
    if (lost) throw errorOf(lost);
    return this.reader.head();
  }

  private readonly reading: Reading = (read) => {
    this.queue.mustServe();
    if (this.inPlace.lost) throw errorOf(this.inPlace.lost);
    try {
      this.readTransaction.hold();
      return read();
    } catch (error) {
      throw sqliteName(error) === undefined ? error : errorOf(translated(error, this.file), error);
    }
  };
}
