/**
 * Operators see and decide here, the same way for every kind of consumer; what differs is handed in as a `ParkingKind`.
 * I5: a release takes parked messages in the order in which they were parked, and only the messages that were looked at.
 */

import { codeOf } from '../base/errors';
import type { Result } from '../flow/outcome';
import { PARKED, messageTypeOf } from '../store/hidden-rows';
import type { Recorded, Store } from '../store/port';
import {
  isInLine,
  isPark,
  notParked,
  parkedMessage,
  readParked,
  type AutomaticRetry,
  type ParkedMessage,
  type ParkedRow,
  type Released,
  type Signature,
  type Taken,
} from './parked-message';

/** Messages that one step of a retry runs. */
const AT_ONCE = 64;
const PAGE = 1_000;

/** What is parked in one stream, as of the time of the look. */
export interface OpenParks {
  /** Versions of the messages that are neither released nor skipped, in order. */
  readonly versions: ReadonlySet<number>;
  /** Those of them that a retry of the whole stream takes, in order. */
  readonly line: readonly number[];
  /** Runs these again, in order; undefined if the stream changed since the look: then nothing was done. */
  retry(rows: readonly ParkedRow[], signature: Signature): Promise<Retried | undefined>;
  /** Decides that this message changes nothing; undefined as above. */
  skip(row: Recorded, signature: Signature): Promise<Result | undefined>;
}

export interface Retried {
  /** One for each message that was tried. */
  readonly results: readonly Result[];
  /** What is parked there now. */
  readonly left: OpenParks | undefined;
}

/** What differs between the parked messages of one kind of consumer and another. */
export interface ParkingKind {
  owns(stream: string): boolean;
  /** Streams of actors that wait for newer code: messages may be parked there that this code does not know. */
  yielding?(): readonly string[];
  /** Undefined if nothing is parked there. */
  look(stream: string): Promise<OpenParks | undefined>;
}

/**
 * What operators may do with the parked messages of one consumer. What is still parked is always read from the store, and a
 * release holds only for what was read: of two operators who act at once, in one process or two, only one succeeds.
 */
export class ParkedMessages {
  constructor(
    private readonly consumer: string,
    private readonly taken: Taken,
    private readonly store: Store,
    private readonly kind: ParkingKind,
  ) {}

  owns(stream: string): boolean {
    return this.kind.owns(stream);
  }

  /** All that is parked, in the order of the log. */
  async *list(): AsyncGenerator<ParkedMessage> {
    const open = new Map<string, ReadonlySet<number> | undefined>();
    for await (const row of parkedRows(this.store, this.taken, (stream) => this.owns(stream))) {
      const { stream, version } = row;
      if (!open.has(stream)) open.set(stream, (await this.kind.look(stream))?.versions);
      if (open.get(stream)?.has(version)) yield parkedMessage(this.consumer, row);
    }
    for (const stream of this.kind.yielding?.() ?? []) {
      const versions = [...((await this.kind.look(stream))?.versions ?? [])];
      const rows = await Promise.all(versions.map((version) => this.rowsOf(stream, [version])));
      for (const row of rows.flat()) if (!this.taken.has(messageTypeOf(row.type))) yield parkedMessage(this.consumer, row);
    }
  }

  /**
   * One parked message; without a `version` all that are in line, in order, up to the first that fails again. Messages that
   * wait for no other are tried once each.
   * @throws WaybillError `NOT_PARKED`
   */
  async retry(stream: string, version: number | undefined, signature: Signature): Promise<Released> {
    const results: Result[] = [];
    const tried = new Set<number>();
    let open = await this.kind.look(stream);
    while (open && (version === undefined || open.versions.has(version))) {
      const wanted = version === undefined ? open.line.filter((one) => !tried.has(one)).slice(0, AT_ONCE) : [version];
      if (wanted.length === 0) return { results, left: open.versions.size };
      const rows = await this.rowsOf(stream, wanted);
      const done = await open.retry(await Promise.all(rows.map((row) => readParked(this.store, this.taken, row))), signature);
      open = done ? done.left : await this.kind.look(stream);
      if (!done) continue;
      results.push(...done.results);
      for (const row of rows) tried.add(row.version);
      const failed = rows.some((row) => open?.versions.has(row.version) && isInLine(row));
      if (version !== undefined || failed) return { results, left: open?.versions.size ?? 0 };
    }
    if (results.length > 0) return { results, left: 0 };
    throw notParked(stream, version ?? 0);
  }

  /** Tries what was set aside, and then those that wait for it. What is set aside again comes back through the flow. */
  async again(stream: string, decider: AutomaticRetry): Promise<undefined> {
    const [head] = await this.tried(stream, decider.version, decider);
    if (head?.kind !== 'parked') await this.tried(stream, undefined, decider);
  }

  /** None where nothing is parked any more. */
  private async tried(stream: string, version: number | undefined, decider: AutomaticRetry): Promise<readonly Result[]> {
    try {
      return (await this.retry(stream, version, decider)).results;
    } catch (error) {
      if (codeOf(error) === 'NOT_PARKED') return [];
      throw error;
    }
  }

  /** Decides that the message changes nothing; the gap stays visible in the stream. @throws WaybillError `NOT_PARKED` */
  async skip(stream: string, version: number, signature: Signature): Promise<Result> {
    for (;;) {
      const open = await this.kind.look(stream);
      if (!open?.versions.has(version)) throw notParked(stream, version);
      const [row] = await this.rowsOf(stream, [version]);
      const result = await open.skip(row as Recorded, signature);
      if (result) return result;
    }
  }

  /** The rows at these versions, as far as one page reaches. @throws WaybillError `NOT_PARKED` if the first is gone. */
  private async rowsOf(stream: string, versions: readonly number[]): Promise<Recorded[]> {
    const [first, last] = [versions[0] as number, versions.at(-1) as number];
    const rows = await this.store.read(stream, first, Math.min(last - first + 1, PAGE));
    if (rows[0]?.version !== first) throw notParked(stream, first);
    return rows.filter((row) => versions.includes(row.version));
  }
}

/** Rows that park a message of these types, open or not, in the order of the log. */
export async function* parkedRows(store: Store, taken: Taken, owns: (stream: string) => boolean): AsyncGenerator<Recorded> {
  const stop = new AbortController();
  const types = [...taken.keys()].map((type) => PARKED + type);
  try {
    for await (const page of store.subscribe({ types, after: 0, limit: PAGE }, stop.signal)) {
      for (const row of page.events) if (owns(row.stream) && isPark(row)) yield row;
      if (page.caughtUp) return;
    }
  } finally {
    stop.abort();
  }
}
