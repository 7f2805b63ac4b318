import type { SpanContext } from '@opentelemetry/api';
import { LIMITS } from '@waybill/core';
import type { Store, Write } from '@waybill/core';

/** W3C Trace Context, version 00. */
const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
const FIELD = '"traceparent":"';
const LENGTH = 55;
const SAMPLED = 1;

/** The context that the row's message was made in, from its meta; undefined if it has none. */
export function traceparentIn(meta: string): string | undefined {
  const at = meta.indexOf(FIELD);
  return at < 0 ? undefined : meta.slice(at + FIELD.length, at + FIELD.length + LENGTH);
}

/** Undefined for a text that is not a context: whoever wrote the row may have written anything. */
export function contextOf(traceparent: string | undefined): SpanContext | undefined {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(traceparent ?? '') ?? [];
  if (!traceId || !spanId || /^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, traceFlags: parseInt(flags as string, 16) & SAMPLED, isRemote: true };
}

/** Undefined if the span is not sampled: then rows cost no extra bytes. */
export function traceparentOf({ traceId, spanId, traceFlags }: SpanContext): string | undefined {
  const text = `00-${traceId}-${spanId}-01`;
  return (traceFlags & SAMPLED) !== 0 && contextOf(text) ? text : undefined;
}

/** Added as the first field: what other layers add at the end stays where they look for it. */
export function withTraceparent(meta: string, traceparent: string): string {
  if (!meta.startsWith('{"') || meta.includes(FIELD)) return meta;
  return `{${FIELD}${traceparent}",${meta.slice(1)}`;
}

/** Whether each row has room for a context: no append is refused because of telemetry. */
export function hasRoom({ events }: Write, { maxWrite = LIMITS.write }: Store): boolean {
  const added = FIELD.length + LENGTH + 3;
  let chars = 0;
  for (const { data, meta } of events) chars += data.length + meta.length + added;
  return 3 * chars <= Math.min(maxWrite, LIMITS.event);
}
