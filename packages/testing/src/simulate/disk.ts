import { memoryStore, WaybillError } from '@waybill/core';
import type { Recorded, Store, Views, Write, Written } from '@waybill/core';
import { checkPlace, isHidden } from '@waybill/core/store-kit';
import type { CheckpointAt, Page, Query } from '@waybill/core/store-kit';
import { Backups } from './backup';

/** A log as a server keeps it, shared by all workers. Rows that are not synced cannot be read, and are lost when the power fails. */
export class Disk {
  readonly id = 'simulated';
  readonly rows: Recorded[] = [];
  readonly checkpoints = new Map<string, CheckpointAt>();
  /** Called when rows have become readable. */
  readonly waiting = new Set<() => void>();
  private readonly streams = new Map<string, Recorded[]>();
  /** By stream, the version at which `read` begins. */
  private readonly cuts = new Map<string, number>();
  /** By stream, the version before which others have deleted all rows. */
  readonly lost = new Map<string, number>();
  private synced = 0;
  private others: Store | undefined;
  /** By node: its views, where they are not kept with the log. */
  private readonly apart = new Map<string, Store>();
  private readonly backups = new Backups();

  constructor(private readonly onDurable: (rows: readonly Recorded[]) => void) {}

  /** Snapshots, views and keys: kept by the memory store. */
  get sideTables(): Store {
    return (this.others ??= memoryStore({ id: this.id }));
  }

  /** Of a node that keeps its views for itself. */
  viewsOf(node: string): Views {
    if (!this.apart.has(node)) this.apart.set(node, memoryStore({ id: this.id }));
    return this.apart.get(node)?.views as Views;
  }

  loseViews(node: string): void {
    this.apart.delete(node);
  }

  /** A change of something besides the rows: it is in every backup from now on. */
  kept<T>(make: () => T): T {
    return this.backups.kept(this.synced, make);
  }

  /** The log goes back to a backup, `back` appends old: rows, checkpoints, snapshots and what else stands with it. Returns how many rows are gone. */
  restore(back: number): number {
    this.lose();
    const count = this.backups.oneOf(back);
    const gone = this.rows.splice(count);
    for (const { stream, version } of gone) {
      this.streams.get(stream)?.splice(version);
      if ((this.cuts.get(stream) ?? 0) >= version) this.cuts.delete(stream);
    }
    this.synced = count;
    this.checkpoints.clear();
    this.others = undefined;
    this.backups.makeAgain(count);
    return gone.length;
  }

  /** Position of the last row that is durable. */
  get head(): number {
    return this.synced === 0 ? 0 : (this.rows[this.synced - 1] as Recorded).position;
  }

  get hasUnsynced(): boolean {
    return this.synced < this.rows.length;
  }

  /** The stream's last version, counting rows that may still be lost. */
  lastVersion(stream: string): number | 'none' {
    return this.streams.get(stream)?.at(-1)?.version ?? 'none';
  }

  /** One write by the rules of the port. Positions have gaps: one is left out between two appends. */
  write({ stream, expected, events }: Write): Written {
    let rows = this.streams.get(stream);
    const count = rows?.length ?? 0;
    const first = expected === 'none' ? 0 : expected + 1;
    if (first !== count) {
      const there = rows?.slice(first, first + events.length) ?? [];
      const last = there.at(-1);
      const same = last && events.every(({ id }, i) => id === there[i]?.id);
      return same ? stored(last) : { ok: false, actual: count === 0 ? 'none' : count - 1 };
    }
    if (!rows) this.streams.set(stream, (rows = []));
    let position = (this.rows.at(-1)?.position ?? 0) + 1;
    for (const { id, type, data, meta, time } of events) {
      const row = { id, type, data, meta, time, stream, version: rows.length, position: ++position };
      rows.push(row);
      this.rows.push(row);
    }
    return stored(rows.at(-1) as Recorded);
  }

