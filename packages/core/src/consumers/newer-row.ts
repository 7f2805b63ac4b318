import { backoff, pause, retryTransient, type Runtime } from '../base/runtime';
import type { Ticket } from '../flow/delivery';
import type { Newer } from '../history/newer';
import type { Recorded } from '../store/port';

/** Milliseconds until the next look: at first, and at most. */
const FIRST_MS = 100;
const MOST_MS = 5_000;

/** The consumer that the rows are for. */
export interface Taker {
  /** Takes a row; `finish(ticket)` when its outcome is durable. Returns why only newer code can read it: then it was not taken. */
  take(row: Recorded, ticket: Ticket): Newer | void;
  /** At each look: the subscription waits at a row that only newer code can read; without one, it goes on. */
  held(newer?: Newer): void;
  /** The window is full: what waits gives way. */
  full(): void;
  /** Whether some of what it took waits for newer code. */
  readonly yielding: boolean;
}

/**
 * A row that only newer code can read holds up the whole consumer, since nobody here knows whose it is: until that code has passed it.
 * Other releases of a consumer share its checkpoint, which `saved` reads. False when `signal` aborts.
 */
export async function passed(
  runtime: Runtime,
  taker: Taker,
  newer: Newer,
  saved: () => Promise<number>,
  position: number,
  signal: AbortSignal,
): Promise<boolean> {
  for (let looks = 0; !signal.aborted; looks++) {
    taker.held(newer);
    await pause(runtime, backoff(runtime, looks, FIRST_MS, MOST_MS), signal);
    if (signal.aborted || (await retryTransient(runtime, () => signal.aborted, saved)) < position) continue;
    taker.held();
    return true;
  }
  return false;
}
