import { backoff } from '../base/runtime';
import type { Fold } from '../history/fold';
import type { Newer } from '../history/newer';
import type { ConsumerContext } from './context';

/** Milliseconds until the next look: at first, at most, and once a message comes that may be news of the actor. */
const FIRST_MS = 100;
const MOST_MS = 30_000;
const SOON_MS = 1_000;

interface Waiting {
  readonly looks: number;
  /** As of the last look. */
  readonly fold: Fold;
  /** Brings the next look forward. */
  sooner: ((ms: number) => void) | undefined;
}

/** I10: the actors of one class that wait for newer code; one that is looked at again is read from where the last look ended. */
export class YieldingActors {
  private readonly actors = new Map<string, Waiting>();

  constructor(
    private readonly consumer: string,
    private readonly context: ConsumerContext,
  ) {}

  get size(): number {
    return this.actors.size;
  }

  get streams(): readonly string[] {
    return [...this.actors.keys()];
  }

  readonly has = (stream: string): boolean => this.actors.has(stream);

  foldOf(stream: string): Fold | undefined {
    return this.actors.get(stream)?.fold;
  }

  /** It goes on to wait: the milliseconds until the next look. */
  wait(fold: Fold, newer: Newer, messages: number): number {
    const { stream } = fold;
    const looks = this.actors.get(stream)?.looks ?? 0;
    this.actors.set(stream, { looks: looks + 1, fold, sooner: undefined });
    this.context.yields.wait(this.consumer, stream, newer, messages);
    return backoff(this.context.runtime, looks, FIRST_MS, MOST_MS);
  }

  whenKnocked(stream: string, sooner: ((ms: number) => void) | undefined): void {
    const waiting = this.actors.get(stream);
    if (waiting) waiting.sooner = sooner;
  }

  /** A message has come for it: other code may have gone on. */
  knock(stream: string): void {
    const waiting = this.actors.get(stream);
    waiting?.sooner?.(SOON_MS);
    if (waiting) waiting.sooner = undefined;
  }

  end(stream: string): undefined {
    if (this.actors.delete(stream)) this.context.yields.end(this.consumer, stream);
  }
}
