import type { Limits, Message, OutcomeKind, UseClass } from '@waybill/core';
import type { Invariant } from '../oracle/observed';
import type { Tape } from './tape';

/** How often each fault strikes, from 0 (never) to 1; see `DEFAULT_FAULTS`. */
export interface Faults {
  /** Of a worker, at each of its steps: killed; paused past its turn; stopped and started again; a power cut for all of them. */
  readonly crash: number;
  readonly pause: number;
  readonly restart: number;
  readonly power: number;
  /** Of all workers, at each step of one: down for a minute, an hour, a day or a month (default 0). */
  readonly down: number;
  /** Of a worker's clock: one second, one minute or four minutes ahead, or one second slow. At each of its steps: set three hours ahead or back, and right again after a while (default 0). */
  readonly skew: number;
  readonly jump: number;
  /** Of a call to the store: refused; timed out and not stored; timed out and stored later; stored, but the answer is lost; overtaken by a third writer; slow. */
  readonly busy: number;
  readonly timeout: number;
  readonly late: number;
  readonly lostAnswer: number;
  readonly race: number;
  readonly slow: number;
  /** Of a method, or of a call to the outside: it throws. */
  readonly throws: number;
  /** Of a call to the outside: it never answers (default 0). */
  readonly hang: number;
  /** Of a checkpoint: a save is lost, or it is loaded as 0. */
  readonly forget: number;
  /** Of a parked message: an operator retries it, or all that are queued with it. Of such an operator: skips it, so that it never has its effect (default 0). */
  readonly operate: number;
  readonly skip: number;
  /** Of a message: written again with the same id; again under a new id; out of order; after a while. */
  readonly copy: number;
  readonly retry: number;
  readonly reorder: number;
  readonly delay: number;
  /** Of all messages: written long after their times, as an import is (default 0). */
  readonly backlog: number;
  /** Of a worker of the current version, at its start: an operator has the projections rebuilt (default 0). */
  readonly rebuild: number;
  /** At each step of a worker: the log goes back to a backup; others cut off the beginning of an actor's stream, and put it back when all is healed. Of a worker's start: its own views are lost (default 0). */
  readonly restore: number;
  readonly cut: number;
  readonly lose: number;
}

export const DEFAULT_FAULTS: Faults = {
  ...{ crash: 0.01, pause: 0.01, restart: 0.003, power: 0.002, down: 0, skew: 0.3, jump: 0 },
  ...{ busy: 0.03, timeout: 0.02, late: 0.02, lostAnswer: 0.05, race: 0.05, slow: 0.05 },
  ...{
    throws: 0.02,
    hang: 0,
    operate: 0.5,
    skip: 0,
    forget: 0.1,
    copy: 0.15,
    retry: 0.15,
    reorder: 0.5,
    delay: 0.1,
    backlog: 0,
    rebuild: 0,
    restore: 0,
    cut: 0,
    lose: 0,
  },
};
const NAMES = Object.keys(DEFAULT_FAULTS) as readonly (keyof Faults)[];
export const NO_FAULTS = Object.fromEntries(NAMES.map((name) => [name, 0])) as unknown as Faults;

/** Decisions of which an exhaustive run tries every value; all others stay at their simplest. */
export type Every = 'schedule' | 'order' | 'copies' | 'crash';

export interface Simulation {
  /** Decorated classes, as for `App.start`. */
  readonly use: readonly UseClass[];
  /** The classes of the previous version: workers begin with them, and may switch to `use` and back at each start until all faults are healed. */
  readonly before?: readonly UseClass[];
  /** Whether a worker may be started with the classes of the previous version once one with the current ones has been. Default true. */
  readonly rollback?: boolean;
  /** Events that producers write into the log, and commands that callers send. The simulator decides in which order and how often. */
  readonly messages: readonly Message[];
  /** Whether each worker keeps its views in a store of its own, by its name. */
  readonly apart?: boolean;
  /** The most workers at a time; each runs all classes. Default 2. */
  readonly workers?: number;
  /** How many schedules (seeds 1 to n), or the first and the last seed. Default 1,000. */
  readonly seeds?: number | readonly [first: number, last: number];
  /** `swarm` (default) draws for each seed which faults are on and how often they strike; `random` uses the rates as given. */
  readonly mode?:
    'swarm' | 'random' | { readonly every: readonly Every[]; /** The most crashes in one schedule. */ readonly crashes?: number };
  /** Rates that replace the defaults; 'none' turns all faults off. */
  readonly faults?: Partial<Faults> | 'none';
  /** What must hold of the log, after each append and at rest. The built-in invariants are always checked. */
  readonly invariant?: Invariant | readonly Invariant[];
  /** Whether the invariants hold for any subset of the messages: a failure may then be shrunk to the messages that it needs. */
  readonly anyPart?: boolean;
  /** Limits of the workers that are fixed; the others are drawn. */
  readonly limits?: Partial<Limits>;
  /** How long to wait for deadlines once all faults are healed, in milliseconds of virtual time. Default 10 minutes; a day takes 1,440 steps of each worker. */
  readonly horizon?: number;
  /** Builds an instance of a class that takes dependencies; called at each start of a worker. Default: `new Class()`. */
  readonly build?: (target: UseClass) => object;
  /** Replays one schedule: the tape that a failure printed. @throws SimulationFailure when it still fails. */
  readonly replay?: string;
  /** Whether a failure is shrunk before it is reported. Default true. */
  readonly shrink?: boolean;
  /** Called with everything that happens, line by line: virtual milliseconds, who, what. */
  readonly watch?: (at: number, who: string, what: string) => void;
}

export interface SimulationReport {
  readonly schedules: number;
  /** Steps of the scheduler, in all schedules. */
  readonly steps: number;
  readonly seconds: number;
  readonly perSecond: number;
  /** Deliveries by outcome, all workers together. */
  readonly outcomes: Readonly<Record<OutcomeKind, number>>;
  /** How often each fault struck. */
  readonly struck: Readonly<Record<string, number>>;
  /** Exhaustive: whether every combination was run. */
  readonly complete: boolean;
  /** Of a replay: where this run diverged from the tape, as it does once code or messages have changed. */
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

/** Swarm testing: turning one fault off lets a schedule get further into another one. */
export function drawFaults(tape: Tape, rates: Faults): Faults {
  const drawn: { -readonly [N in keyof Faults]: number } = { ...rates };
  for (const name of NAMES)
    drawn[name] = rates[name] > 0 ? Math.min(0.9, rates[name] * ([0, 0.3, 1, 3][tape.pick('rate', 4)] as number)) : 0;
  return drawn;
}
