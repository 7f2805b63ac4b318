import type { Runtime } from '../base/runtime';
import type { Newer } from '../history/newer';

/** Who waits for newer code: an actor, or the whole consumer where the actor of a message cannot be known. */
export interface Yielding {
  readonly consumer: string;
  /** The actor's stream; undefined where the consumer waits. */
  readonly stream: string | undefined;
  /** What newer code knows, such as "Refunded" or "Paid version 3". */
  readonly needs: string;
  /** What cannot be read, and where. */
  readonly reason: string;
  /** Milliseconds since 1970. */
  readonly since: number;
  /** How many messages wait in this process. */
  readonly messages: number;
}

/** Told again after this long, then after twice as long each time. */
const AGAIN_MS = 600_000;
/** `settled` does not wait for who has waited this long: other code may never come. */
const PATIENCE_MS = 5_000;

interface Told {
  next: number;
  wait: number;
}

/** Who waits for newer code, and since when. Each need of a consumer is told once, then rarely. */
export class Yields {
  private readonly open = new Map<string, Yielding>();
  private readonly told = new Map<string, Told>();
  private readonly watchers: (() => void)[] = [];

  constructor(
    private readonly runtime: Runtime,
    private readonly tell: (one: Yielding) => void,
  ) {}

  /** `looked` is called at each look, and when one has ended. */
  onLook(looked: () => void): void {
    this.watchers.push(looked);
  }

  /** At each look: it still waits. */
  wait(consumer: string, stream: string | undefined, { needs, error }: Newer, messages: number): void {
    const now = this.runtime.now();
    const place = placeOf(consumer, stream);
    const one = { consumer, stream, needs, reason: error.message, since: this.open.get(place)?.since ?? now, messages };
    this.open.set(place, one);
    for (const looked of this.watchers) looked();
    const what = placeOf(consumer, needs);
    const told = this.told.get(what) ?? { next: now, wait: AGAIN_MS };
    if (now < told.next) return;
    this.told.set(what, { next: now + told.wait, wait: told.wait * 2 });
    this.tell(one);
  }

  end(consumer: string, stream: string | undefined): void {
    if (this.open.delete(placeOf(consumer, stream))) for (const looked of this.watchers) looked();
  }

  list(): Yielding[] {
    return [...this.open.values()];
  }

  /** How many messages of a consumer's actors, or of all, wait for so long that nobody waits for them. */
  left(consumer?: string): number {
    const left = this.list().filter((one) => one.stream !== undefined && this.isLong(one) && (consumer ?? one.consumer) === one.consumer);
    return left.reduce((sum, { messages }) => sum + messages, 0);
  }

  /** Whether the consumer as a whole waits for so long. */
  isStuck(consumer: string): boolean {
    const one = this.open.get(placeOf(consumer, undefined));
    return one !== undefined && this.isLong(one);
  }

  private isLong({ since }: Yielding): boolean {
    return since <= this.runtime.now() - PATIENCE_MS;
  }
}

function placeOf(consumer: string, of: string | undefined): string {
  return of === undefined ? consumer : `${consumer} ${of}`;
}
