import type { Container } from 'inversify';
import { classEntry, System, WaybillError } from '@waybill/core';
import type {
  AnyActor,
  AnyCommand,
  Answer,
  Counts,
  Definition,
  InOf,
  Keys,
  Limits,
  Observable,
  Operators,
  Outcome,
  OutOf,
  Runtime,
  StateOf,
  Store,
  UseClass,
  Views,
} from '@waybill/core';
import { definitionsOf } from '../base/definitions';
import { explainWith } from '../explain/explain';
import type { Explanation } from '../explain/explanation';
import { guaranteesOf } from '../guarantees/guarantees';
import type { Guarantees } from '../guarantees/guarantees';
import { personalSide } from '../personal/personal';
import type { PersonalSide } from '../personal/personal';
import { realRuntime } from '../base/runtime';
import { checkStartOptions } from './start-options';
import { viewOf } from './view';
import type { View } from './view';
import { Watch } from './watch';
import type { WatchOptions } from './watch';

export interface AppOptions extends WatchOptions {
  readonly store: Store;
  /** Decorated classes: aggregates, sagas, handlers, projections. */
  readonly use: readonly UseClass[];
  /** Where `@inject(Token)` finds what it asks for. */
  readonly container?: Container;
  /** Where projections keep their rows; default: the store. */
  readonly views?: Views;
  /** Where the keys of personal data are kept; default: the store. */
  readonly keys?: Keys;
  readonly limits?: Partial<Limits>;
  /** The clock, timers, random numbers and ids; default: those of this machine. */
  readonly runtime?: Runtime;
}

export type { View, ViewPage } from './view';

/** While an app runs, a timer keeps its process alive: one that only waits for events would else end by itself. */
const ALIVE_MS = 2 ** 30;

type Instance<A> = abstract new (...args: never[]) => A;

/** A running system. Made by `App.start`. */
export class App {
  private constructor(
    private readonly system: System,
    private readonly options: AppOptions,
    private readonly alive: NodeJS.Timeout,
    private readonly personal: PersonalSide,
    private readonly watch: Watch,
    private readonly definitions: readonly Definition[],
  ) {}

  /** @throws WaybillError `OPTION_INVALID`, every problem of a class, or that the store's checkpoints are not of this log. */
  static async start(options: AppOptions): Promise<App> {
    checkStartOptions(options);
    const definitions = definitionsOf(options.use, options.container);
    const { store, views, keys, limits, runtime = realRuntime } = options;
    const personal = personalSide(store, keys, runtime, definitions);
    const watch = new Watch(options, definitions, personal.store);
    const alive = setInterval(() => undefined, ALIVE_MS);
    const failed = (error: unknown): void => {
      clearInterval(alive);
      watch.failed(error);
    };
    try {
      const system = new System(watch.definitions, { store: watch.store, views, limits, runtime, onFailure: failed });
      watch.attach(system);
      await system.start();
      watch.started(system);
      return new App(system, options, alive, personal, watch, definitions);
    } catch (error) {
      clearInterval(alive);
      throw error;
    }
  }

  /** Every outcome as it becomes final: to watch, not to steer. As everywhere in rxjs, a subscriber that throws ends the process. */
  get outcomes(): Observable<Outcome> {
    return this.system.outcomes;
  }

  /** What is parked or will be tried again, and what to do about it. */
  get operators(): Operators {
    return this.system.operators;
  }

  /** Deliveries of this process by outcome: `received` is their sum, plus what is `waiting`. */
  counts(): Counts {
    return this.system.counts();
  }

  /** Per consumer, the position up to which everything has its outcome. */
  progress(): { readonly consumer: string; readonly position: number }[] {
    return this.system.progress();
  }

