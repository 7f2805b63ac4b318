/**
 * Every error that Waybill throws. `message` reads `CODE: what is wrong (value, where). Fix: …`; `code` is stable
 * and safe to branch on. No message ever holds a payload or a secret.
 */
export class WaybillError extends Error {
  override readonly name = 'WaybillError';

  constructor(
    readonly code: string,
    what: string,
    fix: string,
    options?: { cause?: unknown },
  ) {
    super(`${code}: ${what}. Fix: ${fix}.`, options);
  }
}

/** The code of an append that may or may not have been stored: the only failure after which the identical append is repeated. */
export const UNKNOWN_OUTCOME = 'STORE_UNKNOWN_OUTCOME';

export function isUnknownOutcome(error: unknown): boolean {
  return codeOf(error) === UNKNOWN_OUTCOME;
}

/** Undefined for anything but a WaybillError. Any value may have been thrown: a revoked Proxy throws even at `instanceof`. */
export function codeOf(error: unknown): string | undefined {
  try {
    return error instanceof WaybillError ? error.code : undefined;
  } catch {
    return undefined;
  }
}

/** Transient failures of a store: nothing was stored (busy, unavailable), or it is unknown. Any other failure stops the system. */
const TRANSIENT: ReadonlySet<string> = new Set([UNKNOWN_OUTCOME, 'STORE_BUSY', 'STORE_UNAVAILABLE']);
export function isTransient(error: unknown): boolean {
  const code = codeOf(error);
  return code !== undefined && TRANSIENT.has(code);
}

const MAX_DESCRIBED = 10_000;
const MAX_SHOWN = 80;

/** The text of whatever was thrown, cut to a bounded length. */
export function describe(error: unknown): string {
  try {
    return cut(String(error instanceof Error ? error.message : error), MAX_DESCRIBED);
  } catch {
    return 'a value without a text was thrown';
  }
}

/** `value` for an error message: quoted, of bounded length, on one line; a function or a class by its name. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(cut(value, MAX_SHOWN));
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value !== 'function') return cut(String(value), MAX_SHOWN);
  try {
    const { name } = value as { readonly name?: unknown };
    return typeof name === 'string' && name !== '' ? cut(name, MAX_SHOWN) : 'a function';
  } catch {
    return 'a function';
  }
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}
