import { canonical, ERASED, personalOf, WaybillError } from '@waybill/core';
import type { NewEvent, Personal } from '@waybill/core';
import { seal } from './cipher';
import type { SubjectKey } from './cipher';
import { json, messageType, WHOLE, withMark } from './row';
import type { Data } from './row';

/** The row that a message was read from: whose data it held, encrypted with which key. */
export interface Source {
  readonly subject: string;
  readonly keyId: string;
}

/** A row to be written, with its personal fields still in clear. */
export interface Clear {
  readonly event: NewEvent;
  readonly type: string;
  readonly subject: string;
  /** Encrypted when the row is written, except those that are erased already. */
  readonly fields: readonly string[];
  readonly data: Data;
  readonly whole: boolean;
  /** Where the person's data comes from. If that key is gone the data was forgotten, and no other key may keep it. */
  readonly source: Source | undefined;
}

/**
 * The personal part of a row; undefined if it has none.
 * @throws WaybillError `PERSONAL_SUBJECT_MISSING`, `WRITE_BAD_TEXT`
 */
export function clearOf(event: NewEvent, sourceOf: (event: NewEvent) => Source | undefined): Clear | undefined {
  const type = messageType(event);
  const personal = personalOf(type);
  if (!personal) return undefined;
  const parsed = json(event.data);
  if (parsed === undefined) throw new WaybillError('WRITE_BAD_TEXT', `the data of ${type} is not JSON`, 'pass what JSON.stringify made');
  const source = sourceOf(event);
  // Data is a text only if an actor has parked an invalid message.
  if (typeof parsed === 'string' && type !== event.type) return clearText(event, type, personal, parsed, source);
  if (typeof parsed !== 'object' || parsed === null) return undefined;
  const data = parsed as Data;
  const fields = personal.fields.filter((field) => Object.hasOwn(data, field));
  if (fields.length === 0) return undefined;
  const subject = fields.some((field) => data[field] !== ERASED) ? personal.subjectOf(data) : '';
  return { event, type, fields, data, subject, whole: false, source: source?.subject === subject ? source : undefined };
}

const WITHHELD = 'personal data withheld: the message stands whole at its own position in the log';

/** The text of an invalid message. If it is unknown whose data it holds, it is not written a second time. */
function clearText(event: NewEvent, type: string, personal: Personal, text: string, source: Source | undefined): Clear | undefined {
  const clear = { event, type, fields: [WHOLE], whole: true, source } as const;
  if (source) return { ...clear, subject: source.subject, data: { [WHOLE]: text } };
  try {
    const inner = json(text) as Data;
    if (!personal.fields.some((field) => Object.hasOwn(inner, field) && inner[field] !== ERASED)) return undefined;
    return { ...clear, subject: personal.subjectOf(inner), data: { [WHOLE]: text } };
  } catch {
    return { ...clear, fields: [], subject: '', data: { [WHOLE]: WITHHELD } };
  }
}

/** Whether anything is left to encrypt. */
export function isClear({ fields, data }: Clear): boolean {
  return fields.some((field) => data[field] !== ERASED);
}

/** The row as it is written to the log; without a key its personal fields are erased. @throws WaybillError `PERSONAL_META` */
export function sealed({ event, type, subject, fields, data, whole }: Clear, key: SubjectKey | undefined): NewEvent {
  const hidden: Data = { ...data };
  for (const field of fields) {
    hidden[field] = key && data[field] !== ERASED ? seal(key, { subject, type, field }, data[field]) : ERASED;
  }
  const meta = fields.length > 0 ? withMark(event.meta, { subject, fields }) : event.meta;
  return { ...event, data: canonical(whole ? hidden[WHOLE] : hidden), meta };
}
