import { AsyncLocalStorage } from 'node:async_hooks';
import { OUTCOMES, WaybillError } from '@waybill/core';
import type { OutcomeKind } from '@waybill/core';
import { Facts } from '../oracle/facts';
import { checkSimulation } from './checks';
import { Classes } from './classes';
import { Enumeration } from './every';
import { DEFAULT_FAULTS, NO_FAULTS } from './options';
import type { Simulation, SimulationReport } from './options';
import { checkAtRest } from './rest';
import { Schedule } from './schedule';
import { shrink } from './shrink';
import { byLabel, decodeTape, encodeTape, seeded, Tape } from './tape';
import type { Choice, Source } from './tape';
import { timeline } from './timeline';
import type { Moment } from './timeline';
import { World } from './world';
import type { Setting } from './world';

/** Thrown by `simulate`: what was violated, the smallest schedule found that violates it, and how to replay it. */
export class SimulationFailure extends WaybillError {
  constructor(
    /** I1 to I15, or the name of one of your invariants. */
    readonly rule: string,
    readonly violation: string,
    /** The seed that found it; undefined for an exhaustive run and a replay. */
    readonly seed: number | undefined,
    /** For `replay`. */
    readonly tape: string,
    readonly timeline: string,
    about: string,
  ) {
    super('SIMULATION_FAILED', `${rule}: ${violation} (${about})`, 'read the timeline; simulate({ …, replay: tape }) replays it');
    this.message += `\n\n${timeline}\n\nreplay: '${tape}'\n`;
  }
}

/**
 * Runs classes as a whole system in one process, under schedules that are hard to think of: workers that die, pause and
 * come back, a store that fails, third writers, copies, any order. Every decision follows from the seed.
 * @throws WaybillError `SIMULATION_OPTION`, `TAPE_UNREADABLE`
 * @throws SimulationFailure with the first violation of a built-in invariant or of yours, shrunk.
 */
export async function simulate(simulation: Simulation): Promise<SimulationReport> {
  checkSimulation(simulation);
  const simulator = new Simulator(simulation);
  const stop = simulator.watchRejections();
  // Faults are errors by the thousand, whose stacks are never read.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return await running.run(simulator, () => simulator.all());
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    stop();
  }
}

/** Node tells of an unhandled rejection in the context of its promise: so those of other code are told apart. */
const running = new AsyncLocalStorage<Simulator>();

interface Ran {
  readonly violation: World['violation'];
  readonly steps: number;
}

class Simulator {
  private readonly setting: Setting;
  private readonly classes: Classes;
  private readonly older: Classes | undefined;
  private readonly outcomes = Object.fromEntries(OUTCOMES.map((kind) => [kind, 0])) as Record<OutcomeKind, number>;
  private readonly struck: Record<string, number> = {};
  private rejection: unknown;

  constructor(private readonly simulation: Simulation) {
    const { use, before, build, faults = {} } = simulation;
    this.classes = new Classes(use, build);
    this.older = before && new Classes(before, build);
    this.setting = {
      simulation,
      faults: faults === 'none' ? NO_FAULTS : { ...DEFAULT_FAULTS, ...faults },
      facts: new Facts(this.classes.plain, this.older?.plain),
      count: { struck: this.struck, outcomes: this.outcomes },
    };
  }

  async all(): Promise<SimulationReport> {
    const { replay, mode, seeds = 1_000, watch } = this.simulation;
    const begun = performance.now();
    if (replay !== undefined) return this.replay(replay, begun);
    const watched = watch && { push: ({ at, who, what }: Moment) => (watch(at, who, what), 0) };
    const [first, last] = typeof seeds === 'number' ? [1, seeds] : seeds;
    const every = typeof mode === 'object' ? new Enumeration(mode.every) : undefined;
    let [schedules, steps] = [0, 0];
    for (let seed = first; seed <= last && !every?.isComplete; seed++) {
      const recorded: Choice[] | undefined = every && [];
      const { violation, steps: made } = await this.run(new Tape(every?.source() ?? seeded(seed), recorded), watched);
      schedules++;
      steps += made;
      if (violation) await this.fail(violation, every ? byLabel(recorded as Choice[]) : seeded(seed), every ? undefined : seed);
      every?.advance(recorded as Choice[]);
    }
    return this.report(schedules, steps, begun, every?.isComplete ?? false);
  }

