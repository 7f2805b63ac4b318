import { MAX_BYTES, canonical, fieldsOf, type Difference } from '../base/canonical-json';
import { WaybillError, show } from '../base/errors';

/** The value of a personal field once its person has been forgotten. Any string equal to it counts as erased. */
export const ERASED = '[erased]';

export function isErased(value: unknown): boolean {
  return value === ERASED;
}

/** Subjects with this prefix are reserved: the key table keeps its own marks under them. */
export const OWN_SUBJECTS = 'waybill:';

/** Which fields of a message are personal, and whose they are: all that a store needs to encrypt them. */
export interface Personal {
  readonly fields: readonly string[];
  /** @throws WaybillError `PERSONAL_SUBJECT_MISSING` */
  subjectOf(data: Readonly<Record<string, unknown>>): string;
}

/** By message name and former names, for the whole process: a row holds its message's name, not its class. */
const declared = new Map<string, Personal>();

export function personalOf(messageType: string): Personal | undefined {
  return declared.get(messageType);
}

export function anyPersonal(): boolean {
  return declared.size > 0;
}

const MAX_FIELDS = 16;

/** Undefined for a message without personal data. @throws WaybillError `PERSONAL_FIELD_UNKNOWN`, `PERSONAL_SUBJECT_MISSING` */
export function declarePersonal(
  name: string,
  fields: unknown,
  subject: ((data: Readonly<Record<string, unknown>>) => unknown) | undefined,
  aliases: readonly string[] = [],
): Personal | undefined {
  if (fields === undefined && subject === undefined) return undefined;
  if (!Array.isArray(fields) || fields.length > MAX_FIELDS || new Set(fields).size < fields.length) {
    const fix = `list at most ${MAX_FIELDS} names of fields, each once; [] if none is personal any more`;
    throw new WaybillError('PERSONAL_FIELD_UNKNOWN', `personal of ${name} is not a list of its fields`, fix);
  }
  for (const field of fields as unknown[]) {
    if (typeof field === 'string' && field !== '' && field.length <= 64 && !['type', '__proto__', 'constructor'].includes(field)) continue;
    throw new WaybillError('PERSONAL_FIELD_UNKNOWN', `${name} cannot have a personal field ${show(field)}`, 'name fields of its data');
  }
  if (typeof subject !== 'function') {
    throw new WaybillError('PERSONAL_SUBJECT_MISSING', `${name} has personal fields but no subject`, 'add subject: (e) => e.customerId');
  }
  const hidden = new Set<string>(fields as string[]);
  const personal: Personal = {
    fields: Object.freeze([...hidden]),
    subjectOf(data) {
      const rest = Object.fromEntries(Object.entries(data).filter(([field]) => !hidden.has(field)));
      let found: unknown;
      try {
        found = subject(rest);
      } catch {
        // A subject that cannot be computed counts as missing; the error is dropped, since it may quote the data.
      }
      return checkSubject(name, found);
    },
  };
  for (const one of [name, ...aliases]) declared.set(one, merged(declared.get(one), personal));
  return personal;
}

/** With two classes of one name in a process, a field is personal if either says so. */
function merged(before: Personal | undefined, own: Personal): Personal {
  if (!before || before.fields.every((field) => own.fields.includes(field))) return own;
  return {
    fields: [...new Set([...before.fields, ...own.fields])],
    subjectOf(data) {
      try {
        return own.subjectOf(data);
      } catch {
        return before.subjectOf(data);
      }
    },
  };
}

/** The subject is computed without the personal fields, so that it can be computed once they are erased. */
function checkSubject(name: string, subject: unknown): string {
  const usable =
    typeof subject === 'string' &&
    subject !== '' &&
    !subject.startsWith(OWN_SUBJECTS) &&
    !subject.includes('\0') &&
    (subject as string & { isWellFormed(): boolean }).isWellFormed() &&
    new TextEncoder().encode(subject).length <= 512;
  if (usable) return subject;
  throw new WaybillError(
    'PERSONAL_SUBJECT_MISSING',
    `the subject of ${name} is ${typeof subject === 'string' ? 'not a usable name' : show(subject)}`,
    `return 1 to 512 bytes of a field that is not personal; names that begin with "${OWN_SUBJECTS}" are reserved`,
  );
}

/** Bytes of a row besides its data: names of the fields and of the subject. */
const ROW_OVERHEAD = 10_240;
/** Bytes that each encrypted field adds: key, nonce and tag. */
const FIELD_OVERHEAD = 128;

/**
 * What a new message needs besides a valid content: a subject, and room for what encryption adds, so that its row fits.
 * @throws WaybillError `PERSONAL_SUBJECT_MISSING`, `CONTENT_…`
 */
export function checkPersonal(name: string, personal: Personal, data: Readonly<Record<string, unknown>>): void {
  const hidden = personal.fields.map((field) => data[field]).filter((value) => value !== undefined && value !== ERASED);
  if (hidden.length === 0) return;
  personal.subjectOf(data);
  const whole = canonical({ ...data });
  // A character is at most three bytes, and base64 adds a third.
  if (whole.length * 4 + ROW_OVERHEAD + MAX_FIELDS * FIELD_OVERHEAD <= MAX_BYTES) return;
  const bytes = (text: string): number => new TextEncoder().encode(text).length;
  const encrypted = hidden.reduce<number>(
    (sum, value) => sum + Math.ceil(bytes(canonical(value)) / 3) + FIELD_OVERHEAD,
    bytes(whole) + ROW_OVERHEAD,
  );
  if (encrypted <= MAX_BYTES) return;
  throw new WaybillError(
    'CONTENT_TOO_LARGE',
    `${name} is larger than ${MAX_BYTES} bytes once its personal fields are encrypted`,
    'keep large data elsewhere and store a reference to it',
  );
}

/** What is shown of a schema's issue: a validator may quote the value, which must not be shown if the field is personal. */
export function shownIssue(personal: Personal | undefined, field: unknown, message: string): string {
  return !personal || (field !== undefined && !personal.fields.includes(String(field))) ? message : '*** (personal)';
}

/** The content of a message for people other than its subject: personal fields are shown as ***. */
export function maskContent(messageType: string, data: string): string {
  const personal = personalOf(messageType);
  if (!personal) return data;
  const parsed = fieldsOf(data);
  if (!parsed) return JSON.stringify('*** (personal)');
  const hidden = personal.fields.filter((field) => Object.hasOwn(parsed, field));
  return canonical({ ...parsed, ...Object.fromEntries(hidden.map((field) => [field, '***'])) });
}

/** A diff for people: it shows that a personal field differs, not its values. */
export function maskPersonal(personal: Personal | undefined, diff: readonly Difference[]): readonly Difference[] {
  if (!personal) return diff;
  const mask = (text: string | undefined): string | undefined => text && '***';
  return diff.map((d) => (personal.fields.includes(d.field) ? { ...d, first: mask(d.first), second: mask(d.second) } : d));
}
