import type { Limits, Message, OutcomeKind, UseClass } from '@waybill/core';
import type { Invariant } from '../oracle/observed';
import type { Tape } from './tape';

/** How often each fault strikes, from 0 (never) to 1; see `DEFAULT_FAULTS`. */
export interface Faults {
  /** Of a worker, at each of its steps: killed, paused past its turn, stopped and started again; all of them without power. */
  readonly crash: number;
  readonly pause: number;
  readonly restart: number;
  readonly power: number;
  /** Of the clock of a worker: a second, a minute or four ahead, or a second behind. */
  readonly skew: number;
  /** Of a call of the store: refused; timed out and not stored; timed out and stored later; stored, the answer lost; overtaken by a third writer; slow. */
  readonly busy: number;
  readonly timeout: number;
  readonly late: number;
  readonly lostAnswer: number;
  readonly race: number;
  readonly slow: number;
  /** Of a method, or of a call to the outside: it throws. */
  readonly throws: number;
  /** Of a checkpoint: a save is lost, or the start finds it at 0. */
  readonly forget: number;
  /** Of a parked message: an operator retries it, or its whole line; of such an operator: skips it, so that it never has its effect (default 0). */
  readonly operate: number;
  readonly skip: number;
  /** Of a message: written again with the same id; again under a new id; out of order; after a while. */
  readonly copy: number;
  readonly retry: number;
  readonly reorder: number;
  readonly delay: number;
}

export const DEFAULT_FAULTS: Faults = {
  ...{ crash: 0.01, pause: 0.01, restart: 0.003, power: 0.002, skew: 0.3 },
  ...{ busy: 0.03, timeout: 0.02, late: 0.02, lostAnswer: 0.05, race: 0.05, slow: 0.05 },
  ...{ throws: 0.02, operate: 0.5, skip: 0, forget: 0.1, copy: 0.15, retry: 0.15, reorder: 0.5, delay: 0.1 },
};
const NAMES = Object.keys(DEFAULT_FAULTS) as readonly (keyof Faults)[];
export const NO_FAULTS = Object.fromEntries(NAMES.map((name) => [name, 0])) as unknown as Faults;

/** What an exhaustive run tries every value of; all else stays at its simplest. */
export type Every = 'schedule' | 'order' | 'copies' | 'crash';

export interface Simulation {
  /** Decorated classes, as for `App.start`. */
  readonly use: readonly UseClass[];
  /** The classes of yesterday: workers begin with them, and may go to `use` and back at each start until all faults are healed. */
  readonly before?: readonly UseClass[];
  /** Events that producers write into the log and commands that callers send; in which order and how often, the simulator says. */
  readonly messages: readonly Message[];
  /** Workers at the most; each runs all classes. Default 2. */
  readonly workers?: number;
  /** How many schedules, seeds 1 to n; or the first and the last seed. Default 1,000. */
  readonly seeds?: number | readonly [first: number, last: number];
  /** `swarm` (default) draws for each seed which faults are on and how often they strike; `random` takes them as they are. */
  readonly mode?: 'swarm' | 'random' | { readonly every: readonly Every[]; /** Crashes of one schedule. */ readonly crashes?: number };
  /** Over the defaults; 'none' for a world without faults. */
  readonly faults?: Partial<Faults> | 'none';
  /** What must hold of the log, after each append and at rest. The invariants of the house are always checked. */
  readonly invariant?: Invariant | readonly Invariant[];
  /** The invariants hold of any part of the messages: a failure of one may be shown without those that it does not need. */
  readonly anyPart?: boolean;
  /** Fixes limits of the workers, which are drawn otherwise. */
  readonly limits?: Partial<Limits>;
  /** Milliseconds of virtual time for which deadlines are waited for once all faults are healed. Default 10 minutes; a day takes 1,440 steps of each worker. */
  readonly horizon?: number;
  /** Builds an instance, for classes that are injected something; called at each start of a worker. Default: `new Class()`. */
  readonly build?: (target: UseClass) => object;
  /** Plays one schedule: the tape that a failure has printed. @throws SimulationFailure when it still fails. */
  readonly replay?: string;
  /** Whether a failure is made as small as can be before it is shown. Default true. */
  readonly shrink?: boolean;
  /** Told of all that happens, line by line: virtual milliseconds, who, what. */
  readonly watch?: (at: number, who: string, what: string) => void;
}

export interface SimulationReport {
  readonly schedules: number;
  /** Decisions of the scheduler, in all. */
  readonly steps: number;
  readonly seconds: number;
  readonly perSecond: number;
  /** Deliveries by outcome, all workers together. */
  readonly outcomes: Readonly<Record<OutcomeKind, number>>;
  /** How often each fault struck. */
  readonly struck: Readonly<Record<string, number>>;
  /** Exhaustive: whether every combination was run. */
  readonly complete: boolean;
  /** Of a replay: where this run left the tape, as it does once code or workload have changed. */
  readonly diverged?: string;
}

const LIMITS: { readonly [K in keyof Limits]: readonly number[] } = {
  ...{ window: [2_048, 2, 4, 16], page: [256, 1, 2, 5], batch: [256, 1, 2, 4], perActor: [256, 1, 2, 3] },
  ...{ turns: [2, 1, 3], hot: [2_000, 1, 2], attempts: [5, 1, 2] },
};

/** The limits of a worker: small ones bring out what large ones hide. */
export function drawLimits(tape: Tape, fixed: Partial<Limits>, vary: boolean): Partial<Limits> {
  if (!vary) return fixed;
  const drawn: Partial<Record<keyof Limits, number>> = { ...fixed };
  for (const [name, values] of Object.entries(LIMITS) as [keyof Limits, readonly number[]][]) {
    drawn[name] ??= values[tape.pick('limit', values.length, 0.5)] as number;
  }
  return drawn;
}

/** Swarm: a fault that is off in one schedule lets another one strike deeper. */
export function drawFaults(tape: Tape, rates: Faults): Faults {
  const drawn: { -readonly [N in keyof Faults]: number } = { ...rates };
  for (const name of NAMES)
    drawn[name] = rates[name] > 0 ? Math.min(0.9, rates[name] * ([0, 0.3, 1, 3][tape.pick('rate', 4)] as number)) : 0;
  return drawn;
}
