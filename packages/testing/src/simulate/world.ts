import type { Limits, Outcome, OutcomeKind, Recorded } from '@waybill/core';
import type { Cause } from '@waybill/core/internal';
import { LogChecker } from '../oracle/checker';
import type { Facts } from '../oracle/facts';
import type { Witness } from '../oracle/verdicts';
import { threwAt } from '../oracle/watch';
import { byAppend } from './backup';
import { Disk } from './disk';
import { drawFaults, drawLimits, NO_FAULTS } from './options';
import type { Every, Faults, Simulation } from './options';
import { Scheduler } from './scheduler';
import type { Process } from './process';
import type { Kind, Owner } from './scheduler';
import type { Tape } from './tape';
import type { Moment } from './timeline';

/** What does not change from schedule to schedule. */
export interface Setting {
  readonly simulation: Simulation;
  readonly faults: Faults;
  readonly facts: Facts;
  /** Every fault and every outcome is counted here. */
  readonly count: { readonly struck: Record<string, number>; readonly outcomes: Record<OutcomeKind, number> };
}

const AT_METHOD = ['throws'] as const;
const AT_SLOW = ['slow'] as const;
/** Appends by which a backup is behind, at most. */
const BACK = 8;
const SOME_TIMES = [20, 400, 2_500, 8_000];

/** The environment of one schedule: a clock, a network and a disk that fail, and the checks of all that must hold. Who acts in it is the schedule's business. */
export class World {
  readonly disk: Disk;
  readonly scheduler: Scheduler;
  readonly facts: Facts;
  checker: LogChecker;
  readonly simulation: Simulation;
  readonly limits: Partial<Limits>;
  /** What an exhaustive run tries; empty for any other. */
  readonly every: ReadonlySet<Every>;
  readonly server: Owner = { name: 'store', frozen: false };
  /** Stream and cause of each message on which a method has thrown. */
  readonly threw = new Set<string>();
  /** By id of a command: the worker times at which it was handed over. */
  readonly sent = new Map<string, number[]>();
  /** By id of a row of an actor: the run that wrote it. */
  readonly writers = new Map<string, Process>();
  /** How far the log reached, and since when. */
  private restoredAfter = 0;
  private readonly heads: { readonly at: number; readonly head: number }[] = [];
  rates: Faults;
  healed = false;
  deaths = 0;
  /** The first violation: it ends the schedule. */
  violation: { readonly rule: string; readonly what: string } | undefined;
  private readonly count: Setting['count'];
  /** By label; null where nothing can strike. */
  private weights = new Map<string, number[] | null>();

  constructor(
    { simulation, faults, facts, count }: Setting,
    readonly tape: Tape,
    private readonly story?: Pick<Moment[], 'push'>,
  ) {
    const { mode = 'swarm', limits = {} } = simulation;
    this.simulation = simulation;
    this.facts = facts;
    this.count = count;
    this.every = new Set(typeof mode === 'object' ? mode.every : []);
    this.rates = mode === 'swarm' ? drawFaults(tape, faults) : faults;
    this.limits = drawLimits(tape, limits, !this.plain);
    const switching = this.plain ? (this.every.has('schedule') ? 0.5 : 0) : ([0.3, 0.05, 0.9][tape.pick('pace', 3)] as number);
    this.scheduler = new Scheduler(tape, { switching, reduce: this.every.size > 0 });
    this.disk = new Disk((rows) => {
      this.heads.push({ at: this.scheduler.now, head: (rows.at(-1) as Recorded).position });
      this.checker.durable(rows);
    });
    this.checker = this.makeChecker();
  }

  private makeChecker(): LogChecker {
    const witness = {
      store: this.disk.id,
      rows: this.disk.rows,
      rowAt: (position: number) => this.disk.rowAt(position),
      deaths: () => this.deaths,
      sentAt: (id: string) => this.sent.get(id) ?? [],
      isOld: ({ id }: Recorded) => this.writers.get(id)?.isOld,
      whenDue: (row: Recorded, due: number) => this.whenDue(row, due),
      threw: (stream: string, cause: Cause) => this.threw.has(threwAt(stream, cause)),
    };
    return new LogChecker(this.facts, witness, [this.simulation.invariant ?? []].flat(), this.wrong);
  }

  /** Neither random faults nor varied limits: exhaustive runs, and those without faults. */
  get plain(): boolean {
    return this.healed || this.every.size > 0 || this.simulation.faults === 'none';
  }

