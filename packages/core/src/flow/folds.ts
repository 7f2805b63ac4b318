import type { ActorDefinition } from '../actors/definition';
import type { Fold } from '../history/fold';
import { FoldCache } from '../history/fold-cache';
import { load } from '../history/replay';
import type { ConsumerContext } from './context';
import type { CrashLoopGuard } from './crash-loop-guard';
import { gate } from './gate';
import { newestReferenced, type Work } from './mailbox';
import type { YieldingActors } from './yielding-actors';

/** A fold, and whether it was loaded for this turn. */
export type Looked = readonly [fold: Fold, fresh: boolean];

/** I9: the folds that a turn decides on, from memory or from the log. */
export class Folds {
  private readonly cache: FoldCache;

  constructor(
    private readonly definition: ActorDefinition,
    private readonly context: ConsumerContext,
    private readonly yielding: YieldingActors,
    private readonly guard: CrashLoopGuard | undefined,
  ) {
    this.cache = new FoldCache(context.limits.hot);
  }

  /** The folds of these actors, in order. Each message whose method will run is marked first, where the guard wants it. */
  async of(works: readonly Work[]): Promise<readonly Looked[]> {
    const hot = works.map((work) => this.cache.get(work.stream, newestReferenced(work)));
    const looked = async ({ stream }: Work, fold: Fold | undefined): Promise<Looked> =>
      fold ? [fold, false] : [await this.load(stream), true];
    const folds = await Promise.all(works.map((work, i) => looked(work, hot[i])));
    if (this.guard?.wants) for (const [i, work] of works.entries()) await this.mark(this.guard, work, (folds[i] as Looked)[0]);
    return folds;
  }

  /** Its rows are durable. */
  set(fold: Fold): void {
    this.cache.set(fold);
  }

  drop(stream: string): void {
    this.cache.drop(stream);
  }

  /** Of an actor that waits for newer code, what it knows is kept: its rows are read once. */
  private load(stream: string): Promise<Fold> {
    const { store, runtime } = this.context;
    return load(store, this.definition, stream, runtime, this.yielding.foldOf(stream));
  }

  private async mark(guard: CrashLoopGuard, { items }: Work, fold: Fold): Promise<void> {
    if (fold.newer) return;
    for (const delivery of items)
      if (guard.wants && gate(this.definition, fold, delivery, this.context.runtime).as === 'pass')
        delivery.failure = await guard.before(delivery);
  }
}