  private report(schedules: number, steps: number, begun: number, complete: boolean): SimulationReport {
    const seconds = (performance.now() - begun) / 1_000;
    return {
      schedules,
      steps,
      seconds,
      perSecond: schedules / seconds,
      outcomes: { ...this.outcomes },
      struck: { ...this.struck },
      complete,
    };
  }

  watchRejections(): () => void {
    const note = (error: unknown): void => {
      if (running.getStore() === this) this.rejection ??= error ?? 'nothing';
      // As if nobody watched: whose it is learns of it, or the process ends.
      else if (process.listenerCount('unhandledRejection') === 1) throw error;
    };
    process.on('unhandledRejection', note);
    return () => process.off('unhandledRejection', note);
  }

  /** One schedule. */
  private async run(tape: Tape, story?: Pick<Moment[], 'push'>): Promise<Ran> {
    const world = new World(this.setting, tape, story);
    this.classes.world = world;
    if (this.older) this.older.world = world;
    const schedule = new Schedule(world, this.classes, this.older);
    await schedule.run();
    if (!world.violation) await checkAtRest(schedule);
    // Node reports unhandled rejections between two turns of its loop.
    await new Promise((resolve) => setImmediate(resolve));
    if (this.rejection !== undefined) world.wrong('I14', `a promise is rejected and not handled: ${String(this.rejection)}`);
    this.rejection = undefined;
    return { violation: world.violation, steps: world.scheduler.steps };
  }

  private async replay(text: string, begun: number): Promise<SimulationReport> {
    const tape = decodeTape(text);
    const recorded: Choice[] = [];
    const story: Moment[] = [];
    const { violation, steps } = await this.run(new Tape(tape, recorded), story);
    for (const { at, who, what } of story) this.simulation.watch?.(at, who, what);
    const diverged = tape.diverged(recorded);
    const about = diverged === undefined ? 'replayed' : `replayed, but diverged: ${diverged}`;
    if (violation) throw new SimulationFailure(violation.rule, violation.what, undefined, text, timeline(story), about);
    return { ...this.report(1, steps, begun, false), ...(diverged === undefined ? {} : { diverged }) };
  }

  /** Records the schedule, shrinks it, and throws the failure. */
  private async fail(violation: NonNullable<World['violation']>, source: Source, seed: number | undefined): Promise<never> {
    const recorded: Choice[] = [];
    const again = await this.run(new Tape(source, recorded));
    if (again.violation?.rule !== violation.rule) {
      throw new WaybillError(
        'SIMULATION_UNSTABLE',
        `the same schedule ends differently when run again (seed ${seed}: first "${violation.what}", then "${again.violation?.what ?? 'no violation'}")`,
        'decide from message, state and meta alone; keep no state between schedules; await nothing but what the simulator provides',
      );
    }
    const small = await this.smallest(recorded, violation.rule);
    const made: Choice[] = [];
    const story: Moment[] = [];
    const last = (await this.run(new Tape(byLabel(small), made), story)).violation ?? violation;
    const left = made.filter(({ value }) => value > 0).length;
    const about = `${seed === undefined ? '' : `seed ${seed}, `}${recorded.length} decisions shrunk to ${left}`;
    throw new SimulationFailure(last.rule, last.what, seed, encodeTape(made), timeline(story), about);
  }

  /** The smallest schedule found that still breaks the same rule. */
  private async smallest(recorded: readonly Choice[], rule: string): Promise<readonly Choice[]> {
    const { shrink: shrinks = true, anyPart = false } = this.simulation;
    if (!shrinks) return recorded;
    const attempt = async (choices: readonly Choice[]): Promise<readonly Choice[] | undefined> => {
      const made: Choice[] = [];
      const ran = await this.run(new Tape(byLabel(choices), made));
      return ran.violation?.rule === rule ? made : undefined;
    };
    // A user's invariant may need all messages to be there.
    const fixed = /^I\d+$/.test(rule) || anyPart ? [] : ['feed'];
    return shrink(recorded, attempt, fixed);
  }
}
