import { WaybillError } from '@waybill/core';
import { UNKNOWN_OUTCOME } from '@waybill/core/store-kit';

export function busy(): WaybillError {
  return new WaybillError('STORE_BUSY', 'the simulated store refuses this call', 'try again');
}

/** To all that were connected when the log went back to a backup, as a store must. */
export function wentBack(): WaybillError {
  return new WaybillError('CHECKPOINT_AHEAD', 'the log went back to an older copy of it', 'start the app again');
}

export function unknownOutcome(): WaybillError {
  return new WaybillError(UNKNOWN_OUTCOME, 'the simulated store gives no answer', 'append the identical writes again');
}
