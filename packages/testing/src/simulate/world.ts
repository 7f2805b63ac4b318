import type { Cause, Definition, Limits, Outcome, Recorded } from '@waybill/core';
import { callersOf } from './caller';
import type { Caller } from './caller';
import { Disk } from './disk';
import type { Facts } from './facts';
import { Producer } from './feed';
import { Ledger, Traces } from './ledger';
import type { Life } from './life';
import { Observed } from './observed';
import type { Invariant } from './observed';
import { Operator } from './operator';
import { drawFaults, drawLimits, NO_FAULTS } from './options';
import type { Every, Faults } from './options';
import { Oracle } from './oracle';
import { digest } from './runtime';
import { Scheduler } from './scheduler';
import type { Kind, Owner } from './scheduler';
import { rowAt } from './setting';
import type { Moment, Setting } from './setting';
import type { Stage } from './stage';
import type { Tape } from './tape';

export type { Moment, Setting } from './setting';

const AT_METHOD = ['throws'] as const;
const AT_SLOW = ['slow'] as const;
const SOME_TIMES = [20, 400, 2_500, 8_000];

/** One schedule: a disk, workers on it, producers and callers, and all that must hold. */
export class World {
  readonly disk: Disk;
  readonly scheduler: Scheduler;
  readonly oracle: Oracle;
  readonly ledger: Ledger;
  readonly observed: Observed;
  readonly traces = new Traces();
  readonly lives: Life[] = [];
  readonly producer: Producer;
  readonly callers: readonly Caller[];
  readonly operator: Operator = new Operator(this);
  /** Stream and cause of each message on which a method has thrown. */
  readonly threw = new Set<string>();
  readonly limits: Partial<Limits>;
  readonly facts: Facts;
  private readonly invariants: readonly Invariant[];
  /** What an exhaustive run tries; empty for any other. */
  readonly every: ReadonlySet<Every>;
  rates: Faults;
  healed = false;
  deaths = 0;
  /** The first thing that was found wrong: it ends the schedule. */
  violation: { readonly rule: string; readonly what: string } | undefined;
  readonly server: Owner = { name: 'store', frozen: false };
  /** By label; null where nothing can strike. */
  private weights = new Map<string, number[] | null>();

  constructor(
    private readonly setting: Setting,
    readonly tape: Tape,
    readonly story?: Pick<Moment[], 'push'>,
  ) {
    const { simulation, faults, facts } = setting;
    const { mode = 'swarm', messages, limits = {}, invariant = [] } = simulation;
    this.every = new Set(typeof mode === 'object' ? mode.every : []);
    this.rates = mode === 'swarm' ? drawFaults(tape, faults) : faults;
    this.limits = drawLimits(tape, limits, !this.plain);
    const switching = this.plain ? (this.every.has('schedule') ? 0.5 : 0) : ([0.3, 0.05, 0.9][tape.pick('pace', 3)] as number);
    this.scheduler = new Scheduler(tape, { switching, reduce: this.every.size > 0 });
    this.invariants = [invariant].flat();
    this.facts = facts;
    this.oracle = new Oracle(facts, {
      ...{
        store: 'simulated',
        wrong: this.wrong,
        rowAt: (position: number) => this.rowAt(position),
      },
      deaths: () => this.deaths,
      sentAt: (id) => this.callers.find((caller) => caller.id === id)?.times ?? [],
      threw: (stream: string, cause: Cause) => this.threw.has(`${stream} ${cause.position || cause.id}`),
    });
    this.disk = new Disk((rows) => {
      this.oracle.take(rows);
      this.observed.take(rows);
      for (const row of rows) if (row.stream.includes(':')) this.traces.take(row);
      this.askAll();
    });
    this.ledger = new Ledger(facts, this.oracle, this.traces, () => this.disk.rows, this.wrong, { hash: digest });
    this.observed = new Observed(facts, this.oracle, this.disk.rows);
    const ofKind = (kind: string) => messages.filter((message) => message['~kind'] === kind);
    this.producer = new Producer(this, ofKind('event'));
    this.callers = callersOf(this, ofKind('command'));
  }

  /** Neither faults by chance nor varied limits: exhaustive runs, and those without faults. */
  get plain(): boolean {
    return this.healed || this.every.size > 0 || this.setting.simulation.faults === 'none';
  }

  get workers(): number {
    return this.setting.simulation.workers ?? 2;
  }

  /** Crashes that one schedule of an exhaustive run may have. */
  get crashLimit(): number {
    const { mode } = this.setting.simulation;
    return typeof mode === 'object' ? (mode.crashes ?? 1) : 0;
  }

  /** The classes that a worker starts with. */
  stageOf(life: Life): Stage {
    const { stage, older } = this.setting;
    if (!older || this.healed) return stage;
    // The first workers are of yesterday.
    life.isOld = life.number <= this.workers || this.tape.pick('version', 2) === 0;
    return life.isOld ? older : stage;
  }

  get horizon(): number {
    return this.setting.simulation.horizon ?? 600_000;
  }

  get definitions(): readonly Definition[] {
    return this.facts.definitions;
  }

  /** The user's invariants. */
  askAll(): void {
    for (const holds of this.invariants) {
      const what = holds(this.observed);
      if (typeof what === 'string') this.wrong(holds.name === '' ? 'invariant' : holds.name, what);
    }
  }

  /** The first thing that is found wrong counts. */
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
    this.setting.count.struck[fault] = (this.setting.count.struck[fault] ?? 0) + 1;
    this.say(this.scheduler.current ?? this.server, () => `! ${fault}`);
    return fault;
  }

  someTime(): number {
    return SOME_TIMES[this.tape.pick('how long', SOME_TIMES.length)] as number;
  }

  /** A task between a worker and its store: soon, or after a while where the store is slow. */
  submit(owner: Owner, what: string, run: () => void, kind: Kind = 'call'): void {
    if (this.strike('slow', AT_SLOW)) this.scheduler.after(owner, this.someTime(), what, run, kind);
    else this.scheduler.push(owner, what, run, kind);
  }

  published(life: Life, outcome: Outcome): void {
    this.setting.count.outcomes[outcome.kind]++;
    this.say(life, () => `tells: ${outcome.type} ${outcome.position > 0 ? `at ${outcome.position}` : outcome.id} → ${outcome.kind}`);
    this.ledger.published(life.name, outcome, outcome.position > 0 ? this.rowAt(outcome.position) : undefined);
    if (outcome.kind === 'parked' && outcome.stream !== undefined) this.operator.noticed(outcome.stream);
  }

  maybeThrow(what: string): void {
    if (this.strike('method', AT_METHOD)) throw new Error(`simulated: ${what}`);
  }

  rowAt(position: number): Recorded | undefined {
    return rowAt(this.disk.rows, position);
  }
}
