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
  return error instanceof WaybillError && error.code === UNKNOWN_OUTCOME;
}

/** Store failures that pass: nothing was stored (busy, unavailable), or nobody knows. Everything else stops the system. */
const PASSING: ReadonlySet<string> = new Set([UNKNOWN_OUTCOME, 'STORE_BUSY', 'STORE_UNAVAILABLE']);
export function isPassing(error: unknown): boolean {
  return error instanceof WaybillError && PASSING.has(error.code);
}

/** One line for people from whatever was thrown. */
export function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** `value` for an error message: quoted, bounded, on one line. */
export function show(value: unknown): string {
  if (typeof value !== 'string') return typeof value === 'object' && value !== null ? 'an object' : String(value);
  const text = JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
  return text;
}
