import type { ActorDefinition } from '../actors/definition';
import { WaybillError } from '../base/errors';
import { retryTransient } from '../base/runtime';
import type { ConsumerContext } from '../flow/context';
import { Outcomes } from '../flow/outcome';
import type { Views } from '../store/port';
import { generationName, loadGenerations, moveGenerations } from './generation';
import { ParkStreams } from './park-streams';
import { ProjectionWorker } from './worker';

/** What generations of one projection have in common. */
export interface ProjectionContext {
  readonly definition: ActorDefinition;
  readonly views: Views;
  readonly consumer: ConsumerContext;
  readonly stopping: () => boolean;
}

/**
 * A generation of its own, folded from the start of the log beside the one that is current. A process that dies on the way
 * leaves that one current; the next rebuild begins anew, so that no view is folded by two versions of the code. Of two at
 * once the one that began later stays, whoever is ready first.
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
    // Its events have had their outcomes: none is published a second time.
    this.worker = new ProjectionWorker(definition, generation, views, { ...consumer, outcomes: new Outcomes(), fatal }, () => undefined);
  }

  /** Its number is given to nobody else, and what stands under its names from a log of before is forgotten. */
  static async begin(context: ProjectionContext): Promise<Rebuild> {
    const { definition, views, consumer, stopping } = context;
    const { next } = await retryTransient(consumer.runtime, stopping, () =>
      moveGenerations(views, definition.name, (now) => ({ next: now.next + 1 })),
    );
    const rebuild = new Rebuild(context, next - 1);
    const { view } = rebuild.worker;
    await retryTransient(consumer.runtime, stopping, async () => {
      await views.drop(view);
      await consumer.store.checkpoint(view).rewind(0);
      (await rebuild.worker.start())();
    });
    return rebuild;
  }

  /** Resolves when it has come as far as `low` says by then, or when a later rebuild has taken its place. */
  async reach(lowWatermark: () => number): Promise<void> {
    while (!this.worker.isReplaced) {
      if (this.failure !== undefined) throw this.failure;
      if (this.context.stopping()) throw cancelled(this.context.definition.name);
      if (this.worker.lowWatermark >= lowWatermark()) return;
      await this.worker.progressed();
    }
  }

  /** Its checkpoint is durable, and nothing of it under way any more; then it becomes the one that is current. */
  async take(): Promise<void> {
    const { definition, views, consumer, stopping } = this.context;
    await this.worker.stop();
    if (this.failure !== undefined) throw this.failure;
    const later = ({ current }: { readonly current: number }) => (current < this.generation ? { current: this.generation } : undefined);
    await retryTransient(consumer.runtime, stopping, () => moveGenerations(views, definition.name, later));
  }
}

/**
 * Forgets what was before the current generation. Nobody needs it: readers look afterwards whether what they have read is
 * current, and what a worker writes there counts for nothing.
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

function cancelled(projection: string): WaybillError {
  return new WaybillError('APP_STOPPED', `the rebuild of "${projection}" is not done`, 'begin it again in an app that runs');
}
