import { messageTypeOf, PARKED, TIMER, WaybillError } from '@waybill/core';
import type { NewEvent } from '@waybill/core';

/** The last field of the meta of a row whose data holds encrypted or erased fields. Owned by the framework, like all of meta. */
export interface Mark {
  readonly subject: string;
  readonly fields: readonly string[];
}
export type Data = Record<string, unknown>;

/** As the only field of a mark: the data is one text, encrypted as a whole. */
export const WHOLE = '';

/** The type of copies of rows that set a deadline; their meta says for which message. */
const DUE = 'took:~due';

/** The name of the message that a row holds, without the prefix of the row. */
export function messageType({ type, meta }: Pick<NewEvent, 'type' | 'meta'>): string {
  if (type !== DUE) return messageTypeOf(type);
  const { armed } = (json(meta) ?? {}) as { readonly armed?: { readonly type?: string } };
  return armed?.type ?? '';
}

/** Whether the row keeps a message for later: parked, or a deadline. */
export function isKept(type: string): boolean {
  return type === DUE || type.startsWith(PARKED) || type.startsWith(TIMER);
}

const MARK = '"~personal":';

/** @throws WaybillError `PERSONAL_META` */
export function withMark(meta: string, { subject, fields }: Mark): string {
  if (!meta.startsWith('{') || !meta.endsWith('}')) {
    throw new WaybillError('PERSONAL_META', 'the meta of a row with personal data is not a JSON object', 'use {} for a row without meta');
  }
  return `${meta.slice(0, -1)}${meta === '{}' ? '' : ','}${MARK}${JSON.stringify({ subject, fields })}}`;
}

/** The meta without its mark; undefined if it has none, 'broken' for a mark that was not written here. */
export function markOf(meta: string): { readonly mark: Mark; readonly meta: string } | 'broken' | undefined {
  const at = meta.lastIndexOf(MARK);
  if (at < 0) return undefined;
  const mark = (json(meta) as Data | null | undefined)?.['~personal'];
  if (mark === undefined) return undefined;
  const before = meta.slice(0, at);
  const rest = `${before.endsWith(',') ? before.slice(0, -1) : before}}`;
  return isMark(mark) && withMark(rest, mark) === meta ? { mark, meta: rest } : 'broken';
}

function isMark(value: unknown): value is Mark {
  const { subject, fields } = (value ?? {}) as { subject?: unknown; fields?: unknown };
  const named = typeof subject === 'string' && subject.length <= 512 && Array.isArray(fields);
  return named && fields.length > 0 && fields.every((field) => typeof field === 'string' && field !== '__proto__');
}

/** Undefined for a text that is not JSON. */
export function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
