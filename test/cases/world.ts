import type { Limits, Recorded, Store, UseClass } from '@waybill/core';
import { checkpointName, define, System } from '@waybill/core/internal';
import type { Cause, Definition } from '@waybill/core/internal';
import { audit } from 'waybill';
import type { AuditOptions } from 'waybill';
import { Shipping } from '@waybill/bench/dist/shipping';
import { checkStates, Facts, LogChecker, THIRD_WRITER, threwAt, watchDecisions } from '@waybill/testing/internal';
import { FaultyStore } from './faulty-store';
import type { Fault } from './faulty-store';
import { History } from './history';
import { actorRow, wholeLog } from './log';
import type { ActorRow } from './log';
import type { Fed } from './messages';
import { Process } from './process';
import { Clock } from './runtime';
import { oneShipment } from './shipments';
import type { OpenLog } from './stores';

/** How long a case waits for something that must come: a bound for a hang, never a measure. */
const PATIENCE_MS = 200_000;
/** More than a call needs on its way to a server in this process and back. */
const TURNS = 50;

export interface Options {
  readonly use?: readonly UseClass[];
  readonly limits?: Partial<Limits>;
  /** Of its append calls in order; see `Fault`. */
  readonly faults?: readonly Fault[];
  /** Of its reads of streams in order. */
  readonly readFaults?: FaultyStore['readFaults'];
  /** Milliseconds that its clock is ahead. */
  readonly skew?: number;
  /** What stands between the process and its log. */
  readonly through?: (store: Store) => Store;
}

export interface Checked {
  /** The classes that the log was written with. */
  readonly use?: readonly UseClass[];
  /** Their previous version, where it wrote a part. */
  readonly before?: readonly UseClass[];
}

/** A log, the processes on it, and what is known of it for certain. */
export class World {
  readonly clock = new Clock();
  readonly history = new History();
  private readonly processes: Process[] = [];
  private readonly ids = new Map<Fed, string>();
  private made = 0;
  private nudged = false;
  private feedVersion: number | 'none' = 'none';

  private constructor(
    private readonly log: OpenLog,
    /** A connection without faults. */
    readonly store: Store,
  ) {}

  static async open(log: OpenLog): Promise<World> {
    return new World(log, await log.connect());
  }

  /** Writes messages as an outside producer does. The same object again keeps its id. */
  async feed(...messages: readonly Fed[]): Promise<void> {
    for (let from = 0; from < messages.length; from += 500) await this.feedSome(messages.slice(from, from + 500));
  }

  /** Writes a message under the id that another one has. */
  async feedAs(other: Fed, message: Fed): Promise<void> {
    this.ids.set(message, this.ids.get(other) as string);
    await this.feed(message);
  }

  private async feedSome(messages: readonly Fed[]): Promise<void> {
    const events = messages.map((message) => {
      const id = this.ids.get(message) ?? idOf(++this.made);
      this.ids.set(message, id);
      const meta = message.v === undefined ? '{}' : JSON.stringify({ v: message.v });
      return { id, type: message.type, data: JSON.stringify(message.data), meta, time: this.clock.time() };
    });
    const [written] = await this.store.append([{ stream: 'feed', expected: this.feedVersion, events }]);
    if (!written?.ok) throw new Error('the feed is written by this case alone');
    this.feedVersion = written.version;
  }

  /** A third writer: one row of no business meaning at the end of an actor's stream. */
  async nudge(stream: string): Promise<void> {
    this.nudged = true;
    const rows = await this.store.read(stream);
    const id = idOf(++this.made);
    const meta = JSON.stringify({ cause: { id: `${THIRD_WRITER}${id}`, source: 'command', position: 0 }, park: 'cancelled', key: 'nudge' });
    const write = {
      stream,
      expected: rows.at(-1)?.version ?? ('none' as const),
      events: [{ id, type: 'parked:Nudged', data: '{}', meta, time: 0 }],
    };
    await this.store.append([write]);
  }

  async start(options: Options = {}): Promise<Process> {
    const { use = [Shipping], limits, faults = [], readFaults = [], skew = 0, through = (store) => store } = options;
    const connection = await this.log.connect();
    const name = String(this.processes.length + 1);
    const store = new FaultyStore(through(connection), this.history.watch(name));
    store.gathers = this.log.quiet !== undefined;
    store.faults.push(...faults);
    store.readFaults.push(...readFaults);
    const runtime = this.clock.runtime(skew);
    const definitions = definitionsOf(use).map((definition) => this.watched(definition));
    const onFailure = (error: unknown) => (process.failure = error);
    const system = new System(definitions, { store, limits, runtime, onFailure });
    const process: Process = new Process(name, this.history, (promise) => this.drive(promise), store, runtime, system);
    this.processes.push(process);
    system.outcomes.subscribe((outcome) => {
      process.outcomes.push(outcome);
      this.history.published(name, outcome);
    });
    await this.drive(Promise.race([system.start(), store.died]));
    return process;
  }

  /** The process that was started last, or is being started. */
  get newest(): Process {
    return this.processes.at(-1) as Process;
  }

  /** Lets time pass until the promise has ended. */
  async drive<T>(promise: Promise<T>): Promise<T> {
    let open = true;
    const end = () => void (open = false);
    promise.then(end, end);
    await this.until(() => !open);
    return promise;
  }