  /** Whether the log went back since this process was started: nothing that it knows counts. */
  isStale({ number }: Pick<Process, 'number'>): boolean {
    return number <= this.restoredAfter;
  }

  /** The log goes back to a backup; `begun` runs have been started so far. */
  restore(begun: number): void {
    this.restoredAfter = begun;
    const { views } = this.checker.traces;
    this.checker = this.makeChecker();
    if (this.simulation.apart) for (const [row, position] of views) this.checker.traces.views.set(row, position);
    const gone = this.disk.restore(1 + this.tape.pick('back', BACK));
    this.say(this.server, () => `goes back to a backup, ${gone} rows are gone`);
    this.heads.length = 0;
    for (const rows of byAppend(this.disk.rows)) this.checker.durable(rows);
    for (const wake of [...this.disk.waiting]) wake();
  }

  /** Whether others have cut off the beginning of a stream: an app that needs it may stop. */
  isCut = false;

  private whenDue({ id, stream }: Recorded, due: number): ReturnType<NonNullable<Witness['whenDue']>> {
    const writer = this.writers.get(id);
    const now = this.facts.actorOf(stream);
    if (!writer || !now) return undefined;
    const at = writer.clock.firstShows(due);
    const before = this.heads.filter((one) => one.at < at);
    return { head: before.at(-1)?.head ?? 0, definition: (writer.isOld && this.facts.olderOf(now)) || now };
  }

  /** Only the first violation counts. */
  readonly wrong = (rule: string, what: string): void => {
    this.violation ??= { rule, what };
  };

  /** Whether no process dies, stands still or waits for another one's clock. */
  get isCalm(): boolean {
    const { crash, pause, restart, power, down, skew, jump, backlog } = this.rates;
    return this.every.size === 0 && !this.healed && crash + pause + restart + power + down + skew + jump + backlog === 0;
  }

  /** Whether this fault is among those of the simulation. */
  simulates(fault: keyof Faults): boolean {
    const { faults } = this.simulation;
    return typeof faults === 'object' && (faults[fault] ?? 0) > 0;
  }

  say(owner: Owner, what: () => string): void {
    this.story?.push({ at: this.scheduler.elapsed, who: owner.name, what: what() });
  }

  /** All faults are off from now on. */
  heal(): void {
    this.healed = true;
    this.rates = NO_FAULTS;
    this.disk.lost.clear();
    this.weights.clear();
    this.scheduler.policy.switching = this.every.size > 0 ? 0 : this.scheduler.policy.switching;
    this.say(this.server, () => 'all faults are healed');
  }

  /** Which of these faults strikes here, if any. */
  strike<F extends keyof Faults>(label: string, faults: readonly F[]): F | undefined {
    let weights = this.weights.get(label);
    if (weights === undefined) {
      weights = faults.some((fault) => this.rates[fault] > 0) ? faults.map((fault) => this.rates[fault]) : null;
      this.weights.set(label, weights);
    }
    const struck = weights === null ? 0 : this.tape.strike(label, weights);
    if (struck === 0) return undefined;
    const fault = faults[struck - 1] as F;
    this.count.struck[fault] = (this.count.struck[fault] ?? 0) + 1;
    this.say(this.scheduler.current ?? this.server, () => `! ${fault}`);
    return fault;
  }

  someTime(): number {
    return SOME_TIMES[this.tape.pick('how long', SOME_TIMES.length)] as number;
  }

  /** A task between a worker and its store: at once, or after a while where the store is slow. */
  submit(owner: Owner, what: string, run: () => void, kind: Kind = 'call'): void {
    if (this.strike('slow', AT_SLOW)) this.scheduler.after(owner, this.someTime(), what, run, kind);
    else this.scheduler.push(owner, what, run, kind);
  }

  published(worker: Process, outcome: Outcome): void {
    this.count.outcomes[outcome.kind]++;
    this.say(worker, () => `publishes: ${outcome.type} ${outcome.position > 0 ? `at ${outcome.position}` : outcome.id} → ${outcome.kind}`);
    if (!this.isStale(worker)) this.checker.ledger.published(worker.name, outcome);
  }

  maybeThrow(what: string): void {
    if (this.strike('method', AT_METHOD)) throw new Error(`simulated: ${what}`);
  }
}
