/**
 * I13, I15: `settled` resolves when nothing is left to do, and a failure that cannot pass stops everything. This file owns the set of
 * consumers and its start and stop; `checks` refuses what must not start, `operators` is for parked messages.
 */

import type { Observable } from 'rxjs';
import { deadlinesOf, type ActorDefinition, type Definition } from '../actors/definition';
import { checkOptions } from '../base/checks';
import { millisecondsOf, type Duration } from '../base/duration';
import { WaybillError } from '../base/errors';
import { sleep, type Runtime } from '../base/runtime';
import { ActorConsumer } from '../consumers/actor-consumer';
import { CommandPort, type Answer } from '../consumers/commands';
import type { Consumer } from '../consumers/consumer';
import { HandlerConsumer } from '../consumers/handler';
import type { Start } from '../consumers/subscription';
import { DeadlineClock } from '../deadlines/clock';
import type { ConsumerContext } from '../flow/context';
import { Outcomes, type Counts, type Outcome } from '../flow/outcome';
import { Yields, type Yielding } from '../flow/yields';
import type { Message } from '../messages/message';
import { ProjectionConsumer } from '../projections/projection';
import { viewsFor } from '../projections/view-checkpoint';
import type { Store, Views } from '../store/port';
import { limitsOf, refuseDoubles, refuseRelaxed, refuseUntold, type Limits } from './checks';
import { Operators } from './operators';

export type { Limits } from './checks';

export const DEFAULT_LIMITS: Limits = { window: 2_048, page: 256, batch: 256, perActor: 256, turns: 2, hot: 2_000, attempts: 5 };

interface SystemOptions {
  readonly store: Store;
  /** Where projections keep their rows; default: the store itself. */
  readonly views?: Views | undefined;
  readonly runtime: Runtime;
  readonly limits?: Partial<Limits> | undefined;
  /** Somebody waits for newer code: each need of a consumer is told once, then rarely. */
  readonly onYield?: ((one: Yielding) => void) | undefined;
  /** Called once, when an error stops the system. */
  readonly onFailure: (error: unknown) => void;
}

/** A running set of actors, handlers and projections on one store. */
export class System {
  private readonly sink = new Outcomes();
  private readonly ports = new Map<string, CommandPort>();
  private readonly consumers: Consumer[] = [];
  /** Parked and retrying messages, and decisions about them. */
  readonly operators = new Operators(
    this.consumers,
    () => this.mustRun(),
    () => this.yields.list(),
  );
  private readonly yields: Yields;
  private failure: unknown;
  private stopped: Promise<void> | undefined;

  constructor(
    private readonly definitions: readonly Definition[],
    private readonly options: SystemOptions,
  ) {
    const taken = refuseDoubles(definitions);
    const { store, runtime } = options;
    const views = viewsFor(store, options.views);
    refuseRelaxed(definitions, store);
    refuseUntold(definitions);
    this.yields = new Yields(runtime, (one) => options.onYield?.(one));
    const limits = limitsOf(DEFAULT_LIMITS, options.limits);
    const context: ConsumerContext = {
      store,
      runtime,
      limits,
      outcomes: this.sink,
      yields: this.yields,
      fatal: (error) => this.fail(error),
    };
    for (const definition of definitions) {
      const { name } = definition;
      if (definition.kind === 'handler') this.consumers.push(new HandlerConsumer(definition, context));
      else if (definition.kind === 'aggregate') this.addAggregate({ ...definition, taken }, context);
      else if (definition.kind === 'saga') this.addSaga({ ...definition, taken }, context);
      else if (views) this.consumers.push(new ProjectionConsumer(definition, views, context));
      else
        throw new WaybillError('STORE_WITHOUT_VIEWS', `the store keeps no views, which "${name}" needs`, 'pass { views } of one that does');
    }
  }

  private addSaga(definition: ActorDefinition, context: ConsumerContext): void {
    const consumer = new ActorConsumer(definition, context);
    this.consumers.push(consumer);
    if (deadlinesOf(definition).length > 0) this.consumers.push(new DeadlineClock(definition, consumer, context));
  }

