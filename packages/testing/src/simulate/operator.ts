import { WaybillError } from '@waybill/core';
import { isPassing } from '@waybill/core/store-kit';
import { blockedBy } from '../oracle/actor-log';
import type { ActorLog } from '../oracle/actor-log';
import type { Owner } from './scheduler';
import type { Worker } from './worker';
import type { Workers } from './workers';
import type { World } from './world';

const SIGNATURE = { by: 'operator', why: 'simulated' };
/** With all faults healed: a message that is still parked after so many retries stays parked. */
const TRIES = 3;

/** Looks after parked messages: through any worker, more than once, while others do the same. */
export class Operator implements Owner {
  readonly name = 'operator';
  frozen = false;
  private underWay = 0;
  private readonly rebuilt = new Set<string>();
  private readonly tries = new Map<string, number>();

  constructor(
    private readonly world: World,
    private readonly workers: Workers,
  ) {}

  get isDone(): boolean {
    return this.underWay === 0;
  }

  /** A message was parked in this stream: something may be done about it after a while. */
  noticed(stream: string): void {
    const { world } = this;
    const log = world.checker.oracle.actors.get(stream);
    if (!log) return this.noticedCall(stream);
    if (!world.tape.chance('operate', world.rates.operate)) return;
    this.underWay++;
    world.scheduler.after(this, world.someTime(), 'acts', () => {
      this.underWay--;
      this.act(log);
    });
  }

  /** Two operators look after the same call. */
  private noticedCall(stream: string): void {
    const { world } = this;
    const [, name, position] = /^([^:]+):parked-(\d+)$/.exec(stream) ?? [];
    if (name === undefined || world.facts.named(name)?.kind !== 'handler' || !world.simulates('operate')) return;
    if (!world.tape.chance('operate', world.rates.operate)) return;
    this.underWay++;
    world.scheduler.after(this, world.someTime(), 'acts', () => {
      this.underWay--;
      const { retries } = world.checker.traces;
      for (let i = world.tape.pick('operators', 2); i >= 0; i--) {
        retries.set(`${name} ${position}`, (retries.get(`${name} ${position}`) ?? 0) + 1);
        this.ask(stream, undefined, false);
      }
    });
  }

  /** Once for each projection of the current version that is there to be rebuilt. False when that has been done. */
  rebuildAll(): boolean {
    const left = this.world.simulation.before ? this.projections.filter((name) => !this.rebuilt.has(name)) : [];
    const worker = this.workers.running.find((one) => one.started && !one.isOld);
    if (worker) for (const name of left) this.rebuild(worker, name);
    return left.length > 0;
  }

  /** A worker of the current version has started. */
  deployed(worker: Worker): void {
    const { world } = this;
    for (const name of this.projections) {
      if (!world.tape.chance('rebuild', world.rates.rebuild)) continue;
      this.underWay++;
      world.scheduler.after(this, world.someTime(), 'acts', () => {
        this.underWay--;
        if (worker.started && !worker.dead && !worker.stopping) this.rebuild(worker, name);
      });
    }
  }

  private get projections(): readonly string[] {
    const rebuilds = this.world.simulates('rebuild');
    return rebuilds ? this.world.facts.definitions.flatMap(({ kind, name }) => (kind === 'projection' ? [name] : [])) : [];
  }

  private rebuild(worker: Worker, name: string): void {
    this.world.say(this, () => `has ${name} rebuilt by ${worker.name}`);
    this.underWay++;
    const asked = worker.system.rebuild(name).then(() => void this.rebuilt.add(name));
    worker.onEnd(
      asked,
      () => this.underWay--,
      (error) => this.failed(error, worker),
    );
  }

  /** Retries whatever blocks an actor, and what the previous version's code could not read. False when nothing is left that might give way. */
  releaseAll(): boolean {
    const lines = [...this.world.checker.oracle.actors.values()].filter(
      (log) => (blockedBy(log) !== undefined || unread(log).length > 0) && (this.tries.get(log.stream) ?? 0) < TRIES,
    );
    for (const log of lines) {
      this.tries.set(log.stream, (this.tries.get(log.stream) ?? 0) + 1);
      if (blockedBy(log) !== undefined) this.ask(log.stream, undefined, false);
      for (const version of unread(log)) this.ask(log.stream, version, false);
    }
    return lines.length > 0;
  }

  private act(log: ActorLog): void {
    const { tape, rates } = this.world;
    const versions = [...log.parks.keys()];
    const skips = tape.chance('skip', rates.skip);
    if (versions.length === 0 || (!skips && tape.pick('act', 2) === 0)) return this.ask(log.stream, undefined, false);
    this.ask(log.stream, versions[tape.pick('which', versions.length)], skips);
  }

  private ask(stream: string, version: number | undefined, skips: boolean): void {
    const { world } = this;
    const started = this.workers.running.filter((worker) => worker.started);
    const worker = started[world.tape.pick('to', started.length)];
    const actor = world.facts.actorOf(stream);
    if (!worker || (actor && !world.facts.readsLog(actor))) return;
    world.say(
      this,
      () => `${skips ? 'skips' : 'retries'} ${version === undefined ? 'the line' : `version ${version}`} of ${stream} at ${worker.name}`,
    );
    const { operators } = worker.system;
    const asked: Promise<unknown> = skips
      ? operators.skip(stream, version as number, SIGNATURE)
      : operators.retry(stream, version, SIGNATURE);
    this.underWay++;
    worker.onEnd(
      asked,
      () => this.underWay--,
      (error) => this.failed(error, worker),
    );
  }

  private failed(error: unknown, { isOld = false, mayFail = false }: Partial<Worker> = {}): void {
    const codes = ['NOT_PARKED', 'APP_STOPPED', ...(isOld ? ['LOG_UNKNOWN_TYPE', 'LOG_NEWER_VERSION'] : [])];
    const expected = mayFail || isPassing(error) || (error instanceof WaybillError && codes.includes(error.code));
    if (!expected) this.world.wrong('I13', `an operator's call fails: ${String(error)}`);
  }
}

/** Open parks of messages that could not be read when they were parked. */
function unread({ parks }: ActorLog): number[] {
  return [...parks].flatMap(([version, { kind }]) => (kind === 'invalid' ? [version] : []));
}
