import { canonical, ERASED, personalOf, WaybillError } from '@waybill/core';
import type { NewEvent, Personal, Recorded } from '@waybill/core';
import { CIPHER_PREFIX, keyIdOf, seal, unseal } from './personal-cipher';
import type { SubjectKey } from './personal-cipher';

/** Stands last in the meta of a row whose data holds encrypted or erased fields. Framework-owned, as all of meta. */
interface Mark {
  readonly subject: string;
  readonly fields: readonly string[];
}
type Data = Record<string, unknown>;

const MARK = '"~personal":';
/** For the text of a row that holds no valid message: the whole text is one field. */
const WHOLE = '';

/** The row that a message was read from: whose data it held, and under which key. */
export interface Source {
  readonly subject: string;
  readonly keyId: string;
}

/** A row that is to be written, with personal fields in clear. */
export interface Clear {
  readonly event: NewEvent;
  readonly type: string;
  readonly subject: string;
  /** Encrypted when the row is written, but for those that are erased already. */
  readonly fields: readonly string[];
  readonly data: Data;
  readonly whole: boolean;
  /** Where the person's data comes from: if that key is gone, it was to be forgotten, and no other key keeps it. */
  readonly source: Source | undefined;
}

/** The name of the message in a row, whatever stands before it: `took:`, `parked:`. */
function messageType(rowType: string): string {
  return rowType.slice(rowType.lastIndexOf(':') + 1);
}

/**
 * What of a row is personal; undefined for a row without.
 * @throws WaybillError `PERSONAL_SUBJECT_MISSING`
 */
export function clearOf(event: NewEvent, sourceOf: (event: NewEvent) => Source | undefined): Clear | undefined {
  const type = messageType(event.type);
  const personal = personalOf(type);
  if (!personal) return undefined;
  const source = sourceOf(event);
  const parsed: unknown = JSON.parse(event.data);
  if (typeof parsed === 'string') return clearText(event, type, personal, parsed, source);
  if (typeof parsed !== 'object' || parsed === null) return undefined;
  const data = parsed as Data;
  const fields = personal.fields.filter((field) => Object.hasOwn(data, field));
  if (fields.length === 0) return undefined;
  const subject = fields.some((field) => data[field] !== ERASED) ? personal.subjectOf(data) : '';
  return { event, type, fields, data, subject, whole: false, source: source?.subject === subject ? source : undefined };
}

const WITHHELD = 'personal data withheld: the message stands whole at its own position in the log';

