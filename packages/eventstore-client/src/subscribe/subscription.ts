import { isPassing } from '@waybill/core';
import type { Page, Query, Recorded } from '@waybill/core';
import type { Connection } from '../connection/connection';
import { passes } from '../connection/connection';
import { asError, failureOf } from '../connection/failure';
import { Feed } from './feed';
import type { Filter } from '../format/filter';
import { filterOf } from '../format/filter';
import type { Heads } from '../read/heads';
import { logRequest } from '../format/messages';
import { rowsOf } from '../read/reads';
import { Waiter } from './waiter';

/** A row is on its way to its subscribers for so long, before anybody asks where it stays. */
const ON_ITS_WAY_MS = 5;
/** While rows that the filter leaves out keep coming, the position moves on this seldom. */
const SELDOM_MS = 50;
const BACKOFF_MS = 2_000;

export interface Log {
  readonly connection: Connection;
  readonly heads: Heads;
  readonly isClosed: boolean;
  /** @throws WaybillError `STORE_CLOSED` */
  mustBeOpen(): void;
  /** Told when the store closes; the answer ends it. */
  onClose(listener: () => void): () => void;
}

/** Pages of the log and of what comes, whatever becomes of the connection. */
export async function* pages(log: Log, query: Query, signal: AbortSignal): AsyncGenerator<Page> {
  if (signal.aborted) return;
  log.mustBeOpen();
  const subscription = new Subscription(log, query, signal);
  const { ring } = subscription.waiter;
  // Also while the consumer holds a page, and may never come back for another.
  const cancel = () => subscription.cancel();
  const ends = [log.heads.watch(ring), log.onClose(cancel)];
  signal.addEventListener('abort', cancel);
  try {
    for (let page = await subscription.next(); page; page = await subscription.next()) yield page;
  } finally {
    signal.removeEventListener('abort', cancel);
    for (const end of ends) end();
    subscription.cancel();
  }
}

class Subscription {
  readonly waiter = new Waiter(() => this.isOver());
  private readonly filter: Filter;
  private readonly limit: number;
  private feed: Feed | undefined;
  /** All that matches at or below it was shown. */
  private position: number;
  private isFirst = true;
  /** The consumer knows that nothing stands behind its position. */
  private toldCaughtUp = false;
  private failures = 0;
  private lagging = 0;
  private patience = ON_ITS_WAY_MS;
  private movedAt = 0;
  /** A row stands here that the server has still to show. */
  private owed = 0;
  private isCancelled = false;

  constructor(
    private readonly log: Log,
    query: Query,
    private readonly signal: AbortSignal,
  ) {
    this.filter = filterOf(query);
    this.limit = Math.max(1, query.limit ?? 256);
    this.position = query.after;
  }

  cancel(): void {
    this.isCancelled = true;
    this.feed?.cancel();
    this.waiter.ring();
  }

  /** Undefined when the signal has aborted. @throws WaybillError `STORE_CLOSED`, or what will not pass */
  async next(): Promise<Page | undefined> {
    for (;;) {
      if (this.signal.aborted) return undefined;
      this.log.mustBeOpen();
      const rows = this.feed?.take() ?? [];
      if (rows.length > 0) return this.shown(rows);
      try {
        if (this.feed?.ended) throw this.feed.ended.error;
        this.feed ??= await this.waiter.answer(this.begin());
        const page = this.feed && (await this.idle(this.feed));
        if (page) return page;
      } catch (error) {
        await this.failed(error);
      }
    }
  }

  private async begin(): Promise<Feed> {
    const call = await this.log.connection.read(logRequest(this.position, this.filter.regex));
    const feed = new Feed(call, this.position, this.filter, this.limit, this.waiter.ring);
    if (this.isCancelled) feed.cancel();
    return feed;
  }

  private shown(events: readonly Recorded[]): Page {
    const { position } = events[events.length - 1]!;
    this.log.heads.learn(position);
    this.isFirst = false;
    this.patience = ON_ITS_WAY_MS;
    return this.page(events, position, false);
  }

  /** No row waits: there is none, or it is on its way, or the filter leaves out what came. An empty page only if it says something new. */
  private async idle(feed: Feed): Promise<Page | undefined> {
    const { waiter } = this;
    const { heads, connection } = this.log;
    const hasRows = () => !feed.isEmpty || feed.ended !== undefined;
    const hasMoved = () => hasRows() || feed.position > this.position;
    if (this.toldCaughtUp) await waiter.until(connection.settings.lag, () => hasMoved() || heads.known > this.position);
    if (!this.isFirst && (await waiter.until(this.patience, hasRows))) {
      // What came with the first row makes one page with it.
      await new Promise(setImmediate);
      return undefined;
    }
    this.isFirst = false;
    // What is known of the head by the way says that something came, never that nothing did.
    const isEnd = heads.known <= this.position || feed.position >= heads.known;
    const head = isEnd ? await waiter.answer(heads.fresh()) : heads.known;
    if (head === undefined || hasRows()) return undefined;
    if (head <= this.position) return this.toldCaughtUp ? undefined : this.empty(this.position, true);
    if (feed.position >= head) return this.empty(head, true);
    if (feed.position > this.position) return this.empty(feed.position, false);
    if (this.owed <= this.position) {
      const owed = await waiter.answer(this.behind());
      if (owed === undefined || hasRows()) return undefined;
      if (owed === 0) return this.empty(head, true);
      this.owed = owed;
    }
    if (!(await waiter.until(connection.settings.lag * 2 ** this.lagging, hasMoved))) this.lags(head);
    return undefined;
  }

  private empty(position: number, caughtUp: boolean): Page {
    if (position > this.position && caughtUp) {
      const now = performance.now();
      this.patience = now - this.movedAt < 1_000 ? Math.min(2 * this.patience, SELDOM_MS) : ON_ITS_WAY_MS;
      this.movedAt = now;
    }
    return this.page([], position, caughtUp);
  }

  private page(events: readonly Recorded[], position: number, caughtUp: boolean): Page {
    this.position = position;
    this.toldCaughtUp = caughtUp;
    this.failures = this.lagging = 0;
    return { events, position, caughtUp };
  }

  /** The next row that the server shows to who asks, where its subscription shows nothing; 0 for none. */
  private async behind(): Promise<number> {
    const rows = await rowsOf(this.log.connection, logRequest(this.position, this.filter.regex, 2));
    return rows.find(({ position, type }) => position > this.position && this.filter.shows(type))?.position ?? 0;
  }

  private lags(head: number): void {
    const { onNotice, lag } = this.log.connection.settings;
    this.lagging = Math.min(this.lagging + 1, 4);
    onNotice({ kind: 'lagging', text: `a subscription stood at ${this.position} for ${lag} ms while the log reached ${head}: begun anew` });
    this.feed?.cancel();
    this.feed = undefined;
  }

  /** Error, end, close and a change of the leader alike: again from our own position. */
  private async failed(error: unknown): Promise<void> {
    const failure = failureOf(error);
    if (!passes(failure) && !isPassing(error)) throw asError(failure, this.log.connection.place);
    this.feed?.cancel();
    this.feed = undefined;
    if (this.isOver()) return;
    const { connection } = this.log;
    connection.failed(failure);
    const why = 'what' in failure ? failure.what : asError(failure, connection.place).message;
    connection.settings.onNotice({ kind: 'resubscribed', text: `from ${this.position}: ${why}` });
    await this.waiter.until(Math.random() * Math.min(BACKOFF_MS, 10 * 2 ** this.failures++), () => false);
  }

  private isOver(): boolean {
    return this.signal.aborted || this.log.isClosed;
  }
}
