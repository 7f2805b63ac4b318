import { canonical, ERASED, WaybillError } from '@waybill/core';
import type { Recorded } from '@waybill/core';
import { personalOf } from '@waybill/core/internal';
import { CIPHER_PREFIX, keyIdOf, unseal } from './cipher';
import type { SubjectKey } from './cipher';
import { json, markOf, messageType, WHOLE } from './row';
import type { Data, Mark } from './row';

/** A row of the log that holds encrypted or erased fields. */
interface Hidden {
  readonly row: Recorded;
  readonly mark: Mark;
  readonly data: Data;
  readonly whole: boolean;
  /** Meta without the mark. */
  readonly meta: string;
  /** The ids of the keys that it was encrypted with. */
  readonly keys: readonly string[];
}

/** Undefined for a row without encrypted or erased fields. @throws WaybillError `PERSONAL_UNREADABLE` */
export function hiddenOf(row: Recorded): Hidden | undefined {
  const marked = markOf(row.meta);
  if (!marked) return row.data.includes(CIPHER_PREFIX) ? unmarked(row) : undefined;
  if (marked === 'broken') throw unreadable(row, 'its meta does not say which fields are encrypted');
  const { mark, meta } = marked;
  const parsed = json(row.data);
  const whole = typeof parsed === 'string';
  const data = (whole ? { [WHOLE]: parsed } : parsed) as Data | null;
  const keys = new Set<string>();
  for (const field of mark.fields) {
    if (typeof data !== 'object' || data === null || !Object.hasOwn(data, field)) throw unreadable(row, `"${field}" is missing`);
    if (data[field] === ERASED) continue;
    const id = keyIdOf(data[field]);
    if (id === undefined || mark.subject === '') throw unreadable(row, `"${field}" is not encrypted`);
    keys.add(id);
  }
  return { row, mark, data: data as Data, whole, meta, keys: [...keys] };
}

/** Code that does not know the declaration has copied a ciphertext: it counts as erased, since it is not a user's text. */
function unmarked(row: Recorded): Hidden | undefined {
  const personal = personalOf(messageType(row));
  const data = json(row.data) as Data | null | undefined;
  if (!personal || typeof data !== 'object' || data === null) return undefined;
  const fields = personal.fields.filter((field) => keyIdOf(data[field]) !== undefined);
  if (fields.length === 0) return undefined;
  for (const field of fields) data[field] = ERASED;
  return { row, mark: { subject: '', fields }, data, whole: false, meta: row.meta, keys: [] };
}

/** The row as the app sees it. @throws WaybillError `PERSONAL_UNREADABLE` */
export function opened({ row, mark, data, whole, meta }: Hidden, key: (id: string) => SubjectKey | 'erased' | undefined): Recorded {
  const shown: Data = { ...data };
  let erased = false;
  for (const field of mark.fields) {
    const id = keyIdOf(data[field]);
    const held = id === undefined ? 'erased' : key(id);
    if (held === undefined) throw unreadable(row, `the key of "${field}" is not among these keys, which have not deleted it either`, KEYS);
    if (held !== 'erased') shown[field] = read(row, held, mark.subject, field, data[field] as string);
    else {
      shown[field] = ERASED;
      erased = true;
    }
  }
  return { ...row, data: canonical(whole ? shown[WHOLE] : shown), meta, ...(erased ? { erased } : {}) };
}

function read(row: Recorded, key: SubjectKey, subject: string, field: string, text: string): unknown {
  try {
    return unseal(key, { subject, type: messageType(row), field }, text);
  } catch {
    throw unreadable(row, `"${field}" does not decrypt: it was altered, or comes from another row`);
  }
}

const KEYS = 'pass the keys that these rows were written with, or restore their backup: nobody was forgotten here';

function unreadable(
  { type, stream, version, position }: Recorded,
  why: string,
  fix = 'find out what altered the log, and restore these rows',
): WaybillError {
  return new WaybillError(
    'PERSONAL_UNREADABLE',
    `the personal data of ${type} cannot be read: ${why} (${stream} version ${version}, position ${position})`,
    fix,
  );
}
