import { Metadata, status } from '@grpc/grpc-js';
import type { StatusObject } from '@grpc/grpc-js';
import { describe, WaybillError } from '@waybill/core/store-kit';

/** A status that ends a call, with the trailers that clients tell errors apart by. */
export class CallError extends Error implements Omit<StatusObject, 'metadata'> {
  readonly metadata = new Metadata();

  constructor(
    readonly code: status,
    readonly details: string,
    trailers: Readonly<Record<string, string | number>> = {},
  ) {
    super(details);
    for (const [name, value] of Object.entries(trailers)) this.metadata.set(name, printable(String(value)));
  }
}

export function invalid(what: string): CallError {
  return new CallError(status.INVALID_ARGUMENT, what);
}

/** What the real server only fails at: it says UNKNOWN in calls of their own, and INVALID_ARGUMENT of one append of a batch. */
export class BadContent extends CallError {
  constructor(what: string) {
    super(status.UNKNOWN, `Exception was thrown by handler. ${what}`);
  }
}

export function noSuchPosition(position: number): CallError {
  return new CallError(status.UNKNOWN, `Exception was thrown by handler. There is no record at position ${position}.`);
}

/** The same append is under way, and has not ended in time. */
export function commitTimeout(): CallError {
  return new CallError(status.ABORTED, 'Operation timed out: Commit phase timeout.');
}

export function tooSlow(): CallError {
  return new CallError(status.ABORTED, 'Consumer too slow to handle event while live. Client resubscription required.');
}

export function accessDenied(why: string): CallError {
  return new CallError(status.PERMISSION_DENIED, `Access Denied: ${why}`, { exception: 'access-denied' });
}

export function streamDeleted(stream: string): CallError {
  return new CallError(status.FAILED_PRECONDITION, `Event stream '${stream}' is deleted.`, {
    exception: 'stream-deleted',
    'stream-name': stream,
  });
}

/** As Delete and Tombstone report it. -1: no stream, -2: any, -4: the stream exists. */
export function wrongExpectedVersion(operation: string, stream: string, expected: number, actual: number): CallError {
  const what = `${operation} failed due to WrongExpectedVersion. Stream: ${stream}, Expected version: ${expected}, Actual version: ${actual}`;
  return new CallError(status.FAILED_PRECONDITION, what, {
    exception: 'wrong-expected-version',
    'stream-name': stream,
    'expected-version': expected,
    'actual-version': actual < 0 ? '' : actual,
  });
}

export function maxAppendSizeExceeded(limit: number): CallError {
  return new CallError(status.INVALID_ARGUMENT, `Maximum Append Size of ${limit} Exceeded.`, {
    exception: 'maximum-append-size-exceeded',
    'maximum-append-size': limit,
  });
}

export function metadataMissing(property: string): CallError {
  return new CallError(status.INVALID_ARGUMENT, `Required Metadata Property '${property}' is missing`, {
    exception: 'missing-required-metadata-property',
    'required-metadata-properties': 'type,content-type',
  });
}

export function notLeader(host: string, port: number): CallError {
  return new CallError(status.NOT_FOUND, 'Leader info available', {
    exception: 'not-leader',
    'leader-endpoint-host': host,
    'leader-endpoint-port': port,
  });
}

/** The error that ends the call when `error` was thrown: a failure of the store never ends the server. */
export function callError(error: unknown): CallError {
  if (error instanceof CallError) return error;
  if (!(error instanceof WaybillError)) return new CallError(status.UNKNOWN, `the dev server failed: ${describe(error)}`);
  if (error.code === 'STORE_UNKNOWN_OUTCOME') return new CallError(status.DEADLINE_EXCEEDED, error.message);
  if (error.code.startsWith('WRITE_')) return invalid(error.message);
  return new CallError(error.code.startsWith('STORE_') ? status.UNAVAILABLE : status.INTERNAL, error.message);
}

/** Trailers hold printable ASCII only. */
function printable(value: string): string {
  return value.replace(/[^ -~]+/gu, (part) => encodeURIComponent(part));
}
