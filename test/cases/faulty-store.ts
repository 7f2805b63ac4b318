import { WaybillError } from '@waybill/core';
import type { Keys, Recorded, Store, Views, Write, Written } from '@waybill/core';
import { UNKNOWN_OUTCOME } from '@waybill/core/store-kit';
import type { Checkpoint, Page, Query, Snapshot } from '@waybill/core/store-kit';
import type { StoreWatch } from './history';

/** An append that waits until the case lets it go. */
export class Hold {
  /** Resolves when the append has come and waits. */
  readonly arrived: Promise<readonly Write[]>;
  private tell: (writes: readonly Write[]) => void = () => undefined;
  private go: (next: Fault) => void = () => undefined;
  private readonly gone: Promise<Fault>;

  constructor() {
    this.arrived = new Promise((resolve) => (this.tell = resolve));
    this.gone = new Promise((resolve) => (this.go = resolve));
  }

  /** The append goes on, with what is to become of it. */
  release(next: Fault = 'ok'): void {
    this.go(next);
  }

  wait(writes: readonly Write[]): Promise<Fault> {
    this.tell(writes);
    return this.gone;
  }
}

/**
 * What becomes of one append call. `lose answer`: stored, nobody is told. `lose request`: not stored, nobody is told.
 * `busy`: refused, not stored. `die before`, `die after`: the process is killed there. A function runs before the append, as another
 * writer would.
 */
export type Fault = 'ok' | 'lose answer' | 'lose request' | 'busy' | 'die before' | 'die after' | Hold | (() => Promise<unknown>);

/** A store as one process sees it, with faults by number of append call. Once dead, no call ever ends. */
export class FaultyStore implements Store {
  readonly id: string;
  readonly guarantee?: string;
  readonly maxWrite?: number;
  readonly keys?: Keys;
  /** Pages that a server sends in pieces come whole, so that a case knows which messages share an append. */
  gathers = false;
  /** Grows with everything that goes through. */
  traffic = 0;
  /** Append calls so far. */
  appends = 0;
  /** Rows read by streams so far: what loading has cost. */
  rowsRead = 0;
  /** Faults of the append calls to come, the next one first; then `otherwise`. */
  readonly faults: Fault[] = [];
  otherwise: Fault = 'ok';
  /** Of the reads of streams to come, the next one first; then 'ok'. */
  readonly readFaults: ('ok' | 'busy' | 'die before')[] = [];
  /** The process is killed when `traffic` comes to this: each call counts before and behind it. */
  dieAt = Infinity;
  /** How long a call takes on its way there and back. */
  pause: (() => Promise<void>) | undefined;
  /** Runs before the next write of rows of a view, as another process would; each runs once. */
  readonly beforeViews: ((view: string) => Promise<unknown>)[] = [];
  /** Resolves when the process has died of a fault. */
  readonly died: Promise<void>;
  private readonly end = new AbortController();

  constructor(
    private readonly inner: Store,
    private readonly watch: StoreWatch,
  ) {
    this.id = inner.id;
    if (inner.guarantee !== undefined) this.guarantee = inner.guarantee;
    if (inner.maxWrite !== undefined) this.maxWrite = inner.maxWrite;
    if (inner.keys) this.keys = this.keysOf(inner.keys);
    this.died = new Promise((resolve) => this.end.signal.addEventListener('abort', () => resolve()));
  }

  get dead(): boolean {
    return this.end.signal.aborted;
  }

  die(): void {
    this.end.abort();
  }

  async append(writes: readonly Write[]): Promise<readonly Written[]> {
    await this.alive();
    this.appends++;
    let fault = this.faults.shift() ?? this.otherwise;
    while (typeof fault !== 'string') {
      if (fault instanceof Hold) fault = await fault.wait(writes);
      else {
        await fault();
        fault = 'ok';
      }
      await this.alive();
    }
    if (fault === 'die before') this.die();
    await this.alive();
    if (fault === 'busy') throw busy();
    if (fault === 'lose request') throw unknownOutcome();
    const written = await this.inner.append(writes);
    writes.forEach((write, i) => {
      const told = written[i];
      if (told?.ok) this.watch.accepted(write, told.version - write.events.length + 1);
    });
    if (fault === 'die after') this.die();
    await this.alive();
    if (fault === 'lose answer') throw unknownOutcome();
    return written;
  }

  async read(stream: string, from?: number, limit?: number): Promise<readonly Recorded[]> {
    await this.alive();
    const fault = this.readFaults.shift();
    if (fault === 'busy') throw busy();
    if (fault === 'die before') this.die();
    await this.alive();
    const rows = await this.inner.read(stream, from, limit);
    this.rowsRead += rows.length;
    this.watch.durable(rows);
    await this.alive();
    return rows;
  }

