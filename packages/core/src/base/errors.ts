/**
 * Every error that Waybill raises. `message` reads `CODE: what is wrong (value, where). Fix: …`; `code` is stable
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

/** The code of an append of which nobody knows whether it was stored: the only failure that is answered by the identical append. */
export const UNKNOWN_OUTCOME = 'STORE_UNKNOWN_OUTCOME';

export function isUnknownOutcome(error: unknown): boolean {
  return codeOf(error) === UNKNOWN_OUTCOME;
}

/** Undefined for what is no WaybillError. Whatever was thrown: a revoked Proxy throws at whoever asks what it is. */
export function codeOf(error: unknown): string | undefined {
  try {
    return error instanceof WaybillError ? error.code : undefined;
  } catch {
    return undefined;
  }
}

/** Store failures that pass: nothing was stored (busy, unavailable), or nobody knows. Everything else stops the system. */
const PASSING: ReadonlySet<string> = new Set([UNKNOWN_OUTCOME, 'STORE_BUSY', 'STORE_UNAVAILABLE']);
export function isPassing(error: unknown): boolean {
  const code = codeOf(error);
  return code !== undefined && PASSING.has(code);
}

const MAX_DESCRIBED = 10_000;
const MAX_SHOWN = 80;

/** A text for people from whatever was thrown, bounded. */
export function describe(error: unknown): string {
  try {
    return cut(String(error instanceof Error ? error.message : error), MAX_DESCRIBED);
  } catch {
    return 'something was thrown that has no text';
  }
}

/** `value` for an error message: quoted, bounded, on one line; of a function or a class its name. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(cut(value, MAX_SHOWN));
  if (typeof value === 'function') return nameOf(value);
  return typeof value === 'object' && value !== null ? 'an object' : cut(String(value), MAX_SHOWN);
}

function nameOf(value: object): string {
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
