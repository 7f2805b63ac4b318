import type { Limits, Outcome, OutcomeKind } from '@waybill/core';
import type { Cause } from '@waybill/core/internal';
import { LogChecker } from '../oracle/checker';
import type { Facts } from '../oracle/facts';
import { threwAt } from '../oracle/watch';
import { Disk } from './disk';
import { drawFaults, drawLimits, NO_FAULTS } from './options';
import type { Every, Faults, Simulation } from './options';
import { Scheduler } from './scheduler';
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
const SOME_TIMES = [20, 400, 2_500, 8_000];

/** The environment of one schedule: a clock, a network and a disk that fail, and the checks of all that must hold. Who acts in it is the schedule's business. */
export class World {
  readonly disk: Disk;
  readonly scheduler: Scheduler;
  readonly facts: Facts;
  readonly checker: LogChecker;
  readonly simulation: Simulation;
  readonly limits: Partial<Limits>;
  /** What an exhaustive run tries; empty for any other. */
  readonly every: ReadonlySet<Every>;
  readonly server: Owner = { name: 'store', frozen: false };
  /** Stream and cause of each message on which a method has thrown. */
  readonly threw = new Set<string>();
  /** By id of a command: the worker times at which it was handed over. */
  readonly sent = new Map<string, number[]>();
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
    const { mode = 'swarm', limits = {}, invariant = [] } = simulation;
    this.simulation = simulation;
    this.facts = facts;
    this.count = count;
    this.every = new Set(typeof mode === 'object' ? mode.every : []);
    this.rates = mode === 'swarm' ? drawFaults(tape, faults) : faults;
    this.limits = drawLimits(tape, limits, !this.plain);
    const switching = this.plain ? (this.every.has('schedule') ? 0.5 : 0) : ([0.3, 0.05, 0.9][tape.pick('pace', 3)] as number);
    this.scheduler = new Scheduler(tape, { switching, reduce: this.every.size > 0 });
    this.disk = new Disk((rows) => this.checker.durable(rows));
    const witness = {
      store: this.disk.id,
      rows: this.disk.rows,
      rowAt: (position: number) => this.disk.rowAt(position),
      deaths: () => this.deaths,
      sentAt: (id: string) => this.sent.get(id) ?? [],
      threw: (stream: string, cause: Cause) => this.threw.has(threwAt(stream, cause)),
    };
    this.checker = new LogChecker(facts, witness, [invariant].flat(), this.wrong);
  }

  /** Neither random faults nor varied limits: exhaustive runs, and those without faults. */
  get plain(): boolean {
    return this.healed || this.every.size > 0 || this.simulation.faults === 'none';
  }

  /** Only the first violation counts. */
  readonly wrong = (rule: string, what: string): void => {
    this.violation ??= { rule, what };
  };

  say(owner: Owner, what: () => string): void {
    this.story?.push({ at: this.scheduler.elapsed, who: owner.name, what: what() });
  }

  /** All faults are off from now on. */
  heal(): void {
    this.healed = true;
    this.rates = NO_FAULTS;
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

  published(worker: Owner, outcome: Outcome): void {
    this.count.outcomes[outcome.kind]++;
    this.say(worker, () => `publishes: ${outcome.type} ${outcome.position > 0 ? `at ${outcome.position}` : outcome.id} → ${outcome.kind}`);
    this.checker.ledger.published(worker.name, outcome);
  }

  maybeThrow(what: string): void {
    if (this.strike('method', AT_METHOD)) throw new Error(`simulated: ${what}`);
  }
}