  /** An aggregate to which sagas send commands reads them from the log, as a saga does. */
  private addAggregate(definition: ActorDefinition, context: ConsumerContext): void {
    const port = new CommandPort(definition, context);
    this.ports.set(definition.name, port);
    const sent = this.definitions.some(
      (other) => other.kind === 'saga' && [...other.sends.keys()].some((type) => definition.inputs.has(type)),
    );
    if (sent || definition.options.fromLog) this.consumers.push(new ActorConsumer(definition, context, port.flow));
  }

  get outcomes(): Observable<Outcome> {
    return this.sink.observable;
  }
  counts(): Counts {
    return this.sink.counts();
  }

  /** `ready` is awaited when all checkpoints are loaded. @throws WaybillError when a checkpoint is not one of this log. */
  async start(ready?: () => Promise<void>): Promise<void> {
    try {
      const begin: Start[] = [];
      for (const consumer of this.consumers) begin.push(await consumer.start());
      await ready?.();
      // All at once, at the end: the caller of `start` can subscribe before the first outcome.
      for (const one of begin) one();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  send(actor: string, command: Message, id: string): Promise<Answer> {
    if (this.failure !== undefined || this.stopped) return Promise.reject(appStopped(this.failure));
    return (this.ports.get(actor) as CommandPort).send(command, id);
  }

  /** Position up to which each consumer is finished, and each rebuild. */
  progress(): { readonly consumer: string; readonly position: number }[] {
    const all = this.consumers.flatMap((consumer) => (consumer.building ? [consumer, consumer.building] : [consumer]));
    return all.map(({ name, lowWatermark }) => ({ consumer: name, position: lowWatermark }));
  }

  /** Resolves when rows that were folded from the start of the log have replaced those of the projection. @throws WaybillError `APP_STOPPED` */
  async rebuild(projection: string): Promise<void> {
    this.mustRun();
    await this.consumers.find(({ name, rebuild }) => name === projection && rebuild)?.rebuild?.();
  }

  /**
   * Resolves when every consumer has finished the whole log, what was appended meanwhile too, and every deadline that is due. Who has
   * waited for newer code for some seconds is not waited for. @throws what stopped the system
   */
  async settled(): Promise<void> {
    for (let head = await this.options.store.head(); ;) {
      this.mustRun();
      for (const consumer of this.consumers) for (; !consumer.isDone(head) || consumer.waits; await consumer.progressed()) this.mustRun();
      const now = await this.options.store.head();
      const isDue = this.consumers.some((consumer) => consumer.isDue);
      if (now === head && !isDue && this.sink.counts().waiting === this.yields.left()) return;
      if (now === head) await sleep(this.options.runtime, 5);
      head = now;
    }
  }

  private mustRun(): void {
    if (this.failure !== undefined) throw this.failure;
    if (this.stopped) throw appStopped(undefined);
  }

  /**
   * Takes nothing new, finishes what is in progress, saves the checkpoints. The store stays open. `within`: after so many
   * milliseconds it no longer waits for calls to the outside.
   * @throws WaybillError `OPTION_INVALID`, `DURATION_INVALID`
   */
  async stop(options: { readonly within?: Duration } = {}): Promise<void> {
    checkOptions(options, 'stop()', ['within']);
    const { within } = options;
    const milliseconds = within === undefined ? undefined : millisecondsOf(within);
    return (this.stopped ??= this.halt(milliseconds));
  }

  private async halt(within?: number): Promise<void> {
    await Promise.all(this.consumers.map((consumer) => consumer.stop(within)));
    await Promise.all([...this.ports.values()].map((port) => port.stop()));
    this.sink.complete();
  }

  private fail(error: unknown): void {
    if (this.failure !== undefined) return;
    this.failure = error;
    this.stop().catch(() => undefined); // `onFailure` gets the first failure, not one of the stop
    this.options.onFailure(error);
  }
}

function appStopped(cause: unknown): WaybillError {
  return new WaybillError('APP_STOPPED', 'the app has stopped', 'send it again, with the same id, to an app that runs', { cause });
}