  /** Everything written becomes durable and readable. */
  sync(): void {
    if (!this.hasUnsynced) return;
    const fresh = this.rows.slice(this.synced);
    this.synced = this.rows.length;
    this.backups.appended(this.synced);
    this.onDurable(fresh);
    for (const wake of [...this.waiting]) wake();
  }

  /** The power fails: what was not synced is gone. Returns how many rows. */
  lose(): number {
    const lost = this.rows.splice(this.synced);
    for (const { stream } of lost) this.streams.get(stream)?.pop();
    return lost.length;
  }

  read(stream: string, from = 0, limit = 1_000): readonly Recorded[] {
    const begin = Math.max(from, this.cuts.get(stream) ?? 0, this.lost.get(stream) ?? 0);
    const rows = this.streams.get(stream)?.slice(begin, begin + limit) ?? [];
    return this.hasUnsynced ? rows.filter(({ position }) => position <= this.head) : rows;
  }

  /** A durable row. */
  rowAt(position: number): Recorded | undefined {
    const row = this.rows[this.place(position) - 1];
    return row?.position === position ? row : undefined;
  }

  /** Undefined when nothing comes after `position`, but for the first page, which comes at once. */
  page({ after, types, everything, limit = 256 }: Query, position: number): Page | undefined {
    const from = Math.max(after, position);
    if (from >= this.head && position >= 0) return undefined;
    const events: Recorded[] = [];
    let at = this.place(from);
    let reached = from;
    for (; at < this.synced; at++) {
      const row = this.rows[at] as Recorded;
      const hidden = isHidden(row.type);
      const gone = hidden && row.version < (this.cuts.get(row.stream) ?? 0);
      if (!gone && (everything === true || (types ? types.includes(row.type) : !hidden))) {
        if (events.length === limit) break;
        events.push(row);
      }
      reached = row.position;
    }
    return { events, position: reached, caughtUp: at >= this.synced };
  }

  /** Whether a page after `position` would show a row. */
  hasNews({ after, types }: Query, position: number): boolean {
    for (let at = this.place(Math.max(after, position)); at < this.synced; at++)
      if (types?.includes((this.rows[at] as Recorded).type) !== false) return true;
    return false;
  }

  /** @throws WaybillError `TRUNCATE_AHEAD` */
  truncate(stream: string, before: number): void {
    const last = this.lastVersion(stream);
    if (before > 0 && (last === 'none' || before > last)) {
      throw new WaybillError('TRUNCATE_AHEAD', `"${stream}" has no row at version ${before}`, 'truncate at a version that the stream has');
    }
    this.cuts.set(stream, Math.max(before, this.cuts.get(stream) ?? 0));
  }

  checkpoint(consumer: string): CheckpointAt {
    return this.checkpoints.get(consumer) ?? { store: this.id, position: 0, epoch: 0 };
  }

  /** By the rules of the port: never back, and only in the current epoch. */
  save(consumer: string, { epoch, position }: CheckpointAt): void {
    const now = this.checkpoint(consumer);
    if (epoch === now.epoch && position > now.position)
      this.kept(() => this.checkpoints.set(consumer, { store: this.id, position, epoch }));
  }

  rewind(consumer: string, position: number): CheckpointAt {
    const at = { store: this.id, position, epoch: this.checkpoint(consumer).epoch + 1 };
    this.kept(() => this.checkpoints.set(consumer, at));
    return at;
  }

  /** @throws WaybillError `CHECKPOINT_AHEAD`, `CHECKPOINT_OTHER_STORE` */
  mustBePlace(at: Pick<CheckpointAt, 'store' | 'position'>): void {
    checkPlace('a consumer', at, this.id, this.head);
  }

  /** How many durable rows are at or below a position. */
  private place(position: number): number {
    let low = 0;
    let high = this.synced;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.rows[middle] as Recorded).position <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function stored({ version, position }: Recorded): Written {
  return { ok: true, version, position };
}
