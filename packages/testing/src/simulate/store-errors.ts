import { WaybillError } from '@waybill/core';
import { UNKNOWN_OUTCOME } from '@waybill/core/store-kit';

export function busy(): WaybillError {
  return new WaybillError('STORE_BUSY', 'the simulated store refuses this call', 'try again');
}

export function unknownOutcome(): WaybillError {
  return new WaybillError(UNKNOWN_OUTCOME, 'the simulated store gives no answer', 'append the identical writes again');
}
