/**
 * The port (I6, I8, I11). A store is an append-only log of streams with optimistic concurrency; `storeContract()` in
 * `@waybill/testing` checks what each method promises. `data` and `meta` are JSON texts that a store keeps byte for byte.
 */
export interface Store {
  /** Identity of this log: causes and checkpoints name it. A new or restored-as-new log has another id. */
  readonly id: string;
  /** What an acknowledged append survives, in words. */
  readonly guarantee?: string;
  /** Whether what was acknowledged survives a power cut; left out by a store that does not say. */
  readonly durable?: boolean;
  /** Bytes of `data` and `meta` that one write may hold, where that is less than `LIMITS.write`. */
  readonly maxWrite?: number;
  /** Read models, where this store can keep them. */
  readonly views?: Views;
  /** Keys of personal data, where this store can keep them. */
  readonly keys?: Keys;
  /**
   * Each write is atomic on its own stream and succeeds or fails alone; resolves, in the order of `writes`, when all that
   * was accepted is durable. At most one write per stream. A wrong version, where the stream already holds these rows at
   * their versions under the same ids, is an identical retry: ok, with the first result.
   * @throws WaybillError `STORE_UNKNOWN_OUTCOME` when it is unknown whether it was stored: append the identical writes again.
   * @throws WaybillError any other code: nothing of this call was stored, and the store may be out of service.
   */
  append(writes: readonly Write[]): Promise<readonly Written[]>;
  /** Rows of a stream in order from version `from` (default 0): `limit` (default 1,000) of them, fewer only at its end. A missing stream is []. */
  read(stream: string, from?: number, limit?: number): Promise<readonly Recorded[]>;
  /** The row that stands exactly at this position, a hidden one too; undefined where none does: positions have gaps, so none can be computed from another. */
  rowAt(position: number): Promise<Recorded | undefined>;
  /**
   * Drops what an actor no longer needs: from now on `read` begins at version `before`, and the hidden rows (`HIDDEN`)
   * below it may be deleted. Other rows stay in the log for its subscribers. Versions are counted on unchanged; a lower
   * `before` than an earlier one changes nothing. Durable when it resolves.
   * @throws WaybillError `TRUNCATE_AHEAD` when the stream has no row at `before`: its last row is never dropped.
   */
  truncate(stream: string, before: number): Promise<void>;
  /**
   * Pages in position order: first the rows that exist, then new ones. No position is ever shown before a lower one. The
   * first page comes at once, even when empty. Ends without an error when `signal` aborts, with `STORE_CLOSED` when the
   * store closes. The next page is fetched when the consumer asks for it.
   */
  subscribe(query: Query, signal: AbortSignal): AsyncIterable<Page>;
  /** Position of the newest row of the log, of any type; 0 for an empty one. A subscription's pages reach it, also when its filter leaves out all. */
  head(): Promise<number>;
  /** False if the log holds another row, or provably none, where this one was read; left out by a store that cannot tell. */
  holds?(row: Pick<Recorded, 'stream' | 'version' | 'position' | 'id'>): Promise<boolean>;
  checkpoint(consumer: string): Checkpoint;
  snapshot(stream: string): Snapshot;
  /** Copies of the whole log; left out by a store that gives positions itself, or cannot list what it keeps. */
  readonly copies?: Copies;
  /** Waits for calls that are under way, then closes files and connections. Idempotent. */
  close(): Promise<void>;
}

/** The end of a stream before an append: its last version, or 'none' for a stream without rows. */
export type Expected = number | 'none';

export interface NewEvent {
  /** Unique to one attempt of one process; kept by the retry of that attempt. */
  readonly id: string;
  readonly type: string;
  readonly data: string;
  readonly meta: string;
  /** Milliseconds since 1970, by the writer's Runtime. Never used to order anything. */
  readonly time: number;
}

export interface Recorded extends NewEvent {
  readonly stream: string;
  /** 0, 1, 2 … in its stream. */
  readonly version: number;
  /** Place in the log: a safe integer above 0, increasing, with gaps. */
  readonly position: number;
  /** Personal fields of `data` can no longer be read and hold `ERASED`: its content cannot be compared. */
  readonly erased?: true;
}

export interface Write {
  readonly stream: string;
  readonly expected: Expected;
  readonly events: readonly NewEvent[];
}

/** `version` and `position` are those of the write's last row. */
export type Written =
  { readonly ok: true; readonly version: number; readonly position: number } | { readonly ok: false; readonly actual: Expected };

export interface Query {
  /** Positions above this one; 0 for the start. */
  readonly after: number;
  /** Only these event types. Without it: all but the hidden rows (`HIDDEN`), which belong to their actor. */
  readonly types?: readonly string[];
  /** For tools that check a log: every row, hidden ones too. Excludes `types`. */
  readonly everything?: boolean;
  /** At most this many rows per page, fewer where rows are large: about 1 MiB makes a page. Default 256. */
  readonly limit?: number;
}

