import { isObject } from './checks';
import { WaybillError, codeOf } from './errors';

/** The deepest nesting of a message. */
export const MAX_DEPTH = 64;
/** The largest content of one message, in bytes: what a store accepts as one row, 1 MiB, less room for the row's meta. */
export const MAX_BYTES = 1_048_576 - 16_384;
const REFUSED_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor']);

/**
 * I3: the canonical text of a JSON value: keys sorted, `undefined` left out. Two messages have the same content if and only
 * if their texts are equal, and this text is what the log keeps.
 * @throws WaybillError `CONTENT_NOT_JSON`, `CONTENT_TOO_DEEP`, `CONTENT_FORBIDDEN_KEY`, `CONTENT_TOO_LARGE`, with the path of the value.
 */
export function canonical(value: unknown): string {
  try {
    const text = write(value, 0, undefined);
    if (text.length > MAX_BYTES / 3 && new TextEncoder().encode(text).length > MAX_BYTES) {
      throw new WaybillError(
        'CONTENT_TOO_LARGE',
        `the content is larger than ${MAX_BYTES} bytes`,
        'keep large data elsewhere and store a reference to it',
      );
    }
    return text;
  } catch (error) {
    if (codeOf(error) === 'CONTENT_TOO_LARGE') throw error;
    return refuse(value);
  }
}

/** @throws WaybillError with the path of what cannot be written */
function refuse(value: unknown): string {
  const path: string[] = [];
  try {
    return write(value, 0, path);
  } catch (error) {
    if (codeOf(error) !== undefined) throw error;
    // The text of that error is left out: it may quote the data.
    throw notJson(path, 'something that throws when it is read', 'store plain data: no getter that throws, no revoked Proxy');
  }
}

/** `path` is kept only in the second pass, which runs for a value that has failed and names the place. */
function write(value: unknown, depth: number, path: string[] | undefined): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'number':
      if (!Number.isFinite(value)) throw notJson(path, String(value), 'use a finite number or null');
      return value === 0 ? '0' : String(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      if (depth >= MAX_DEPTH) {
        throw new WaybillError(
          'CONTENT_TOO_DEEP',
          `nested deeper than ${MAX_DEPTH} (${at(path)})`,
          'flatten the data; cycles cannot be stored',
        );
      }
      return Array.isArray(value) ? list(value, depth, path) : record(value as Record<string, unknown>, depth, path);
    default:
      throw notJson(path, `a ${typeof value}`, 'use a string, a finite number, a boolean, null, a list or a plain object');
  }
}

function list(values: readonly unknown[], depth: number, path: string[] | undefined): string {
  let text = '[';
  for (let i = 0; i < values.length; i++) {
    path?.push(String(i));
    text += (i > 0 ? ',' : '') + (values[i] === undefined ? 'null' : write(values[i], depth + 1, path));
    path?.pop();
  }
  return `${text}]`;
}

/** Only the top may be a class instance: a message. */
function record(value: Record<string, unknown>, depth: number, path: string[] | undefined): string {
  if (!isPlain(value) && (depth > 0 || !('~kind' in value))) {
    throw notJson(path, `a ${value.constructor?.name ?? 'class instance'}`, 'store its plain data: a class does not survive the log');
  }
  const keys = Object.keys(value);
  if (!isSorted(keys)) keys.sort();
  let text = '{';
  for (const key of keys) {
    path?.push(key);
    const field = value[key];
    if (REFUSED_KEYS.has(key)) {
      throw new WaybillError('CONTENT_FORBIDDEN_KEY', `the key "${key}" is not accepted (${at(path)})`, 'rename the key');
    }
    if (field !== undefined) text += (text.length > 1 ? ',' : '') + quoteKey(key) + write(field, depth + 1, path);
    path?.pop();
  }
  return `${text}}`;
}

/** The prototype of a plain object is `null` or `Object.prototype`, of this realm or another. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
}

function isSorted(keys: readonly string[]): boolean {
  for (let i = 1; i < keys.length; i++) if ((keys[i - 1] as string) > (keys[i] as string)) return false;
  return true;
}

const quoted = new Map<string, string>();
/** Field names repeat from message to message: up to 1,000 of them are quoted once. */
function quoteKey(key: string): string {
  let text = quoted.get(key);
  if (text === undefined) {
    text = `${JSON.stringify(key)}:`;
    if (quoted.size < 1_000) quoted.set(key, text);
  }
  return text;
}

function at(path: string[] | undefined): string {
  return path?.length ? `at ${path.join('.').slice(0, 80)}` : 'at the top';
}

function notJson(path: string[] | undefined, what: string, fix: string): WaybillError {
  return new WaybillError(
    'CONTENT_NOT_JSON',
    `${path?.length ? path.join('.').slice(0, 80) : 'the value'} is ${what}, which JSON cannot hold`,
    fix,
  );
}

/** Whether it holds nothing that could be shared or that JSON would change: then a shallow copy is a full copy. */
export function isFlat(value: object): boolean {
  for (const field of Object.values(value)) if ((typeof field === 'object' && field !== null) || Object.is(field, -0)) return false;
  return true;
}

/** The fields of a JSON object in which each of `counts` is a whole number from 0; undefined for any other text. */
export function fieldsOf(text: string, counts: readonly string[] = NONE): object | undefined {
  let fields: unknown;
  try {
    fields = JSON.parse(text);
  } catch {
    return undefined;
  }
  const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
  return isObject(fields) && counts.every((name) => isCount((fields as Readonly<Record<string, unknown>>)[name])) ? fields : undefined;
}
const NONE: readonly string[] = [];

export interface Difference {
  readonly field: string;
  /** Canonical texts, at most 200 characters; undefined where the field is absent. */
  readonly first: string | undefined;
  readonly second: string | undefined;
}

/** The fields in which two canonical texts differ. */
export function difference(first: string, second: string): Difference[] {
  const fieldsIn = (text: string) => JSON.parse(text) as Record<string, unknown>;
  const [a, b] = [fieldsIn(first), fieldsIn(second)];
  const shown = (value: unknown): string | undefined => (value === undefined ? undefined : canonical(value).slice(0, 200));
  return [...new Set([...Object.keys(a), ...Object.keys(b)])]
    .sort()
    .map((field) => ({ field, first: shown(a[field]), second: shown(b[field]) }))
    .filter((d) => d.first !== d.second);
}
