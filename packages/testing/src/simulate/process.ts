import type { Clock } from './clock';
import type { Owner } from './scheduler';

/** A run of a worker as its store and its clock see it. */
export interface Process extends Owner {
  /** Of all runs, so that no two make the same id. */
  readonly number: number;
  readonly dead: boolean;
  /** Whether it runs the previous version's classes. */
  readonly isOld: boolean;
  /** Its clock. */
  readonly clock: Clock;
  /** Cancels of its open timers. */
  readonly timers: Set<() => void>;
  /** Called when it ends: what still waits for it is forgotten. */
  readonly sleepers: Set<() => void>;
}
