import { describe } from '../base/errors';
import type { Delivery } from '../flow/delivery';

/** A message whose method threw and will run again. */
export interface Retrying {
  readonly consumer: string;
  readonly stream: string;
  /** Where it is parked, if it was set aside since too much waits: `retry` and `skip` ask for both. Else it waits in memory. */
  readonly version?: number | undefined;
  readonly type: string;
  readonly id: string;
  readonly position: number;
  readonly attempts: number;
  /** Milliseconds since 1970. */
  readonly nextTry: number;
  readonly reason: string;
}
/** As a consumer knows it. */
export type Waiting = Omit<Retrying, 'consumer'>;

export function waitingOf({ stream, type, cause, attempts, nextTry = 0, error }: Delivery): Waiting {
  return { stream, type, id: cause.id, position: cause.position, attempts, nextTry, reason: describe(error) };
}
