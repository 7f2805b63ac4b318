import { WaybillError, show } from '../../base/errors';
import { Signal } from '../../base/signal';
import { checkPlace, type SeenRow } from '../place';
import { checkTruncate, checkWrites } from '../limits';
import { memoryCopies } from './copies';
import type {
  Checkpoint,
  CheckpointAt,
  Copies,
  Keys,
  Page,
  Query,
  Recorded,
  Snapshot,
  SnapshotAt,
  Store,
  ViewRow,
  Views,
  Write,
  Written,
} from '../port';
import { memoryKeys } from './keys';
import { MemoryLog, filterOf } from './log';
import { memoryViews } from './views';

/**
 * A store in memory, for tests and for trying things out: as strict as the others, but lost with its object. `id` is the
 * log's identity, 'memory' by default: give two logs that could be confused different ids.
 */
export function memoryStore(options: { readonly id?: string } = {}): Store {
  return new MemoryStore(options.id ?? 'memory');
}

class MemoryStore implements Store {
  readonly guarantee = 'kept in memory only: lost with the process';
  readonly durable = false;
  readonly views: Views;
  readonly keys: Keys = memoryKeys(() => this.mustBeOpen());
  readonly copies: Copies;
  private readonly log = new MemoryLog();
  private readonly checkpoints = new Map<string, CheckpointAt>();
  private readonly snapshots = new Map<string, SnapshotAt>();
  private readonly changed = new Signal();
  private closed = false;

  constructor(public id: string) {
    const { log, checkpoints, snapshots } = this;
    const rows = new Map<string, Map<string, ViewRow>>();
    const mustBeOpen = () => this.mustBeOpen();
    this.views = memoryViews(rows, mustBeOpen, (view) => this.beginAnew(view));
    this.copies = memoryCopies({ log, checkpoints, snapshots, views: rows }, this, mustBeOpen, () => this.changed.notify());
  }

  async append(writes: readonly Write[]): Promise<readonly Written[]> {
    this.mustBeOpen();
    checkWrites(writes);
    const written = writes.map((write) => this.log.write(write));
    this.changed.notify();
    return written;
  }

  async read(stream: string, from = 0, limit = 1_000): Promise<readonly Recorded[]> {
    this.mustBeOpen();
    return this.log.read(stream, from, limit);
  }

  async rowAt(position: number): Promise<Recorded | undefined> {
    this.mustBeOpen();
    return this.log.rowAt(position);
  }

  async truncate(stream: string, before: number): Promise<void> {
    this.mustBeOpen();
    checkTruncate(stream, before);
    this.log.truncate(stream, before);
  }

  async *subscribe(query: Query, signal: AbortSignal): AsyncGenerator<Page> {
    const shows = filterOf(query);
    const wake = () => this.changed.notify();
    signal.addEventListener('abort', wake);
    try {
      for (let position = -1; !signal.aborted;) {
        this.mustBeOpen();
        const page = this.log.page(Math.max(query.after, position), shows, query.limit ?? 256);
        if (page.position > position) {
          position = page.position;
          yield page;
        } else await this.changed.wait();
      }
    } finally {
      signal.removeEventListener('abort', wake);
    }
  }

  async head(): Promise<number> {
    this.mustBeOpen();
    return this.log.head;
  }

  async holds({ position, id }: SeenRow): Promise<boolean> {
    this.mustBeOpen();
    return this.log.holds(position, id);
  }

  checkpoint(consumer: string): Checkpoint {
    const last = (): CheckpointAt => {
      this.mustBeOpen();
      return this.checkpoints.get(consumer) ?? { store: this.id, position: 0, epoch: 0 };
    };
    const keep = ({ position, epoch }: CheckpointAt) => {
      const at = Object.freeze({ store: this.id, position, epoch });
      this.checkpoints.set(consumer, at);
      return at;
    };
    return {
      load: async () => last(),
      save: async (at) => {
        const { epoch, position } = last();
        this.mustBePlace(consumer, at.store, at.position);
        if (at.epoch === epoch && at.position > position) keep(at);
      },
      rewind: async (position) => {
        const { store, epoch } = last();
        this.mustBePlace(consumer, store, position);
        return keep({ store, position, epoch: epoch + 1 });
      },
    };
  }

  snapshot(stream: string): Snapshot {
    return {
      load: async () => {
        this.mustBeOpen();
        return this.snapshots.get(stream);
      },
      save: async ({ version, data }) => {
        this.mustBeOpen();
        if (version >= (this.snapshots.get(stream)?.version ?? 0)) this.snapshots.set(stream, Object.freeze({ version, data }));
      },
    };
  }

  async close(): Promise<void> {
    this.closed = true;
    this.changed.notify();
  }

  private mustBeOpen(): void {
    if (this.closed)
      throw new WaybillError('STORE_CLOSED', `store ${show(this.id)} is closed`, 'open a new one, and close it after its last user');
  }

  private beginAnew(consumer: string): void {
    const { epoch } = this.checkpoints.get(consumer) ?? {};
    if (epoch !== undefined) this.checkpoints.set(consumer, { store: this.id, position: 0, epoch: epoch + 1 });
  }

  private mustBePlace(consumer: string, store: string, position: number): void {
    checkPlace(consumer, { store, position }, this.id, this.log.head);
  }
}
