import type { SpanContext } from '@opentelemetry/api';
import { LIMITS } from '@waybill/core';
import type { Store, Write } from '@waybill/core';

/** W3C Trace Context, version 00. */
const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
const FIELD = '"traceparent":"';
const LENGTH = 55;
const SAMPLED = 1;

/** What the meta of a row says of the context that its message was made in; undefined without a word. */
export function traceparentIn(meta: string): string | undefined {
  const at = meta.indexOf(FIELD);
  return at < 0 ? undefined : meta.slice(at + FIELD.length, at + FIELD.length + LENGTH);
}

/** Undefined for a text that is no context: whoever wrote the row may write what they like. */
export function contextOf(traceparent: string | undefined): SpanContext | undefined {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(traceparent ?? '') ?? [];
  if (!traceId || !spanId || /^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, traceFlags: parseInt(flags as string, 16) & SAMPLED, isRemote: true };
}

/** Undefined where nobody will ever see the span: then rows cost no byte more. */
export function traceparentOf({ traceId, spanId, traceFlags }: SpanContext): string | undefined {
  const text = `00-${traceId}-${spanId}-01`;
  return (traceFlags & SAMPLED) !== 0 && contextOf(text) ? text : undefined;
}

/** Stands first: what other layers add behind stays where they look for it. */
export function withTraceparent(meta: string, traceparent: string): string {
  if (!meta.startsWith('{"') || meta.includes(FIELD)) return meta;
  return `{${FIELD}${traceparent}",${meta.slice(1)}`;
}

/** Whether each row may grow by a context: no append is refused because somebody watches. */
export function hasRoom({ events }: Write, { maxWrite = LIMITS.write }: Store): boolean {
  const added = FIELD.length + LENGTH + 3;
  let chars = 0;
  for (const { data, meta } of events) chars += data.length + meta.length + added;
  return 3 * chars <= Math.min(maxWrite, LIMITS.event);
}