  /** Lets time pass until it is so. */
  async until(isSo: () => boolean): Promise<void> {
    const latest = Date.now() + PATIENCE_MS;
    for (let turn = 0; !isSo(); turn++) {
      await macrotask(turn);
      if (turn % 2 === 1) await this.quiet(isSo);
      if (isSo()) break;
      if (turn % 2 === 1) this.clock.fire();
      if (Date.now() > latest) throw new Error('what this case waits for does not come');
    }
  }

  /** Until nothing is on the wire, as far as can be told from what came in. */
  private async quiet(enough: () => boolean): Promise<void> {
    const { quiet } = this.log;
    if (quiet === undefined) return;
    for (let seen = -1; seen !== this.traffic() && !enough();) {
      seen = this.traffic();
      await new Promise((resolve) => setTimeout(resolve, quiet));
      // On a busy machine the wait is over before anybody has looked at what came in meanwhile.
      for (let turn = 0; turn < TURNS && !enough(); turn++) await new Promise(setImmediate);
    }
  }

  private traffic(): number {
    return this.processes.reduce((sum, { store }) => sum + store.traffic, 0);
  }

  async rows(): Promise<readonly Recorded[]> {
    return wholeLog(this.store);
  }

  /** Rows of an actor's stream. */
  async stream(name: string): Promise<ActorRow[]> {
    const rows = await this.store.read(name);
    return rows.flatMap((row) => actorRow(row) ?? []);
  }

  /** Rows of an actor's stream in words. */
  async story(name: string): Promise<string[]> {
    return (await this.stream(name)).map(({ kind, type }) => (kind === 'emitted' ? type : `${kind} ${type}`));
  }

  /**
   * The end of every case. A new process finishes what the others left; then the log holds every invariant, nothing was
   * published too early, and a consumer sent back to the start appends nothing.
   */
  async check({ use = [Shipping], before = [] }: Checked = {}): Promise<void> {
    for (const process of this.processes) {
      if (process.ended) continue;
      if (process.failure === undefined) await process.settled();
      await process.stop();
    }
    const healed = await this.start({ use });
    await healed.settled();
    await healed.stop();
    const log = await this.rows();
    expect(await this.violations(log, use, before)).toEqual([]);
    await this.replay(use, log.length);
    // No actor wrote what a third writer put there, and the audit says so.
    if (!this.nudged) await this.audit(use);
    for (const process of this.processes) process.kill();
  }

  /** I1 to I9 and I15, of a log in which nothing is under way any more. */
  private async violations(log: readonly Recorded[], use: readonly UseClass[], before: readonly UseClass[]): Promise<string[]> {
    const { history, store } = this;
    const found = [...history.lost(log), ...history.problems];
    const report = (rule: string, what: string): void => void found.push(`${rule}: ${what}`);
    const rowAt = new Map(log.map((row) => [row.position, row]));
    const witness = {
      store: store.id,
      rows: log,
      rowAt: (position: number) => rowAt.get(position),
      sentAt: (id: string) => history.sent.get(id) ?? [],
      threw: (stream: string, cause: Cause) => history.threw.has(threwAt(stream, cause)),
      deaths: () => history.deaths,
    };
    const checker = new LogChecker(new Facts(definitionsOf(use), definitionsOf(before)), witness, [oneShipment], report);
    history.replay(log, checker);
    checker.atRest();
    for (const process of this.processes)
      if (!process.killed) checker.ledger.account(process.name, process.system.counts(), process.published());
    await checkStates(checker.oracle.actors, store, report);
    return found;
  }

  private watched(definition: Definition): Definition {
    const actor = definition.kind === 'saga' || definition.kind === 'aggregate';
    return actor ? watchDecisions(definition, { threw: (at) => this.history.threw.add(at) }) : definition;
  }

  /** What the audit says of the log, without and with the classes that wrote it. */
  async audit(use: readonly UseClass[], options: AuditOptions = {}): Promise<void> {
    const runtime = this.clock.runtime();
    for (const more of [{}, { use }]) {
      const { violations } = await audit(this.store, { ...options, ...more, runtime });
      expect(violations).toEqual([]);
    }
  }

  /** I12: a rewind to the start takes nothing in a second time. */
  private async replay(use: readonly UseClass[], rows: number): Promise<void> {
    for (const target of use) {
      const definition = define(target, new (target as unknown as new () => object)());
      if (definition.kind !== 'saga') continue;
      const name = checkpointName(definition.name, [...definition.inputs.keys()], this.clock.runtime());
      expect((await this.store.checkpoint(name).load()).position).toBe(await this.store.head());
      await this.store.checkpoint(name).rewind(0);
    }
    const again = await this.start({ use });
    await again.settled();
    const kinds = new Set(again.kinds());
    kinds.delete('duplicate');
    expect({ appends: again.store.appends, other: [...kinds], rows: (await this.rows()).length }).toEqual({ appends: 0, other: [], rows });
    await again.stop();
  }
}

function definitionsOf(use: readonly UseClass[]): Definition[] {
  return use.map((target) => define(target, new (target as unknown as new () => object)()));
}

/** After whatever is ready to run; after a while a little later, for work that other threads do. */
function macrotask(turn: number): Promise<void> {
  return new Promise((resolve) => (turn > 200 ? setTimeout(resolve, 1) : setImmediate(resolve)));
}

/** Ids are UUIDs, which one of the stores asks for. */
function idOf(number: number): string {
  return `fed00000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}