  async rowAt(position: number): Promise<Recorded | undefined> {
    const row = await this.living(() => this.inner.rowAt(position));
    if (row) this.watch.durable([row]);
    return row;
  }

  async truncate(stream: string, before: number): Promise<void> {
    await this.alive();
    await this.inner.truncate(stream, before);
    await this.alive();
  }

  async *subscribe(query: Query, signal: AbortSignal): AsyncGenerator<Page> {
    await this.alive();
    let events: readonly Recorded[] = [];
    for await (const page of this.inner.subscribe(query, AbortSignal.any([signal, this.end.signal]))) {
      await this.alive();
      events = [...events, ...page.events];
      if (this.gathers && !page.caughtUp && events.length < (query.limit ?? 256)) continue;
      this.watch.durable(events);
      yield { ...page, events };
      events = [];
    }
    await this.alive();
  }

  async head(): Promise<number> {
    await this.alive();
    const head = await this.inner.head();
    await this.alive();
    return head;
  }

  checkpoint(consumer: string): Checkpoint {
    const inner = this.inner.checkpoint(consumer);
    return {
      load: () => this.living(() => inner.load()),
      save: async (at) => {
        await this.alive();
        this.watch.saving(consumer, at);
        await inner.save(at);
        await this.alive();
      },
      rewind: (position) => this.living(() => inner.rewind(position)),
    };
  }

  /** Rows of projections: reads and writes of a dead process have no answer and no effect. */
  get views(): Views {
    const inner = this.inner.views as Views;
    return {
      load: (view, keys) => this.living(() => inner.load(view, keys)),
      all: (view, page) => this.living(() => inner.all(view, page)),
      write: (view, writes) =>
        this.living(async () => {
          await this.beforeViews.shift()?.(view);
          return inner.write(view, writes);
        }),
      drop: (view) => this.living(() => inner.drop(view)),
    };
  }

  private keysOf(inner: Keys): Keys {
    return {
      load: (subjects) => this.living(() => inner.load(subjects)),
      keep: (subject, secret) => this.living(() => inner.keep(subject, secret)),
      forget: (subject) => this.living(() => inner.forget(subject)),
      ...(inner.forgotten && { forgotten: (subjects) => this.living(async () => inner.forgotten?.(subjects) ?? new Set()) }),
    };
  }

  snapshot(stream: string): Snapshot {
    const inner = this.inner.snapshot(stream);
    return { load: () => this.living(() => inner.load()), save: (at) => this.living(() => inner.save(at)) };
  }

  /** Connections belong to the case, not to the process. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  private async living<T>(call: () => Promise<T>): Promise<T> {
    await this.alive();
    const answer = await call();
    await this.alive();
    return answer;
  }

  /** A dead process gets no answer, ever. */
  private alive(): Promise<void> {
    if (++this.traffic === this.dieAt) this.die();
    return this.dead ? new Promise(() => undefined) : (this.pause?.() ?? Promise.resolve());
  }
}

function busy(): WaybillError {
  return new WaybillError('STORE_BUSY', 'the store is busy', 'try again');
}

function unknownOutcome(): WaybillError {
  return new WaybillError(UNKNOWN_OUTCOME, 'no answer came', 'append the identical writes again');
}

/**
 * A server that is idempotent by event id and looks at nothing else: a write of an older version whose ids stand at its
 * place is told ok, whatever its rows say.
 */
export function idempotentById(inner: Store): Store {
  const append = async (writes: readonly Write[]): Promise<readonly Written[]> => {
    const known = await Promise.all(writes.map((write) => standing(inner, write)));
    const others = writes.filter((_, i) => !known[i]);
    const written = others.length > 0 ? [...(await inner.append(others))] : [];
    return writes.map((_, i) => known[i] ?? (written.shift() as Written));
  };
  return {
    id: inner.id,
    append,
    read: (stream, from, limit) => inner.read(stream, from, limit),
    rowAt: (position) => inner.rowAt(position),
    truncate: (stream, before) => inner.truncate(stream, before),
    subscribe: (query, signal) => inner.subscribe(query, signal),
    head: () => inner.head(),
    checkpoint: (consumer) => inner.checkpoint(consumer),
    snapshot: (stream) => inner.snapshot(stream),
    close: () => inner.close(),
  };
}

async function standing(store: Store, { stream, expected, events }: Write): Promise<Written | undefined> {
  const there = await store.read(stream, expected === 'none' ? 0 : expected + 1, events.length);
  const last = there.at(-1);
  if (!last || there.length < events.length || there.some(({ id }, i) => id !== events[i]?.id)) return undefined;
  return { ok: true, version: last.version, position: last.position };
}
