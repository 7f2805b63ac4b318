import { randomUUID } from 'node:crypto';
import type { Expected, NewEvent } from '@waybill/core/store-kit';

export type Expectation = Expected | 'any' | 'exists';

export type Outcome =
  | { readonly kind: 'ok'; readonly version: Expected; readonly position: number | undefined }
  | { readonly kind: 'wrong'; readonly actual: Expected }
  | { readonly kind: 'deleted' }
  /** The same events are being stored at this moment: what becomes of them is not known here. */
  | { readonly kind: 'late' };

/** An event of the server's own. */
export function newEvent(type: string, data: string, meta = '{}'): NewEvent {
  return { id: randomUUID(), type, data, meta, time: Date.now() };
}
