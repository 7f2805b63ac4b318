import { checkName, checkTruncate } from '@waybill/core/store-kit';
import type { Checkpoint, Keys, Page, Query, Recorded, SeenRow, Snapshot, Views, Write, Written } from '@waybill/core/store-kit';
import type { Appender } from './append/appender';
import { companionKeys, companionViews } from './companion';
import { checkpointOf } from './own-streams/checkpoints';
import type { Connection } from './connection/connection';
import { Heads } from './read/heads';
import { appendsOf, checkRead, MAX_WRITE } from './format/limits';
import { streamRequest } from './format/messages';
import type { EventStore } from './connection/options';
import { OwnRows } from './own-streams/own-rows';
import { rowAt, rowsOf } from './read/reads';
import { OWN, streamName } from './format/rows';
import { snapshotOf } from './own-streams/snapshots';
import { pages } from './subscribe/subscription';
import { truncate } from './append/truncation';
import { Work } from './work';

export class ServerStore implements EventStore {
  readonly guarantee = 'acknowledged by the server (a cluster: once most of its nodes have it): survives what the server survives';
  readonly durable = true;
  readonly maxWrite = MAX_WRITE;
  readonly views?: Views;
  readonly keys?: Keys;
  readonly #connection: Connection;
  readonly #appender: Appender;
  readonly #heads: Heads;
  readonly #work: Work;

  /** Made by `eventStore()`. */
  constructor(
    readonly id: string,
    connection: Connection,
    appender: Appender,
  ) {
    this.#connection = connection;
    this.#appender = appender;
    this.#heads = new Heads(connection);
    const { deadline } = connection.settings;
    const beside = connection.settings.beside(id);
    this.#work = new Work(`the store at ${connection.place}`, 3 * deadline + 2_000);
    const mustBeOpen = () => this.#work.mustBeOpen();
    const views = companionViews(beside, id, mustBeOpen);
    const keys = companionKeys(beside, mustBeOpen);
    if (views) this.views = views;
    if (keys) this.keys = keys;
  }

  async append(writes: readonly Write[]): Promise<readonly Written[]> {
    this.#work.mustBeOpen();
    const appends = appendsOf(writes);
    if (appends.length === 0) return [];
    const written = await this.#work.run(() => this.#appender.all(appends));
    written.forEach((one, i) => {
      const { stream, events } = writes[i]!;
      if (one.ok) this.#heads.learn({ stream, version: one.version, position: one.position, id: events.at(-1)!.id });
    });
    return written;
  }

  async read(stream: string, from = 0, limit = 1_000): Promise<readonly Recorded[]> {
    checkRead(stream, from, limit);
    if (limit < 1) return [];
    return this.#work.run(() => rowsOf(this.#connection, streamRequest(streamName(stream), from, limit)));
  }

  async rowAt(position: number): Promise<Recorded | undefined> {
    return this.#work.run(() => rowAt(this.#connection, position));
  }

  async truncate(stream: string, before: number): Promise<void> {
    this.#work.mustBeOpen();
    checkTruncate(stream, before);
    return this.#work.run(() => truncate(this.#connection, this.#appender, stream, before));
  }

  subscribe(query: Query, signal: AbortSignal): AsyncIterable<Page> {
    const work = this.#work;
    const log = {
      connection: this.#connection,
      heads: this.#heads,
      get isClosed() {
        return work.isClosed;
      },
      mustBeOpen: () => work.mustBeOpen(),
      onClose: (listener: () => void) => work.onClose(listener),
    };
    return pages(log, query, signal);
  }

  async head(): Promise<number> {
    return this.#work.run(() => this.#heads.fresh());
  }

  async holds(row: SeenRow): Promise<boolean> {
    return this.#work.run(() => this.#heads.holds(row));
  }

  checkpoint(consumer: string): Checkpoint {
    const rows = this.#own(`${OWN}checkpoint-${consumer}`, `${OWN}checkpoint`);
    return checkpointOf(consumer, { store: this.id, heads: this.#heads, rows, run: (work) => this.#work.run(work) });
  }

  snapshot(stream: string): Snapshot {
    checkName('stream', stream);
    return snapshotOf(stream, this.#own(`${OWN}snapshot-${stream}`, `${OWN}snapshot`), (work) => this.#work.run(work));
  }

  close(): Promise<void> {
    return this.#work.close(() => this.#connection.close());
  }

  #own(stream: string, type: string): OwnRows {
    return new OwnRows(this.#connection, this.#appender, stream, type);
  }
}
