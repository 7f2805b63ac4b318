import type { ActorDefinition } from '../actors/definition';
import { WaybillError } from '../base/errors';
import { retryTransient } from '../base/runtime';
import type { ConsumerContext } from '../flow/context';
import { Outcomes } from '../flow/outcome';
import type { Views } from '../store/port';
import { foldVersion, generationName, loadGenerations, moveGenerations, type Generations } from './generation';
import { ParkStreams } from './park-streams';
import { checkpointOfView } from './view-checkpoint';
import { ProjectionWorker } from './worker';

/** What the generations of one projection share. */
export interface ProjectionContext {
  readonly definition: ActorDefinition;
  readonly views: Views;
  readonly consumer: ConsumerContext;
  readonly stopping: () => boolean;
}

/**
 * A new generation, folded from the start of the log while the current one stays in use. If the process dies on the way, the
 * current one stays; the next rebuild starts over, so that no view is folded by two versions of the code. Of two rebuilds at
 * once the later one wins, whichever is ready first.
 */
export class Rebuild {
  readonly worker: ProjectionWorker;
  private failure: unknown;

  private constructor(
    private readonly context: ProjectionContext,
    private readonly generation: number,
  ) {
    const { definition, views, consumer } = context;
    const fatal = (error: unknown): void => {
      this.failure ??= error;
      this.worker.wake();
    };
    // Its events had their outcomes already: none is published twice.
    this.worker = new ProjectionWorker(definition, generation, views, { ...consumer, outcomes: new Outcomes(), fatal }, () => undefined);
  }

  /** No other rebuild gets its number, and data of an earlier log under its names is dropped. */
  static async begin(context: ProjectionContext): Promise<Rebuild> {
    const { definition, views, consumer, stopping } = context;
    const { next } = await retryTransient(consumer.runtime, stopping, () =>
      moveGenerations(views, definition.name, (now) => ({ next: now.next + 1 })),
    );
    const rebuild = new Rebuild(context, next - 1);
    const { view } = rebuild.worker;
    await retryTransient(consumer.runtime, stopping, async () => {
      await views.drop(view);
      await checkpointOfView(views, view, consumer.store).rewind(0);
      (await rebuild.worker.start())();
    });
    return rebuild;
  }

  /** Resolves when it has caught up with `lowWatermark`, or when a later rebuild has replaced it. */
  async reach(lowWatermark: () => number): Promise<void> {
    const { definition, stopping } = this.context;
    while (!this.worker.isReplaced) {
      if (this.failure !== undefined) throw this.failure;
      if (stopping())
        throw new WaybillError('APP_STOPPED', `the rebuild of "${definition.name}" is not done`, 'begin it again in an app that runs');
      if (this.worker.lowWatermark >= lowWatermark()) return;
      await this.worker.progressed();
    }
  }

  /**
   * Makes it current, once its checkpoint is durable and nothing of it is in progress. `asked`: an operator wants today's fold, be it
   * older than the current one; otherwise a newer fold stays.
   */
  async take(asked: boolean): Promise<void> {
    const { definition, views, consumer, stopping } = this.context;
    await this.worker.stop();
    if (this.failure !== undefined) throw this.failure;
    const later = ({ current, version }: Generations) =>
      current < this.generation && (asked || version <= foldVersion(definition))
        ? { current: this.generation, version: foldVersion(definition) }
        : undefined;
    await retryTransient(consumer.runtime, stopping, () => moveGenerations(views, definition.name, later));
  }
}

/**
 * Deletes the generations before the current one. They are not needed: a reader checks after each read that its generation is
 * current, and nothing that a worker writes there has an effect.
 */
export async function forgetReplaced({ definition, views, consumer, stopping }: ProjectionContext): Promise<void> {
  const { name } = definition;
  const { current, kept } = await loadGenerations(views, name);
  for (let generation = kept; generation < current && !stopping(); generation++) {
    const view = generationName(name, generation);
    const parks = new ParkStreams(view, consumer.store, consumer.runtime);
    await parks.close(definition.folds, `rebuilt as ${generationName(name, current)}`);
    await views.drop(view);
  }
  if (kept < current && !stopping()) await moveGenerations(views, name, (now) => (now.kept < current ? { kept: current } : undefined));
}