  /**
   * Resolves after the durable append, with what the command caused. The same id again gives the same answer and appends
   * nothing: so after any failure, send it again with its id.
   * @param id of this command, chosen by the caller, at most 512 bytes; unique per actor.
   * @throws Rejected the actor refused; again at every retry of the id.
   * @throws WaybillError `COMMAND_CONFLICT` the id was used for other content; `STORE_UNKNOWN_OUTCOME` nobody knows, send
   * it again; `STORE_…` the store's own; what the method itself throws: nothing was stored; so with `SEND_OVERLOADED`, `APP_STOPPED`, `COMMAND_NOT_TAKEN`, `KEY_INVALID`, `CONTENT_…` nothing was stored.
   */
  async send<A extends AnyActor>(
    actor: Instance<A>,
    command: InOf<A> & AnyCommand,
    options: { readonly id: string },
  ): Promise<Answer<OutOf<A>>> {
    const { id } = Object(options) as typeof options;
    const name = this.nameOf(actor, 'aggregate');
    return this.watch.send(name, command, id, () => this.system.send(name, command, id) as Promise<Answer<OutOf<A>>>);
  }

  /** The rows of a projection of this app. @throws WaybillError `NOT_IN_USE` */
  view<A extends AnyActor>(projection: Instance<A>): View<Exclude<StateOf<A>, undefined>> {
    return viewOf((this.options.views ?? this.options.store.views) as Views, this.nameOf(projection, 'projection'));
  }

  /**
   * Folds the log from its start into new rows, beside those of now, which go on being read and kept up; resolves when the
   * new ones have taken their place, in every process. Nothing is parked any more then, but for what the folds of now
   * cannot fold either. If it fails, or the process dies, the rows of now stay: call it again. See `progress()`.
   * @throws WaybillError `NOT_IN_USE`, `APP_STOPPED`, `STORE_…`
   */
  async rebuild(projection: Instance<AnyActor>): Promise<void> {
    return this.system.rebuild(this.nameOf(projection, 'projection'));
  }

  /**
   * Deletes the keys of these people, durable when it resolves: their personal fields read as `ERASED` from then on, here
   * at once, in other processes within 10 seconds. If it fails, call it again. See the README for what it does not reach.
   * @throws WaybillError `PERSONAL_WITHOUT_KEYS`, `WRITE_BAD_NAME`, `STORE_…`
   */
  forget(subject: string | readonly string[]): Promise<void> {
    return this.personal.forget(subject);
  }

  /** What holds of each class of this app, by which mechanism, at which cost, and what would break it; `guaranteesText` prints it. */
  guarantees(): Guarantees {
    return guaranteesOf(this.definitions, this.options.store, this.options.limits);
  }

  /**
   * What became of a message at each class of this app, told from the log: after a restart too. A duplicate leaves no row;
   * then its actor is asked what it says of it now. Reads the whole log once; `explanationText` prints it.
   * @param id of an event or a command, or of any row of the log.
   */
  explain(id: string): Promise<Explanation> {
    const { store, views = store.views, runtime = realRuntime } = this.options;
    const progress = new Map(this.progress().map(({ consumer, position }) => [consumer, position]));
    const scene = {
      store: this.personal.store,
      definitions: this.definitions,
      views,
      runtime,
      lowOf: (name: string) => progress.get(name),
    };
    return explainWith(scene, id);
  }

  /** Resolves when all that the log holds has been worked off, also what was appended meanwhile. @throws what made the app stop. */
  settled(): Promise<void> {
    return this.system.settled();
  }

  /**
   * Takes nothing new, finishes what is under way (also calls of handlers, which it waits for), saves the checkpoints.
   * Closing the store is up to whoever opened it.
   */
  stop(): Promise<void> {
    clearInterval(this.alive);
    return this.system.stop();
  }

  private nameOf(target: Instance<AnyActor>, kind: string): string {
    const entry = classEntry(target);
    if (entry.kind === kind && this.options.use.includes(target)) return entry.name;
    throw new WaybillError('NOT_IN_USE', `${target.name} is no ${kind} of this app`, `list the ${kind} in App.start({ use: […] })`);
  }
}
