import type { Attributes, Span, Tracer } from '@opentelemetry/api';
import type { Outcome, Recorded } from '@waybill/core';
import { describe, WaybillError } from '@waybill/core';
import { RecentMap } from '../base/recent-map';
import type { Api } from './api';
import type { Metrics } from './metrics';
import { ATTEMPTS, ERROR, errorOf, MESSAGE_ID, OUTCOME, processOf, sendOf, STREAM } from './names';
import { contextOf, traceparentIn } from './trace';

/** How many contexts of rows are kept; a message whose context is no longer kept gets no link. */
const CONTEXTS = 32_768;
/** The most characters of a reason or an error in a span. */
const TEXT = 500;

/** One message in progress, from its first method to its outcome. */
interface Work {
  readonly span: Span;
  readonly since: number;
  attempts: number;
  outcome?: Outcome['kind'];
}

/** The spans of messages: `process <consumer>` for those from the log, `send <aggregate>` for those that a caller sends. */
export class Processes {
  private readonly open = new Map<string, Work>();
  /** By stream and id; more than one if an id is sent again before the first has its answer. */
  private readonly commands = new Map<string, readonly Work[]>();
  /** By position, and for rows that set a deadline by id. */
  private readonly contexts = new RecentMap<number | string, string>(CONTEXTS);

  constructor(
    private readonly api: Api,
    private readonly tracer: Tracer,
    private readonly metrics: Metrics,
  ) {}

  /** A consumer has read rows: their spans will be linked to the contexts that the rows were written in. */
  read(events: readonly Recorded[]): void {
    for (const { position, meta } of events) {
      const traceparent = traceparentIn(meta);
      if (traceparent !== undefined) this.contexts.set(position, traceparent);
    }
  }

  /** A row sets a deadline: what that leads to will be linked to what set it. */
  arm(id: string, traceparent: string): void {
    this.contexts.set(id, traceparent);
  }
  armed(id: string): string | undefined {
    return this.contexts.get(id);
  }

  /** The work on a message of the log; begun if it has not begun yet. */
  begin(consumer: string, type: string, id: string, position: number): Work {
    const key = eventKey(consumer, position);
    const known = this.open.get(key);
    if (known) return known;
    const work = this.started(consumer, type, id, position);
    this.open.set(key, work);
    return work;
  }

  /** The work on a message of the log, if it has begun. */
  known(consumer: string, position: number): Work | undefined {
    return this.open.get(eventKey(consumer, position));
  }

  /** The work on a command whose caller waits in this process. */
  sent(stream: string, id: string): Work | undefined {
    return this.commands.get(commandKey(stream, id))?.[0];
  }

  /** A method is about to run, perhaps not for the first time. */
  attempt(consumer: string, type: string, id: string, position: number): Work {
    const work = this.begin(consumer, type, id, position);
    work.attempts++;
    return work;
  }

  threw({ span }: Work, error: unknown): void {
    span.addEvent('exception', {
      'exception.type': error instanceof Error ? error.name : typeof error,
      'exception.message': describe(error).slice(0, TEXT),
    });
  }

  end(outcome: Outcome): void {
    const { kind, consumer, type, id, position, stream, reason } = outcome;
    if (position === 0) return this.answered(outcome);
    const key = eventKey(consumer, position);
    const known = this.open.get(key);
    // If no method ran and nothing was appended, the span has no duration.
    const { span, since, attempts } = known ?? this.started(consumer, type, id, position);
    this.open.delete(key);
    span.setAttribute(OUTCOME, kind);
    if (stream !== undefined) span.setAttribute(STREAM, stream);
    if (attempts > 1) span.setAttribute(ATTEMPTS, attempts);
    const error = errorOf(kind);
    if (ERROR in error) {
      span.setAttributes(error);
      span.setStatus({ code: this.api.SpanStatusCode.ERROR, message: (reason ?? kind).slice(0, TEXT) });
    }
    span.end();
    if (known) this.metrics.processed(secondsSince(since), outcome);
  }

  /** Starts a span below the caller's own. Call the returned function once, with what the send threw if it did. */
  send(actor: string, stream: string | undefined, type: string, id: string): (failure?: { readonly error: unknown }) => void {
    const attributes = { ...sendOf(actor), [MESSAGE_ID]: id, 'waybill.message.type': type };
    const span = this.tracer.startSpan(`send ${actor}`, { kind: this.api.SpanKind.PRODUCER, attributes });
    const work: Work = { span, since: performance.now(), attempts: 0 };
    const key = commandKey(stream ?? '', id);
    if (stream !== undefined) this.commands.set(key, [...(this.commands.get(key) ?? []), work]);
    return (failure) => {
      this.forget(key, work);
      const error = failure ? failureOf(failure.error) : {};
      if (failure && ERROR in error) {
        span.setStatus({ code: this.api.SpanStatusCode.ERROR });
        this.threw(work, failure.error);
      }
      span.setAttributes({ ...error, ...(stream !== undefined && { [STREAM]: stream }) });
      span.end();
      this.metrics.answered(secondsSince(work.since), actor, error);
    };
  }

  /** Messages without an outcome come again in a later run. */
  close(): void {
    for (const { span } of this.open.values()) span.end();
    this.open.clear();
  }

  private started(consumer: string, type: string, id: string, position: number): Work {
    const cause = contextOf(this.contexts.get(position) ?? this.contexts.get(id));
    const span = this.tracer.startSpan(`process ${consumer}`, {
      kind: this.api.SpanKind.CONSUMER,
      root: true,
      attributes: processOf(consumer, type, id, position),
      links: cause ? [{ context: cause }] : [],
    });
    return { span, since: performance.now(), attempts: 0 };
  }

  private answered({ kind, stream = '', id }: Outcome): void {
    const work = this.commands.get(commandKey(stream, id))?.find(({ outcome }) => outcome === undefined);
    if (!work) return;
    work.outcome = kind;
    work.span.setAttribute(OUTCOME, kind);
  }

  private forget(key: string, work: Work): void {
    const rest = this.commands.get(key)?.filter((one) => one !== work) ?? [];
    if (rest.length > 0) this.commands.set(key, rest);
    else this.commands.delete(key);
  }
}

function eventKey(consumer: string, position: number): string {
  return `${position} ${consumer}`;
}

function commandKey(stream: string, id: string): string {
  return `${stream} ${id}`;
}

export function secondsSince(then: number): number {
  return (performance.now() - then) / 1_000;
}

/** A refusal is the aggregate's answer, not a failure. */
export function failureOf(error: unknown): Attributes {
  const name = error instanceof WaybillError ? error.code : error instanceof Error ? error.name : '_OTHER';
  return name === 'REJECTED' ? {} : { [ERROR]: name };
}
