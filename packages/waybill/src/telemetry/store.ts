import type { Attributes, Link, Span, Tracer } from '@opentelemetry/api';
import type { NewEvent, Recorded, Store, Write, Written } from '@waybill/core';
import { COMMAND_SOURCE, messageTypeOf, setsDeadline, TOOK } from '@waybill/core/internal';
import type { Cause } from '@waybill/core/internal';
import { isHidden } from '@waybill/core/store-kit';
import type { Page, Query } from '@waybill/core/store-kit';
import type { Api, Guard } from './api';
import type { Metrics } from './metrics';
import { COMMIT, ERROR, LOST, MESSAGE_ID } from './names';
import { failureOf, secondsSince } from './process';
import type { Processes } from './process';
import { hasRoom, traceparentIn, traceparentOf, withTraceparent } from './trace';

/** The type of copies of rows that set a deadline. */
const DUE = `${TOOK}~due`;

/** The most links that an SDK keeps per span by default. */
const LINKS = 128;

interface Watching {
  readonly api: Api;
  readonly tracer: Tracer;
  readonly metrics: Metrics;
  readonly processes: Processes;
  readonly guard: Guard;
  /** Names of aggregates and sagas. */
  readonly actors: ReadonlySet<string>;
}

/** The store, observed where rows are read and appended; everything else is passed on. */
export function watchedStore(store: Store, watching: Watching): Store {
  const commits = new Commits(store, watching);
  const own: Partial<Store> = {
    append: (writes) => commits.append(writes),
    read: (stream, from, limit) => watchedRows(store, watching, stream, from, limit),
    subscribe: (query, signal) => watchedPages(store, watching, query, signal),
  };
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(Object.hasOwn(own, name) ? own : target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

async function* watchedPages(store: Store, { processes, guard }: Watching, query: Query, signal: AbortSignal): AsyncGenerator<Page> {
  for await (const page of store.subscribe(query, signal)) {
    guard.run(() => processes.read(page.events));
    yield page;
  }
}

/** The clock reads deadlines from copies of the rows that set them. */
async function watchedRows(
  store: Store,
  { processes, guard }: Watching,
  ...[stream, from, limit]: Parameters<Store['read']>
): Promise<readonly Recorded[]> {
  const rows = await store.read(stream, from, limit);
  guard.run(() => {
    for (const { type, meta } of rows) {
      const traceparent = type === DUE ? traceparentIn(meta) : undefined;
      const { cause } = traceparent === undefined ? {} : (JSON.parse(meta) as { readonly cause?: Cause });
      if (cause && traceparent !== undefined) processes.arm(cause.id, traceparent);
    }
  });
  return rows;
}

/**
 * One span per append, linked to the messages whose rows it contains. Rows that an actor emits carry the context of the message
 * that led to them, so that their readers can link to it, in another process and after a restart too.
 */
class Commits {
  /** An identical append that is repeated has identical rows. */
  private readonly stamped = new WeakMap<Write, Stamped>();

  constructor(
    private readonly store: Store,
    private readonly watching: Watching,
  ) {}

  async append(writes: readonly Write[]): Promise<readonly Written[]> {
    const { guard } = this.watching;
    const stamped = writes.map((write) => this.stampedOf(write));
    const span = guard.run(() => this.start(stamped));
    const since = performance.now();
    try {
      const written = await this.store.append(stamped.map(({ write }) => write));
      guard.run(() => this.end(stamped, span, since, {}, written));
      return written;
    } catch (error) {
      guard.run(() => this.end(stamped, span, since, failureOf(error), []));
      throw error;
    }
  }

  private start(stamped: readonly Stamped[]): Span {
    const { api, tracer } = this.watching;
    return tracer.startSpan('commit', {
      ...{ kind: api.SpanKind.CLIENT, root: true },
      attributes: { ...COMMIT, 'messaging.batch.message_count': rowsOf(stamped), 'waybill.commit.streams': stamped.length },
      links: stamped.flatMap(({ links }) => links).slice(0, LINKS),
    });
  }

  private end(stamped: readonly Stamped[], span: Span | undefined, since: number, error: Attributes, written: readonly Written[]): void {
    const { api, metrics } = this.watching;
    metrics.committed(secondsSince(since), rowsOf(stamped), error);
    const lost = written.filter(({ ok }) => !ok).length;
    span?.setAttributes({ ...error, ...(lost > 0 && { [LOST]: lost }) });
    if (ERROR in error) span?.setStatus({ code: api.SpanStatusCode.ERROR });
    span?.end();
  }

  private stampedOf(write: Write): Stamped {
    const before = this.stamped.get(write);
    if (before) return before;
    const stamped = this.watching.guard.run(() => this.stamp(write)) ?? { write, links: [] };
    this.stamped.set(write, stamped);
    return stamped;
  }

  private stamp(write: Write): Stamped {
    const consumer = write.stream.slice(0, Math.max(0, write.stream.indexOf('-')));
    if (write.events[0]?.type === DUE) return { write: this.stampCopies(write), links: [] };
    if (!this.watching.actors.has(consumer)) return { write, links: [] };
    const links: Link[] = [];
    const room = hasRoom(write, this.store);
    let traceparent: string | undefined;
    const events = write.events.map((event) => {
      const taken = takenIn(event);
      if (taken === undefined)
        return room && traceparent !== undefined ? { ...event, meta: withTraceparent(event.meta, traceparent) } : event;
      const link = this.linkOf(write.stream, consumer, taken, event);
      traceparent = link && traceparentOf(link.context);
      if (traceparent !== undefined && setsDeadline(event)) this.watching.processes.arm(event.id, traceparent);
      if (link && !links.some(({ context }) => context.spanId === link.context.spanId)) links.push(link);
      return event;
    });
    return { write: { ...write, events }, links };
  }

  private stampCopies(write: Write): Write {
    if (!hasRoom(write, this.store)) return write;
    const events = write.events.map((event) => {
      const { cause } = JSON.parse(event.meta) as { readonly cause?: Cause };
      const traceparent = cause && this.watching.processes.armed(cause.id);
      return traceparent === undefined ? event : { ...event, meta: withTraceparent(event.meta, traceparent) };
    });
    return { ...write, events };
  }

  private linkOf(stream: string, consumer: string, type: string, { meta }: NewEvent): Link | undefined {
    const { cause } = JSON.parse(meta) as { readonly cause?: Cause };
    if (!cause) return undefined;
    const { processes } = this.watching;
    const work =
      cause.source === COMMAND_SOURCE
        ? processes.sent(stream, cause.id)
        : isMessage(type)
          ? processes.begin(consumer, type, cause.id, cause.position)
          : processes.known(consumer, cause.position);
    return work && { context: work.span.spanContext(), attributes: { [MESSAGE_ID]: cause.id } };
  }
}

interface Stamped {
  readonly write: Write;
  /** The messages whose rows it holds. */
  readonly links: readonly Link[];
}

/** The type of the message that a row takes in or parks; undefined for a row that an actor emits. */
function takenIn({ type }: NewEvent): string | undefined {
  return isHidden(type) ? messageTypeOf(type) : undefined;
}

/** The framework's own rows, such as those of deadlines, belong to another message. */
function isMessage(type: string): boolean {
  return !type.startsWith('~');
}

function rowsOf(stamped: readonly Stamped[]): number {
  return stamped.reduce((rows, { write }) => rows + write.events.length, 0);
}
