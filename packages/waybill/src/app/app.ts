import type { Container } from 'inversify';
import type {
  Answer,
  AnyActor,
  AnyCommand,
  Counts,
  Duration,
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
import { System, viewsFor } from '@waybill/core/internal';
import type { Definition } from '@waybill/core/internal';
import { definitionsOf } from '../base/definitions';
import { explainWith } from '../explain/explain';
import type { Explanation } from '../explain/explanation';
import { guaranteesOf } from '../guarantees/guarantees';
import type { Guarantees } from '../guarantees/guarantees';
import { personalSide } from '../personal/personal';
import type { PersonalSide } from '../personal/personal';
import { realRuntime } from '../base/runtime';
import { nameInUse } from './in-use';
import { FormerNames } from './former';
import { checkStartOptions } from './start-options';
import { untakenOf } from './untaken';
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
  /** Clock, timers, random numbers and ids; default: those of this machine. */
  readonly runtime?: Runtime;
}

export type { View, ViewPage } from './view';

/** While an app runs, a timer keeps its process alive: otherwise one that only waits for events would end. */
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

  /** @throws WaybillError `OPTION_INVALID`, every problem of a class, `CLASS_RENAMED`, or `CHECKPOINT_…` if the checkpoints are not of this log */
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
      const system = new System(watch.definitions, {
        store: watch.store,
        views: views === store.views ? undefined : views,
        ...{ limits, runtime, onFailure: failed, onYield: (one) => watch.yields(one) },
      });
      watch.untaken(untakenOf(definitions));
      watch.attach(system);
      await new FormerNames(watch.store, definitions, runtime).around(watch, (ready) => system.start(ready));
      watch.started(system);
      return new App(system, options, alive, personal, watch, definitions);
    } catch (error) {
      clearInterval(alive);
      throw error;
    }
  }

  /** Every outcome as it becomes final, for observing only. As always with rxjs, a subscriber that throws ends the process. */
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
   * Resolves after the durable append, with what the command caused. The same id again gives the same answer and appends nothing,
   * so after any failure send it again with its id.
   * @param id of this command, chosen by the caller, at most 512 bytes; unique per actor.
   * @throws Rejected if the actor refused it; so does every retry with this id.
   * @throws WaybillError `COMMAND_CONFLICT`: the id was used for other content. `STORE_UNKNOWN_OUTCOME`: it is unknown whether it was
   * stored; send it again. `STORE_…`, `SEND_OVERLOADED`, `APP_STOPPED`, `COMMAND_NOT_TAKEN`, `KEY_INVALID`, `CONTENT_…`, and
   * what the method itself throws: nothing was stored.
   */
  async send<A extends AnyActor>(
    actor: Instance<A>,
    command: InOf<A> & AnyCommand,
    options: { readonly id: string },
  ): Promise<Answer<OutOf<A>>> {
    const { id } = Object(options) as typeof options;
    const name = nameInUse(this.options.use, actor, 'aggregate');
    return this.watch.send(name, command, id, () => this.system.send(name, command, id) as Promise<Answer<OutOf<A>>>);
  }

  /** The rows of a projection of this app. @throws WaybillError `NOT_IN_USE` */
  view<A extends AnyActor>(projection: Instance<A>): View<Exclude<StateOf<A>, undefined>> {
    return viewOf((this.options.views ?? this.options.store.views) as Views, nameInUse(this.options.use, projection, 'projection'));
  }

  /**
   * Folds the log from its start into new rows, while the current ones are still read and kept up to date. Resolves when the new
   * rows have replaced them in every process. Then nothing is parked except what today's folds cannot fold either. If it fails, or
   * the process dies, the current rows stay: call it again. See `progress()`.
   * @throws WaybillError `NOT_IN_USE`, `APP_STOPPED`, `STORE_…`
   */
  async rebuild(projection: Instance<AnyActor>): Promise<void> {
    return this.system.rebuild(nameInUse(this.options.use, projection, 'projection'));
  }

  /**
   * Deletes the keys of these people, durably when it resolves. From then on their personal fields read as `ERASED`: here at once,
   * in other processes within 10 seconds. If it fails, call it again. See the README for what it does not reach.
   * @throws WaybillError `PERSONAL_WITHOUT_KEYS`, `WRITE_BAD_NAME`, `STORE_…`
   */
  forget(subject: string | readonly string[]): Promise<void> {
    return this.personal.forget(subject);
  }

  /** What holds for each class, by which mechanism and at which cost, what would break it, and who waits for newer code; see `guaranteesText`. */
  guarantees(): Guarantees {
    return guaranteesOf(this.definitions, this.options.store, this.options.limits, this.operators.yielding());
  }

  /**
   * What became of a message at each class of this app, read from the log, so it works after a restart too. A duplicate leaves no
   * row: then it says what its actor would do with it now. Reads the whole log once; `explanationText` prints it.
   * @param id of an event or a command, or of any row of the log.
   */
  explain(id: string): Promise<Explanation> {
    const { store, runtime = realRuntime } = this.options;
    const views = viewsFor(store, this.options.views);
    const progress = new Map(this.progress().map(({ consumer, position }) => [consumer, position]));
    const context = {
      store: this.personal.store,
      ...{ definitions: this.definitions, views, runtime },
      reachedBy: (name: string) => progress.get(name),
    };
    return explainWith(context, id);
  }

  /** Resolves when everything in the log has been processed, including what was appended meanwhile. @throws what made the app stop */
  settled(): Promise<void> {
    return this.system.settled();
  }

  /**
   * Takes nothing new, finishes what is in progress, calls of handlers too, and saves the checkpoints; the store stays open. After
   * `within` it waits for calls no longer: at least once they are made again by the next start, at most once they are parked.
   */
  stop(options?: { readonly within?: Duration }): Promise<void> {
    clearInterval(this.alive);
    return this.system.stop(options);
  }
}
