import type { Recorded, Store } from '@waybill/core';
import { asUuid } from '../wire/uuid';

/** A stream that no store holds: its one event holds the log's id, so that the same file is the same log, served or not. */
export const LOG_STREAM = 'waybill:log';

export function logEvent(store: Store): Recorded {
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