/** The text of an invalid message. Where nobody can tell whose data it holds, it is not written a second time. */
function clearText(event: NewEvent, type: string, personal: Personal, text: string, source: Source | undefined): Clear | undefined {
  const clear = { event, type, fields: [WHOLE], whole: true, source } as const;
  if (source) return { ...clear, subject: source.subject, data: { [WHOLE]: text } };
  try {
    const inner = JSON.parse(text) as Data;
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

/** The row as the log keeps it; without a key its personal fields are erased. @throws WaybillError `PERSONAL_META` */
export function sealed({ event, type, subject, fields, data, whole }: Clear, key: SubjectKey | undefined): NewEvent {
  const hidden: Data = { ...data };
  for (const field of fields) {
    hidden[field] = key && data[field] !== ERASED ? seal(key, { subject, type, field }, data[field]) : ERASED;
  }
  const meta = fields.length > 0 ? withMark(event.meta, { subject, fields }) : event.meta;
  return { ...event, data: canonical(whole ? hidden[WHOLE] : hidden), meta };
}

function withMark(meta: string, { subject, fields }: Mark): string {
  if (!meta.startsWith('{') || !meta.endsWith('}')) {
    throw new WaybillError('PERSONAL_META', 'the meta of a row with personal data is no JSON object', 'give {} for a row without meta');
  }
  return `${meta.slice(0, -1)}${meta === '{}' ? '' : ','}${MARK}${JSON.stringify({ subject, fields })}}`;
}

/** A row of the log that holds encrypted or erased fields. */
export interface Hidden {
  readonly row: Recorded;
  readonly mark: Mark;
  readonly data: Data;
  readonly whole: boolean;
  /** Meta without the mark. */
  readonly meta: string;
  /** Ids of the keys that it was encrypted with. */
  readonly keys: readonly string[];
}

/** Undefined for a row that is as it seems. @throws WaybillError `PERSONAL_UNREADABLE` */
export function hiddenOf(row: Recorded): Hidden | undefined {
  const at = row.meta.lastIndexOf(MARK);
  const mark = at < 0 ? undefined : (parse(row, row.meta) as Data | null)?.['~personal'];
  if (mark === undefined) return row.data.includes(CIPHER_PREFIX) ? unmarked(row) : undefined;
  const before = row.meta.slice(0, at);
  const meta = `${before.endsWith(',') ? before.slice(0, -1) : before}}`;
  if (!isMark(mark) || withMark(meta, mark) !== row.meta) throw unreadable(row, 'its meta does not say which fields are encrypted');
  const parsed = parse(row, row.data);
  const whole = typeof parsed === 'string';
  const data = (whole ? { [WHOLE]: parsed } : parsed) as Data | null;
  const keys = new Set<string>();
  for (const field of mark.fields) {
    if (typeof data !== 'object' || data === null || !Object.hasOwn(data, field)) throw unreadable(row, `"${field}" is not there`);
    if (data[field] === ERASED) continue;
    const id = keyIdOf(data[field]);
    if (id === undefined || mark.subject === '') throw unreadable(row, `"${field}" is not encrypted`);
    keys.add(id);
  }
  return { row, mark, data: data as Data, whole, meta, keys: [...keys] };
}

function parse(row: Recorded, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw unreadable(row, 'its meta or data is no JSON');
  }
}

/** Code that did not know of the personal data has copied a ciphertext: that counts as erased, it is no text of a user. */
function unmarked(row: Recorded): Hidden | undefined {
  const personal = personalOf(messageType(row.type));
  if (!personal) return undefined;
  const data = parse(row, row.data) as Data;
  const fields = personal.fields.filter((field) => keyIdOf(data[field]) !== undefined);
  if (fields.length === 0) return undefined;
  for (const field of fields) data[field] = ERASED;
  return { row, mark: { subject: '', fields }, data, whole: false, meta: row.meta, keys: [] };
}

/** The row as the app sees it. @throws WaybillError `PERSONAL_UNREADABLE` */
export function opened({ row, mark, data, whole, meta }: Hidden, key: (id: string) => SubjectKey | undefined): Recorded {
  const shown: Data = { ...data };
  let erased = false;
  for (const field of mark.fields) {
    const held = key(keyIdOf(data[field]) ?? '');
    if (held) shown[field] = read(row, held, mark.subject, field, data[field] as string);
    else {
      shown[field] = ERASED;
      erased = true;
    }
  }
  return { ...row, data: canonical(whole ? shown[WHOLE] : shown), meta, ...(erased ? { erased } : {}) };
}

function read(row: Recorded, key: SubjectKey, subject: string, field: string, text: string): unknown {
  try {
    return unseal(key, { subject, type: messageType(row.type), field }, text);
  } catch {
    throw unreadable(row, `"${field}" does not decrypt: it was altered, or stems from another row`);
  }
}

function isMark(value: unknown): value is Mark {
  const { subject, fields } = (value ?? {}) as { subject?: unknown; fields?: unknown };
  const named = typeof subject === 'string' && subject.length <= 512 && Array.isArray(fields);
  return named && fields.length > 0 && fields.every((field) => typeof field === 'string' && field !== '__proto__');
}

function unreadable({ type, stream, version, position }: Recorded, why: string): WaybillError {
  return new WaybillError(
    'PERSONAL_UNREADABLE',
    `the personal data of ${type} cannot be read: ${why} (${stream} version ${version}, position ${position})`,
    'find out what has altered the log, and restore these rows',
  );
}
