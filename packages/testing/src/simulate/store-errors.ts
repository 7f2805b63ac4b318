import { UNKNOWN_OUTCOME, WaybillError } from '@waybill/core';

export function busy(): WaybillError {
  return new WaybillError('STORE_BUSY', 'the simulated store refuses this call', 'try again');
}

export function unknownOutcome(): WaybillError {
  return new WaybillError(UNKNOWN_OUTCOME, 'the simulated store gives no answer', 'append the identical writes again');
}