export interface Page {
  /** May be empty: then only the position has moved, past rows that the filter leaves out. */
  readonly events: readonly Recorded[];
  /** All that matches at or below this position has been shown. */
  readonly position: number;
  /** No matching row followed this page in the log when it was read. */
  readonly caughtUp: boolean;
}

export interface CheckpointAt {
  /** The id of the log that `position` belongs to. */
  readonly store: string;
  readonly position: number;
  /** Only `rewind` begins a new one; a save of an older epoch is ignored. */
  readonly epoch: number;
}

export interface Checkpoint {
  /** Position 0 of epoch 0 when never saved. @throws WaybillError `CHECKPOINT_OTHER_STORE`, `CHECKPOINT_AHEAD` */
  load(): Promise<CheckpointAt>;
  /** Never moves back: a lower position, or an epoch that is not the current one, is ignored. Same errors as `load`. */
  save(at: CheckpointAt): Promise<void>;
  /** Begins a new epoch at `position`; the only way to move back. @throws WaybillError `CHECKPOINT_AHEAD` */
  rewind(position: number): Promise<CheckpointAt>;
}

export interface SnapshotAt {
  /** The last version of the stream that is folded into `data`. */
  readonly version: number;
  readonly data: string;
}

export interface Snapshot {
  load(): Promise<SnapshotAt | undefined>;
  /** Never moves back: a lower version is ignored. The same version is replaced: its fold may have changed. */
  save(at: SnapshotAt): Promise<void>;
}

export interface ViewRow {
  readonly key: string;
  /** JSON text; undefined once deleted (the position stays). */
  readonly row: string | undefined;
  /** Why the row is blocked: a JSON text of core's own. Absent where it is not. */
  readonly blocked?: string | undefined;
  /** Of the newest row of the log that this one reflects; a write may lower it. */
  readonly position: number;
}

export interface ViewWrite extends ViewRow {
  /** Written only if the row is still at this position; 0 for a row that never existed. */
  readonly expected: number;
}

export interface Views {
  /** They stand in another store than the log: then the checkpoint of a view stands among its rows. */
  readonly apart?: boolean;
  /** These rows, deleted ones too; a row that never existed is left out. */
  load(view: string, keys: readonly string[]): Promise<readonly ViewRow[]>;
  /** Rows that are not deleted, in order of key by code point: all of them, or `limit` of those above the key `after`. */
  all(view: string, page?: { readonly after?: string; readonly limit?: number }): Promise<readonly ViewRow[]>;
  /** Replaces row, `blocked` (also when absent) and position in one durable write; resolves, in order, to whether each was written. */
  write(view: string, writes: readonly ViewWrite[]): Promise<readonly boolean[]>;
  /** Deletes every row of the view and its positions; a checkpoint of that name in the same store begins anew. */
  drop(view: string): Promise<void>;
}

/** One secret per person whose data events hold. Deleting it makes unreadable what was encrypted with it, in every copy of the log. */
export interface Keys {
  /** The secrets that exist, by subject; base64 texts as they were given. */
  load(subjects: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Keeps `secret` unless the subject has one; resolves to the one that is kept, durable. */
  keep(subject: string, secret: string): Promise<string>;
  /** Deletes the subject's secret for good, durable when it resolves; a missing one is not an error. */
  forget(subject: string): Promise<void>;
  /** Those of the subjects that have no secret because it was deleted here; left out where nothing tells them from subjects of other keys. */
  forgotten?(subjects: readonly string[]): Promise<ReadonlySet<string>>;
}

/** One thing that a store keeps. Keys of personal data are no part: whoever is forgotten must be forgotten in every copy. */
export type LogPart =
  | { readonly log: string }
  | { readonly row: Recorded }
  /** `read` of the stream begins at this version. */
  | { readonly start: { readonly stream: string; readonly version: number } }
  | { readonly checkpoint: { readonly consumer: string; readonly position: number; readonly epoch: number } }
  | { readonly snapshot: { readonly stream: string } & SnapshotAt }
  | { readonly view: { readonly name: string } & ViewRow };

export interface Copies {
  /** All that stood there at one moment, in pages of bounded size: the id of the log first, then where streams begin, then rows in the order of their positions, then the rest. */
  parts(): AsyncIterable<readonly LogPart[]>;
  /** Fills this store, which must hold no row: it has the id and the positions of the copied log from then on. All or nothing. @throws WaybillError `STORE_NOT_EMPTY` */
  fill(parts: AsyncIterable<readonly LogPart[]>): Promise<void>;
}
