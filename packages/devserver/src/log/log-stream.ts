import type { Recorded } from '@waybill/core/store-kit';
import { accessDenied } from '../wire/status';
import { asUuid } from '../wire/uuid';
import type { Expectation, Outcome } from './outcome';

/** A stream that no store holds: its one event holds the log's id, so that the same file is the same log, served or not. */
export const LOG_STREAM = 'waybill:log';

export function logEvent(store: { readonly id: string }): Recorded {
  return {
    id: asUuid(store.id),
    type: LOG_STREAM,
    data: JSON.stringify({ id: store.id }),
    meta: '{}',
    time: 0,
    stream: LOG_STREAM,
    version: 0,
    position: 0,
  };
}

/** @throws CallError PERMISSION_DENIED */
export async function refusedLogStream(expected: Expectation): Promise<Outcome> {
  if (expected === 'none') return { kind: 'wrong', actual: 0 };
  throw accessDenied(`${LOG_STREAM} holds the id of the log and cannot be changed`);
}
