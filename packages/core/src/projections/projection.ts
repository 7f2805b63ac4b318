import type { ActorDefinition } from '../actors/definition';
import { isTransient } from '../base/errors';
import { retryTransient } from '../base/runtime';
import type { Consumer } from '../consumers/consumer';
import type { Start } from '../consumers/subscription';
import type { ConsumerContext } from '../flow/context';
import { ParkedMessages } from '../parking/parked-messages';
import type { Views } from '../store/port';
import { foldVersion, loadGenerations } from './generation';
import { Rebuild, forgetReplaced, type ProjectionContext } from './rebuild';
import { ProjectionWorker } from './worker';

/** How often a rebuild looks whether the log has grown, before it takes over from the workers of other processes. */
const ROUNDS = 10;

/**
 * A projection: always one worker on the current generation, whichever process rebuilt it. `worker` folds, `rebuild` replaces. Where the
 * current generation is of an older fold, or nobody knows how far it has come, it is left to others and replaced; where it is of a
 * newer fold, it is left alone.
 */
export class ProjectionConsumer implements Consumer {
  readonly name: string;
  readonly parked: ParkedMessages;
  private readonly context: ProjectionContext;
  private worker: ProjectionWorker;
  /** Whether the worker folds; otherwise it was never started. */
  private folds = true;
  private stopping = false;
  private following: Promise<void> | undefined;
  private rebuilding: Promise<void> | undefined;
  private current: Rebuild | undefined;
  private tidying: Promise<void> = Promise.resolve();

  constructor(
    private readonly definition: ActorDefinition,
    private readonly views: Views,
    private readonly consumer: ConsumerContext,
  ) {
    this.name = definition.name;
    this.parked = new ParkedMessages(this.name, definition.folds, consumer.store, {
      owns: (stream) => isOf(this.name, stream),
      look: async (stream) => {
        const { parking } = await this.upToDate();
        return this.folds ? parking.look(stream) : undefined;
      },
    });
    this.context = { definition, views, consumer, stopping: () => this.stopping };
    this.worker = this.workerOf(1);
  }

  get lowWatermark(): number {
    if (this.folds) return this.worker.lowWatermark;
    return this.rebuilding ? 0 : Number.MAX_SAFE_INTEGER;
  }
  get building(): { readonly name: string; readonly lowWatermark: number } | undefined {
    return this.current && { name: this.current.worker.view, lowWatermark: this.current.worker.lowWatermark };
  }

  /** Old code that stands aside has nothing to do. */
  isDone(position: number): boolean {
    return this.folds ? this.worker.isDone(position) : !this.rebuilding;
  }
  progressed(): Promise<void> {
    return this.worker.progressed();
  }

  async start(): Promise<Start> {
    const { current, version } = await loadGenerations(this.views, this.name);
    if (current !== this.worker.generation) this.worker = this.workerOf(current);
    const today = foldVersion(this.definition);
    const isBuilt = version < today || (version === today && (await this.worker.apart?.isKept()) === false);
    this.folds = version === today && !isBuilt;
    if (isBuilt) return () => void this.rebuild(false).catch((error: unknown) => this.failed(error));
    if (!this.folds) return () => undefined;
    const begin = await this.worker.start();
    this.tidying = forgetReplaced(this.context).catch((error: unknown) => this.failed(error));
    return begin;
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.current?.worker.wake();
    await this.rebuilding?.catch(() => undefined);
    await this.following;
    await this.tidying;
    await this.worker.stop();
  }

  /** Resolves when the new generation is current. A call during a rebuild gets that rebuild. `asked`: by an operator. */
  rebuild(asked = true): Promise<void> {
    return (this.rebuilding ??= this.build(asked).finally(() => (this.rebuilding = undefined)));
  }

  private async build(asked: boolean): Promise<void> {
    const rebuild = (this.current = await Rebuild.begin(this.context));
    const lowWatermark = (): number => this.worker.lowWatermark;
    const isAlone = !this.folds;
    let halted = false;
    try {
      if (isAlone) await this.reachHead(rebuild);
      else {
        await rebuild.reach(lowWatermark);
        halted = !rebuild.worker.isReplaced;
        // Rows never go back to an earlier state: the new generation holds all that the old worker did.
        if (halted) await this.worker.stop();
        await rebuild.reach(lowWatermark);
      }
      await rebuild.take(asked);
    } finally {
      await rebuild.worker.stop();
      this.current = undefined;
      if (halted || isAlone) await this.follow();
    }
    await this.upToDate();
    const { runtime } = this.consumer;
    if (rebuild.worker.isReplaced) await retryTransient(runtime, this.context.stopping, () => this.views.drop(rebuild.worker.view));
    else await retryTransient(runtime, this.context.stopping, () => forgetReplaced(this.context));
  }

  /** Other processes may go on folding the current generation: the new one comes as near as it can. */
  private async reachHead(rebuild: Rebuild): Promise<void> {
    const { store, runtime } = this.consumer;
    for (let round = 0, reached = -1; round < ROUNDS; round++) {
      const head = await retryTransient(runtime, this.context.stopping, () => store.head());
      if (head === reached) return;
      await rebuild.reach(() => head);
      reached = head;
    }
  }

  /** An idle worker may not know yet that another process has rebuilt. */
  private async upToDate(): Promise<ProjectionWorker> {
    const { current } = await loadGenerations(this.views, this.name);
    if (current > this.worker.generation && !this.stopping) await this.follow();
    return this.worker;
  }

  private workerOf(generation: number): ProjectionWorker {
    return new ProjectionWorker(this.definition, generation, this.views, this.consumer, () => void this.follow());
  }

  /** Moves on to the current generation, from that one's checkpoint. */
  private follow(): Promise<void> {
    return (this.following ??= this.change()
      .catch((error: unknown) => this.failed(error))
      .finally(() => {
        this.following = undefined;
        if (this.worker.isReplaced && !this.stopping) void this.follow();
      }));
  }

  private async change(): Promise<void> {
    const before = this.worker;
    await before.stop();
    if (this.stopping) return;
    this.worker = await retryTransient(this.consumer.runtime, this.context.stopping, async () => {
      const { current, version } = await loadGenerations(this.views, this.name);
      const next = this.workerOf(current);
      this.folds = version === foldVersion(this.definition);
      if (this.folds) (await next.start())();
      return next;
    });
    before.wake();
    // It may have written there after another process dropped the view.
    if (before.isReplaced) await this.views.drop(before.view);
  }

  private failed(error: unknown): void {
    if (!this.stopping && !isTransient(error)) this.consumer.fatal(error);
  }
}

/** Whether some generation of the projection parks there. */
function isOf(projection: string, stream: string): boolean {
  return stream.startsWith(projection) && /^(~\d+)?:(row|parked)-/.test(stream.slice(projection.length));
}
