import type { Consumer, Message } from './consumers';
import { chosen } from './consumers';
import type { Settings } from './settings';

export type NackAction = 'park' | 'retry' | 'skip' | 'stop';

interface Hooks {
  settings(): Settings;
  /** Parks a message that is given up. */
  park(message: Message, reason: string): Promise<void>;
  /** Called after a message was finished. */
  moved(): void;
  failed(error: unknown): void;
}

/** Messages between the source and the consumers: each is delivered until a consumer has finished it, or it is parked. */
export class Deliveries {
  readonly consumers: Consumer[] = [];
  /** Read, but not delivered yet. */
  readonly ahead: Message[] = [];
  /** To be delivered again, before those that are `ahead`. */
  readonly again: Message[] = [];
  /** In the order of their sequence, so the first is the lowest. */
  private readonly unfinished = new Set<Message>();
  /** Deliveries since this process began, repeated ones included. */
  total = 0;
  private timer: NodeJS.Timeout | undefined;
  private room: (() => void) | undefined;

  constructor(private readonly hooks: Hooks) {}

  get inFlight(): number {
    return this.consumers.reduce((sum, { inFlight }) => sum + inFlight.size, 0);
  }

  /** The lowest sequence that is not finished. */
  get lowest(): number | undefined {
    for (const { sequence } of this.unfinished) return sequence;
    return undefined;
  }

  /** Adds a message from the source, in order. Resolves when the next one may follow. */
  async add(message: Message): Promise<void> {
    this.unfinished.add(message);
    this.ahead.push(message);
    this.dispatch();
    if (this.ahead.length >= this.hooks.settings().historyBuffer) await new Promise<void>((resolve) => (this.room = resolve));
  }

  replay(message: Message): void {
    this.again.push(message);
    this.dispatch();
  }

  join(consumer: Consumer): void {
    this.consumers.push(consumer);
    this.dispatch();
  }

  /** Messages that a departed consumer held go to the others, oldest first. */
  leave(consumer: Consumer): void {
    const at = this.consumers.indexOf(consumer);
    if (at < 0) return;
    this.consumers.splice(at, 1);
    this.again.unshift(...consumer.inFlight.values());
    consumer.inFlight.clear();
    this.dispatch();
  }

  ack(consumer: Consumer, ids: readonly string[]): void {
    for (const message of taken(consumer, ids)) this.finish(message);
    this.dispatch();
  }

  nack(consumer: Consumer, ids: readonly string[], action: NackAction, reason: string): void {
    for (const message of taken(consumer, ids)) {
      if (action === 'park') this.park(message, `Client explicitly NAK'ed message.\n${reason}`);
      else if (action === 'retry') this.retry(message);
      else this.finish(message); // 'stop' forgets the message, as the real server does
    }
    this.dispatch();
  }

  /** Stops delivering, clears the timer, and releases whoever waits for room. */
  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.ahead.length = 0;
    this.again.length = 0;
    this.unfinished.clear();
    this.makeRoom();
  }

  private dispatch(): void {
    const { strategy, messageTimeout } = this.hooks.settings();
    for (;;) {
      const queue = this.again.length > 0 ? this.again : this.ahead;
      const message = queue[0];
      const consumer = message && chosen(strategy, this.consumers, message);
      if (!message || !consumer) break;
      queue.shift();
      message.due = messageTimeout > 0 ? Date.now() + messageTimeout : Infinity;
      this.total++;
      consumer.send(message);
    }
    if (this.inFlight > 0 && messageTimeout > 0) this.timer ??= setTimeout(() => this.expire(), messageTimeout).unref();
    if (this.ahead.length < this.hooks.settings().historyBuffer) this.makeRoom();
  }

  private expire(): void {
    this.timer = undefined;
    const now = Date.now();
    let next = Infinity;
    for (const consumer of this.consumers) {
      const late = [...consumer.inFlight.values()].filter(({ due }) => due <= now);
      for (const message of taken(
        consumer,
        late.map(({ id }) => id),
      ))
        this.retry(message);
      for (const { due } of consumer.inFlight.values()) next = Math.min(next, due);
    }
    if (next < Infinity) this.timer = setTimeout(() => this.expire(), Math.max(1, next - now)).unref();
    this.dispatch();
  }

  private retry(message: Message): void {
    const { maxRetries } = this.hooks.settings();
    if (message.retries >= maxRetries) return this.park(message, `Reached retry count of ${maxRetries}`);
    message.retries++;
    this.again.push(message);
  }

  private park(message: Message, reason: string): void {
    this.hooks.park(message, reason).then(
      () => this.finish(message),
      (error) => this.hooks.failed(error),
    );
  }

  private finish(message: Message): void {
    this.unfinished.delete(message);
    this.hooks.moved();
  }

  private makeRoom(): void {
    this.room?.();
    this.room = undefined;
  }
}

function taken(consumer: Consumer, ids: readonly string[]): Message[] {
  return ids.flatMap((id) => {
    const message = consumer.inFlight.get(id);
    consumer.inFlight.delete(id);
    return message ?? [];
  });
}
