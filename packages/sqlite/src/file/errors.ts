import { UNKNOWN_OUTCOME, WaybillError } from '@waybill/core';
import type { Failure } from './failure';

export function errorOf({ code, what, fix }: Failure, cause?: unknown): WaybillError {
  return new WaybillError(code, what, fix, cause === undefined ? undefined : { cause });
}

/** For the calls of a commit that may or may not have been stored. */
export function unknownOutcome(failure: Failure): WaybillError {
  const what = `it is unknown whether this call was stored, because of ${failure.code}: ${failure.what}`;
  return new WaybillError(UNKNOWN_OUTCOME, what, `${failure.fix}, open the store again and repeat the identical call`);
}

/** For every call after the failure that put the store out of service. */
export function outOfService(first: Failure): WaybillError {
  return new WaybillError(
    'STORE_FAILED',
    `the store is out of service because of ${first.code}: ${first.what}`,
    `${first.fix}, then open it again`,
  );
}
