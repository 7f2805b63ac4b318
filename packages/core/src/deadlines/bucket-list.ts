import { fieldsOf } from '../base/canonical-json';
import type { Cause } from '../history/cause';
import { metaOf } from '../history/codec';
import { retryTransient, type Runtime } from '../base/runtime';
import { commit } from '../flow/commit';
import { readStream } from '../history/read-stream';
import { damaged, damagedRow } from '../store/damage';
import { DUE } from '../store/hidden-rows';
import type { Expected, NewEvent, Recorded, Store } from '../store/port';

/** Buckets that one row names, and that a rewritten list may hold: it must fit into one append. */
const PER_ROW = 5_000;
const REWRITABLE = 50_000;
/** Rows that a list may have beyond those that it needs. */
const SPARE = 256;

/**
 * I7: the buckets of a saga that exist, in a stream of their own: a bucket is in it before it holds a deadline, and leaves it
 * once it is ended. So a start finds the deadlines of any time without asking for each minute of it.
 */
export class BucketList {
  private readonly open = new Set<string>();
  private version: Expected = 'none';
  private rows = 0;
  /** Of the newest row of the list: each row of a clock names one. */
  private cause: Cause | undefined;
  private readonly stream: string;

  constructor(
    private readonly saga: string,
    private readonly store: Store,
    private readonly runtime: Runtime,
  ) {
    this.stream = `${saga}:due-0`;
  }

  /** The buckets that are not known to be ended. @throws WaybillError `LOG_DAMAGED` */
  async load(): Promise<readonly string[]> {
    await this.follow();
    if (this.version === 'none') await this.adopt();
    return [...this.open];
  }

  /** For a deadline of this cause. Durable when it resolves. */
  async add(buckets: readonly string[], cause: Cause, stopping: () => boolean): Promise<void> {
    this.cause = cause;
    for (;;) {
      const missing = buckets.filter((bucket) => !this.open.has(bucket));
      if (missing.length === 0) return;
      const adopted = this.version === 'none' ? [...this.open] : [];
      await this.append([{ open: [...adopted, ...missing] }], stopping);
    }
  }

  /** These are ended. The list is written anew now and then: until then it names them in vain. */
  async drop(buckets: readonly string[], stopping: () => boolean): Promise<void> {
    for (const bucket of buckets) this.open.delete(bucket);
    if (this.version === 'none' || this.rows < SPARE + 2 * (this.open.size / PER_ROW) || this.open.size > REWRITABLE) return;
    const all = [...this.open];
    const rows = Array.from({ length: Math.max(1, Math.ceil(all.length / PER_ROW)) }, (_, i) => ({
      open: all.slice(i * PER_ROW, (i + 1) * PER_ROW),
      ...(i === 0 && { all: true as const }),
    }));
    const last = await this.append(rows, stopping);
    if (last !== undefined) await this.store.truncate(this.stream, last - rows.length + 1);
  }

  /** The version of the last row; undefined if another worker has written meanwhile: then its rows are known now. */
  private async append(rows: readonly ListRow[], stopping: () => boolean): Promise<number | undefined> {
    const { runtime, cause } = this;
    const time = runtime.now();
    const eventOf = (row: ListRow): NewEvent => {
      return { id: runtime.uuid(), type: DUE, data: '{}', meta: JSON.stringify({ cause, ...row }), time };
    };
    const events = rows.map(eventOf);
    const writes = [{ stream: this.stream, expected: this.version, events }];
    const [written] = await retryTransient(this.runtime, stopping, () => commit(this.store, this.runtime, writes));
    if (!written?.ok) return void (await retryTransient(this.runtime, stopping, () => this.follow()));
    for (const row of rows) this.apply(row);
    this.version = this.version === 'none' ? written.version : Math.max(this.version, written.version);
    return written.version;
  }

  private async follow(): Promise<void> {
    for await (const rows of readStream(this.store, this.stream, this.version === 'none' ? 0 : this.version + 1)) {
      for (const row of rows) {
        this.apply(rowOf(row));
        this.cause ??= (metaOf(row) as { cause?: Cause }).cause;
        this.version = row.version;
      }
    }
  }

  /**
   * A log of earlier releases has no list: its buckets are found by their rows once, and a snapshot says up to which minute all
   * have fired.
   */
  private async adopt(): Promise<void> {
    const name = `${this.saga}:clock`;
    const at = await this.store.snapshot(name).load();
    if (!at) return;
    const { done = at.version } = (fieldsOf(at.data) ?? { done: NaN }) as { done?: number };
    if (!Number.isSafeInteger(done)) throw damaged(`the clock in the snapshot of "${name}"`);
    const stop = new AbortController();
    const prefix = `${this.saga}:due-`;
    for await (const { events, caughtUp } of this.store.subscribe({ types: [DUE], after: 0 }, stop.signal)) {
      for (const { stream } of events) {
        const minute = stream.startsWith(prefix) ? stream.slice(prefix.length) : '0';
        if (Number.parseInt(minute, 10) > done) this.open.add(minute);
      }
      if (caughtUp) stop.abort('found');
      if (caughtUp) return;
    }
  }

  /** A row that names all replaces what stands before it. */
  private apply({ open, all }: ListRow): void {
    if (all) {
      this.open.clear();
      this.rows = 0;
    }
    for (const bucket of open) this.open.add(bucket);
    this.rows++;
  }
}

interface ListRow {
  readonly open: readonly string[];
  readonly all?: true;
}

/** Whether this stream lists the buckets of a saga. */
export function isBucketList(stream: string): boolean {
  return stream.endsWith(':due-0');
}

function rowOf(row: Recorded): ListRow {
  const { open, all } = metaOf(row) as Partial<ListRow>;
  if (Array.isArray(open) && open.every((bucket) => typeof bucket === 'string')) return { open, ...(all && { all }) };
  throw damagedRow(row);
}
