import { show, WaybillError } from './errors';
import { memoryViews } from './memory-views';
import type {
  Checkpoint,
  CheckpointAt,
  NewEvent,
  Page,
  Query,
  Recorded,
  Snapshot,
  SnapshotAt,
  Store,
  Views,
  Write,
  Written,
} from './store';
import { checkWrites } from './store-limits';

/**
 * A store that lives and dies with its object, for tests and for trying things out: as strict as the others, durable for
 * nobody. `id` is the log's identity, 'memory' if not given: give ids of their own to two logs that could be mistaken for each other.
 */
export function memoryStore(options: { readonly id?: string } = {}): Store {
  return new MemoryStore(options.id ?? 'memory');
}

class MemoryStore implements Store {
  readonly views: Views = memoryViews(() => this.mustBeOpen());
  /** The row at position p is log[p - 1]. */
  private readonly log: Recorded[] = [];
  private readonly streams = new Map<string, Recorded[]>();
  private readonly checkpoints = new Map<string, CheckpointAt>();
  private readonly snapshots = new Map<string, SnapshotAt>();
  private readonly sleepers = new Set<() => void>();
  private closed = false;

  constructor(readonly id: string) {}

  async append(writes: readonly Write[]): Promise<readonly Written[]> {
    this.mustBeOpen();
    checkWrites(writes);
    const written = writes.map((write) => this.write(write));
    this.wakeAll();
    return written;
  }

  async read(stream: string, from = 0, limit = 1_000): Promise<readonly Recorded[]> {
    this.mustBeOpen();
    return this.streams.get(stream)?.slice(from, from + limit) ?? [];
  }

  async *subscribe(query: Query, signal: AbortSignal): AsyncGenerator<Page> {
    const shows = filterOf(query);
    let position = -1;
    while (!signal.aborted) {
      this.mustBeOpen();
      const page = this.page(Math.max(query.after, position), shows, query.limit ?? 256);
      if (page.position > position) {
        position = page.position;
        yield page;
      } else {
        await this.appendedOr(signal);
      }
    }
  }

  async head(): Promise<number> {
    this.mustBeOpen();
    return this.log.length;
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
    this.wakeAll();
  }

  private write({ stream, expected, events }: Write): Written {
    const rows = this.streams.get(stream) ?? [];
    const first = expected === 'none' ? 0 : expected + 1;
    if (first !== rows.length) {
      const there = rows.slice(first, first + events.length);
      const last = there.at(-1);
      const same = last && events.every(({ id }, i) => id === there[i]?.id);
      return same ? told(last) : { ok: false, actual: rows.length === 0 ? 'none' : rows.length - 1 };
    }
    this.streams.set(stream, rows);
    for (const event of events) {
      const row = recorded(event, stream, rows.length, this.log.length + 1);
      rows.push(row);
      this.log.push(row);
    }
    return told(rows[rows.length - 1]!);
  }

  private page(after: number, shows: (row: Recorded) => boolean, limit: number): Page {
    const events: Recorded[] = [];
    let at = after;
    for (; at < this.log.length; at++) {
      const row = this.log[at]!;
      if (!shows(row)) continue;
      if (events.length === limit) break;
      events.push(row);
    }
    return { events, position: at, caughtUp: at >= this.log.length };
  }

  private appendedOr(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.sleepers.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.sleepers.add(wake);
      signal.addEventListener('abort', wake);
    });
  }

  private wakeAll(): void {
    for (const wake of [...this.sleepers]) wake();
  }

  private mustBeOpen(): void {
    if (this.closed)
      throw new WaybillError('STORE_CLOSED', `store ${show(this.id)} is closed`, 'open a new one, and close it after its last user');
  }

  private mustBePlace(consumer: string, store: string, position: number): void {
    const whose = `the checkpoint of ${show(consumer)}`;
    if (store !== this.id) {
      const what = `${whose} belongs to log ${show(store)}, this one is ${show(this.id)}`;
      throw new WaybillError(
        'CHECKPOINT_OTHER_STORE',
        what,
        'connect to the log it was made for, or begin anew under another consumer name',
      );
    }
    if (Number.isSafeInteger(position) && position >= 0 && position <= this.log.length) return;
    const what = `${whose} is at ${show(position)}, this log ends at ${this.log.length}`;
    throw new WaybillError('CHECKPOINT_AHEAD', what, 'find out whether the log lost its end, then rewind to a position that it has');
  }
}

function recorded({ id, type, data, meta, time }: NewEvent, stream: string, version: number, position: number): Recorded {
  return Object.freeze({ id, type, data, meta, time, stream, version, position });
}

function told({ version, position }: Recorded): Written {
  return { ok: true, version, position };
}

function filterOf({ types, everything }: Query): (row: Recorded) => boolean {
  if (everything) return () => true;
  if (!types) return ({ type }) => !/^(took|parked):/.test(type);
  const wanted = new Set(types);
  return ({ type }) => wanted.has(type);
}
