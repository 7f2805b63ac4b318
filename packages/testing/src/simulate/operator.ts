import { WaybillError } from '@waybill/core';
import { isPassing } from '@waybill/core/store-kit';
import { blockedBy } from '../oracle/actor-log';
import type { ActorLog } from '../oracle/actor-log';
import type { Owner } from './scheduler';
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
    if (!log || !world.tape.chance('operate', world.rates.operate)) return;
    this.underWay++;
    world.scheduler.after(this, world.someTime(), 'acts', () => {
      this.underWay--;
      this.act(log);
    });
  }

  /** Retries whatever blocks an actor, and what the previous version's code could not read. False when nothing is left that might give way. */
  releaseAll(): boolean {
    const lines = [...this.world.checker.oracle.actors.values()].filter(
      (log) => (blockedBy(log) !== undefined || unread(log).length > 0) && (this.tries.get(log.stream) ?? 0) < TRIES,
    );
    for (const log of lines) {
      this.tries.set(log.stream, (this.tries.get(log.stream) ?? 0) + 1);
      if (blockedBy(log) !== undefined) this.ask(log, undefined, false);
      for (const version of unread(log)) this.ask(log, version, false);
    }
    return lines.length > 0;
  }

  private act(log: ActorLog): void {
    const { tape, rates } = this.world;
    const versions = [...log.parks.keys()];
    const skips = tape.chance('skip', rates.skip);
    if (versions.length === 0 || (!skips && tape.pick('act', 2) === 0)) return this.ask(log, undefined, false);
    this.ask(log, versions[tape.pick('which', versions.length)], skips);
  }

  private ask({ stream, definition }: ActorLog, version: number | undefined, skips: boolean): void {
    const { world } = this;
    const started = this.workers.running.filter((worker) => worker.started);
    const worker = started[world.tape.pick('to', started.length)];
    if (!worker || !world.facts.readsLog(definition)) return;
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
      (error) => worker.isTooOldFor(error) || this.failed(error),
    );
  }

  private failed(error: unknown): void {
    const expected = isPassing(error) || (error instanceof WaybillError && ['NOT_PARKED', 'APP_STOPPED'].includes(error.code));
    if (!expected) this.world.wrong('I13', `an operator's call fails: ${String(error)}`);
  }
}

/** Open parks of messages that could not be read when they were parked. */
function unread({ parks }: ActorLog): number[] {
  return [...parks].flatMap(([version, { kind }]) => (kind === 'invalid' ? [version] : []));
}
