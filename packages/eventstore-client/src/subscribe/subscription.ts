import { isPassing } from '@waybill/core/store-kit';
import type { Page, Query, Recorded } from '@waybill/core/store-kit';
import type { Connection } from '../connection/connection';
import { isRetryable } from '../connection/connection';
import { asError, failureOf } from '../connection/failure';
import type { Filter } from '../format/filter';
import { filterOf } from '../format/filter';
import type { Heads } from '../read/heads';
import { logRequest } from '../format/messages';
import { rowsOf } from '../read/reads';
import { Feed } from './feed';
import { Waiter } from './waiter';

/** How long a row may take to reach its subscribers before one looks for it. */
const DELIVERY_MS = 5;
/** While the filter leaves out what comes, the position moves on at most this seldom. */
const MOST_PATIENCE_MS = 50;
const BACKOFF_MS = 2_000;

interface Log {
  readonly connection: Connection;
  readonly heads: Heads;
  readonly isClosed: boolean;
  /** @throws WaybillError `STORE_CLOSED` */
  mustBeOpen(): void;
  /** Calls `listener` when the store closes; the returned function ends that. */
  onClose(listener: () => void): () => void;
}

/** Pages of the log, then of what is appended later, across failures of the connection. */
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
  /** Every matching row at or below it was shown. */
  private position: number;
  private isFirst = true;
  /** The consumer knows that no row follows its position. */
  private toldCaughtUp = false;
  private failures = 0;
  private lagging = 0;
  private patience = DELIVERY_MS;
  private movedAt = 0;
  /** The position of a row that the server has yet to send. */
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

  /** Undefined when the signal has aborted. @throws WaybillError `STORE_CLOSED`, or a failure that is not transient */
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
    if (!this.isFirst) await this.log.heads.mustHold('a subscription');
    const call = await this.log.connection.read(logRequest(this.position, this.filter.regex));
    const feed = new Feed(call, this.position, this.filter, this.limit, this.waiter.ring, () => this.log.heads.doubt());
    if (this.isCancelled) feed.cancel();
    return feed;
  }

  private shown(events: readonly Recorded[]): Page {
    const last = events[events.length - 1]!;
    this.log.heads.learn(last);
    this.isFirst = false;
    this.patience = DELIVERY_MS;
    return this.page(events, last.position, false);
  }

  /**
   * No row waits: there is none, or it is on its way, or the filter leaves out what came. Gives an empty page only if that says
   * something new.
   */
  private async idle(feed: Feed): Promise<Page | undefined> {
    const { waiter } = this;
    const { heads, connection } = this.log;
    const hasRows = () => !feed.isEmpty || feed.ended !== undefined;
    const hasMoved = () => hasRows() || feed.position > this.position;
    if (this.toldCaughtUp) await waiter.until(connection.settings.lag, () => hasMoved() || heads.known > this.position);
    if (!this.isFirst && (await waiter.until(this.patience, hasRows))) {
      // Rows that arrived together make one page.
      await new Promise(setImmediate);
      return undefined;
    }
    this.isFirst = false;
    // A head learned in passing proves that something came, never that nothing did.
    const isEnd = heads.known <= this.position || feed.position >= heads.known;
    const head = isEnd ? await waiter.answer(heads.fresh()) : heads.known;
    if (head === undefined || hasRows()) return undefined;
    if (head <= this.position) return this.toldCaughtUp ? undefined : this.empty(this.position, true);
    if (feed.position >= head) return this.empty(head, true);
    if (feed.position > this.position) return this.empty(feed.position, false);
    if (this.owed <= this.position) {
      const owed = await waiter.answer(this.nextByRead());
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
      this.patience = now - this.movedAt < 1_000 ? Math.min(2 * this.patience, MOST_PATIENCE_MS) : DELIVERY_MS;
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

  /** The position of the next row by a read, when the subscription delivers nothing; 0 for none. */
  private async nextByRead(): Promise<number> {
    const rows = await rowsOf(this.log.connection, logRequest(this.position, this.filter.regex, 2));
    return rows.find(({ position, type }) => position > this.position && this.filter.shows(type))?.position ?? 0;
  }

  private lags(head: number): void {
    const { onNotice, lag } = this.log.connection.settings;
    this.lagging = Math.min(this.lagging + 1, 4);
    onNotice({
      kind: 'lagging',
      text: `a subscription stood at ${this.position} for ${lag} ms while the log reached ${head}: resubscribed`,
    });
    this.feed?.cancel();
    this.feed = undefined;
  }

  /** Error, end, close and a change of leader are handled alike: subscribe again from our own position. */
  private async failed(error: unknown): Promise<void> {
    const failure = failureOf(error);
    if (!isRetryable(failure) && !isPassing(error)) throw asError(failure, this.log.connection.place);
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
