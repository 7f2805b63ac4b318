import { UNKNOWN_OUTCOME, WaybillError } from '@waybill/core/store-kit';
import type { Expected } from '@waybill/core/store-kit';

/** What an error says about the call. Derived from codes and trailers only: errors of a server that is down have no types. */
export type Failure =
  | { readonly kind: 'unknown'; readonly what: string; readonly unreachable: boolean; readonly unsent: boolean }
  | { readonly kind: 'not-leader'; readonly what: string }
  | { readonly kind: 'wrong-version'; readonly actual: Expected }
  | { readonly kind: 'not-found' }
  | { readonly kind: 'refused'; readonly error: WaybillError };

/** gRPC codes after which nothing of the call was done. Every other code leaves that open. */
const REFUSED: ReadonlyMap<number, readonly [code: string, what: string, fix: string]> = new Map([
  [3, ['STORE_REFUSED', 'the server refused the call', 'see what it says']],
  [
    7,
    [
      'STORE_ACCESS_DENIED',
      'the server denied access',
      'connect as a user that may read $all, and read and write the streams and their metadata',
    ],
  ],
  [12, ['STORE_UNSUPPORTED', 'the server does not know this call', 'use EventStoreDB 22.6 or newer, or KurrentDB; batch needs 21.10']],
  [16, ['STORE_ACCESS_DENIED', 'the server denied access', 'give user and password in the connection string; they are sent over TLS only']],
]);

interface CallError {
  readonly code?: unknown;
  readonly details?: unknown;
  readonly message?: unknown;
  readonly metadata?: { get(name: string): readonly unknown[] };
}

/** How gRPC says that there was no connection on which the call could have been sent. */
const UNSENT = /No connection established|Name resolution failed/;

export function failureOf(error: unknown): Failure {
  if (error instanceof WaybillError) return { kind: 'refused', error };
  const call = error as CallError;
  const code = typeof call.code === 'number' ? call.code : undefined;
  const what = `${code === undefined ? 'no status' : `status ${code}`}: ${line(call.details ?? call.message)}`;
  const exception = trailer(call, 'exception');
  if (exception === 'not-leader') return { kind: 'not-leader', what };
  if (exception === 'wrong-expected-version') return { kind: 'wrong-version', actual: versionOf(trailer(call, 'actual-version')) };
  if (exception === 'stream-not-found') return { kind: 'not-found' };
  if (exception === 'stream-deleted')
    return refused('STORE_STREAM_DELETED', `a tombstone has closed the stream for good (${what})`, 'use another stream');
  if (exception === 'maximum-append-size-exceeded') {
    return refused(
      'WRITE_TOO_LARGE',
      `the server does not accept a write of this size (${what})`,
      'raise its MaxAppendSize to 1 MiB, or split the write',
    );
  }
  if (exception === 'access-denied') return refused(...REFUSED.get(7)!, what);
  const rule = code === undefined ? undefined : REFUSED.get(code);
  if (rule) return refused(...rule, what);
  return { kind: 'unknown', what, unreachable: code === 14 || code === undefined, unsent: code === 14 && UNSENT.test(what) };
}

/** -1 and '' mean that the stream does not exist. */
function versionOf(text: string | undefined): Expected {
  const version = text === undefined || text === '' ? -1 : Number(text);
  return version < 0 ? 'none' : version;
}

export function unknownOutcome(what: string): WaybillError {
  return new WaybillError(
    UNKNOWN_OUTCOME,
    `it is unknown whether all of this call was stored (${what})`,
    'append the identical writes again',
  );
}

/** Nothing was stored. */
function unavailable(place: string, what: string): WaybillError {
  const fix =
    'start the server or correct the connection string (tls=false for a server without TLS, tlsCAFile for a certificate of your own)';
  return new WaybillError('STORE_UNAVAILABLE', `${place} does not answer (${what})`, fix);
}

/** The error for a caller of whom nothing was stored. */
export function asError(failure: Failure, place: string): WaybillError {
  if (failure.kind === 'refused') return failure.error;
  return unavailable(place, 'what' in failure ? failure.what : failure.kind);
}

function refused(code: string, what: string, fix: string, more?: string): Failure {
  return { kind: 'refused', error: new WaybillError(code, more === undefined ? what : `${what} (${more})`, fix) };
}

function trailer({ metadata }: CallError, name: string): string | undefined {
  const [value] = typeof metadata?.get === 'function' ? metadata.get(name) : [];
  return value === undefined ? undefined : String(value);
}

/** Text from elsewhere, shortened to one line. */
function line(text: unknown): string {
  const one = String(text ?? '').replace(/\s+/g, ' ');
  return one.length > 300 ? `${one.slice(0, 300)}…` : one;
}
