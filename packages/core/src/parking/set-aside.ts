/**
 * I10, I13: messages that were set aside until they are tried again, since what waits must not hold up a consumer. The rows that
 * parked them keep them; this file keeps when each is due, finds them after a restart, and tries those of one queue in order.
 */

import { isTransient } from '../base/errors';
import { backoff, Timer } from '../base/runtime';
import { Signal } from '../base/signal';
import type { ConsumerContext } from '../flow/context';
import type { AsideRow } from '../flow/context';
import { kindOf, metaOf } from '../history/codec';
import { messageTypeOf, PARKED } from '../store/hidden-rows';
import type { CheckpointAt, Recorded } from '../store/port';
import type { AutomaticRetry } from './parked-message';
import type { Waiting } from './retrying';
import { WaitingMark } from './waiting-mark';

/** Messages that one consumer may have set aside at once; while there are that many, it reads no further once its window is full. */
const MOST = 8_192;
const AT_ONCE = 16;
const PAGE = 1_000;
/** One timer is set for at most this long. */
const HOUR_MS = 3_600_000;

/** Who tries it again, for the log. */
const ITSELF = 'waybill';

interface Aside extends Waiting {
  readonly version: number;
  /** Messages of one queue are tried in order. */
  readonly queue: string;
}
/** Tries it once. What is to be tried again comes back by `add` before this resolves, or resolves to when. */
type Again = (stream: string, retry: AutomaticRetry) => Promise<number | undefined>;
type Place = Pick<Aside, 'stream' | 'version'>;

function placeOf({ stream, version }: Place): string {
  return `${stream}@${version}`;
}

export class SetAside {
  private readonly queues = new Map<string, Aside[]>();
  /** The queue of each, by the place of its park row. */
  private readonly places = new Map<string, string>();
  private readonly trying = new Set<string>();
  private readonly changed = new Signal();
  private readonly timer: Timer;
  private readonly mark: WaitingMark;
  /** Where the log was read to at the start. */
  private scanned: CheckpointAt | undefined;
  private failures = 0;
  private stopping = false;

  constructor(
    consumer: string,
    private readonly types: readonly string[],
    private readonly owns: (stream: string) => boolean,
    private readonly context: ConsumerContext,
    private readonly again: Again,
    /** A queue may be free. */
    private readonly moved: () => void,
  ) {
    this.mark = new WaitingMark(consumer, context.runtime, context.store);
    this.timer = new Timer(context.runtime, () => this.look());
  }

  get isEmpty(): boolean {
    return this.places.size === 0;
  }
  /** Whether one more may be set aside. */
  get hasRoom(): boolean {
    return this.mark.isSet && this.places.size < MOST;
  }
  /** Whether messages of this queue are set aside: later ones wait for them. */
  holds(queue: string): boolean {
    return this.queues.has(queue);
  }
  has(stream: string, version: number): boolean {
    return this.places.has(placeOf({ stream, version }));
  }
  all(): Waiting[] {
    return [...this.queues.values()].flat();
  }

  /** Finds what was set aside before. A log in which nothing ever was is not read. */
  async start(): Promise<void> {
    const at = await this.mark.load();
    if (!this.mark.isSet) return;
    const stop = new AbortController();
    const query = { types: this.types.map((type) => PARKED + type), after: at.position, limit: PAGE };
    for await (const { events, position, caughtUp } of this.context.store.subscribe(query, stop.signal)) {
      for (const row of events) if (this.owns(row.stream)) this.find(row);
      this.scanned = { ...at, position };
      if (caughtUp) stop.abort('read');
    }
    // Deferred, so that who sees the outcomes misses none.
    this.timer.set(0);
  }

  /** To be called before the first row that sets a message aside: from then on a start looks for such rows. */
  prepare(): Promise<void> {
    return this.mark.set();
  }

  /** A durable row of the flow says that its message waits. */
  add(stream: string, version: number, row: AsideRow): void {
    this.keep(stream, version, row);
    this.look();
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.timer.cancel();
    await this.mark.stop();
    while (this.trying.size > 0) await this.changed.wait();
    if (this.scanned && this.isEmpty) await this.mark.save(this.scanned).catch(() => undefined);
  }

  private find(row: Recorded): void {
    const meta = metaOf(row);
    const { cause, due, until, by, park } = meta;
    const isNote = kindOf(row.type, meta).kind === 'noted';
    const { of: version = row.version } = isNote ? meta : {};
    const known = this.known({ stream: row.stream, version });
    if (cause && due !== undefined) this.keep(row.stream, version, { ...meta, type: messageTypeOf(row.type), cause });
    else if (known && until !== undefined) this.replace({ ...known, nextTry: until });
    // The failed try of an operator changes nothing about the next one.
    else if (known && isNote && (park !== 'retried' || by === ITSELF)) this.drop(known);
  }

  private keep(stream: string, version: number, { type, cause, due = 0, key, attempts = 0, reason = '' }: AsideRow): void {
    const queue = this.known({ stream, version })?.queue ?? key ?? stream;
    const { id, position } = cause;
    this.replace({ queue, stream, version, type, id, position, attempts, nextTry: due, reason: reason.slice(0, 200) });
  }

  private known(at: Place): Aside | undefined {
    const place = placeOf(at);
    return this.queues.get(this.places.get(place) ?? '')?.find((one) => placeOf(one) === place);
  }

  private replace(aside: Aside): void {
    const place = placeOf(aside);
    const others = (this.queues.get(aside.queue) ?? []).filter((one) => placeOf(one) !== place);
    this.queues.set(
      aside.queue,
      [...others, aside].sort((a, b) => a.position - b.position),
    );
    this.places.set(place, aside.queue);
  }

  private drop(aside: Aside): void {
    const place = placeOf(aside);
    const left = (this.queues.get(aside.queue) ?? []).filter((one) => placeOf(one) !== place);
    if (left.length > 0) this.queues.set(aside.queue, left);
    else this.queues.delete(aside.queue);
    this.places.delete(place);
  }

  /** Tries what is due, the first of each queue. */
  private look(): void {
    if (this.stopping) return;
    const now = this.context.runtime.now();
    let next = Infinity;
    for (const [queue, [first]] of this.queues) {
      if (this.trying.size >= AT_ONCE) return;
      if (!first || this.trying.has(queue)) continue;
      if (first.nextTry > now) next = Math.min(next, first.nextTry);
      else void this.try(first);
    }
    if (next < Infinity) this.timer.set(Math.min(next - now, HOUR_MS));
  }

  private async try(aside: Aside): Promise<void> {
    const { queue, stream, version, attempts } = aside;
    this.trying.add(queue);
    const { runtime, fatal } = this.context;
    let later: number | undefined;
    try {
      later = await this.again(stream, { by: ITSELF, why: 'it was due to be tried again', automatic: true, version, attempts });
      this.failures = 0;
    } catch (error) {
      if (!isTransient(error) && !this.stopping) fatal(error);
      later = runtime.now() + backoff(runtime, this.failures++);
    }
    this.trying.delete(queue);
    const isSame = this.known(aside) === aside;
    if (isSame && later === undefined) this.drop(aside);
    else if (isSame) this.replace({ ...aside, nextTry: later as number });
    this.changed.notify();
    this.moved();
    this.look();
  }
}
