import type { Runtime } from '../base/runtime';
import { reasonOf } from '../flow/answer';
import type { Delivery, Failure, Receiver } from '../flow/delivery';
import { Mailboxes, type Work } from '../flow/mailbox';
import { waitingOf, type Waiting } from '../parking/retrying';
import type { SetAside } from '../parking/set-aside';

const BEHIND: Failure = { reason: 'it waits for an earlier call of its key', attempts: 0 };

/** What a handler does with messages that wait. */
interface Owner {
  readonly runtime: Runtime;
  readonly aside: SetAside;
  /** Whether the window is full, and what is done about it. */
  readonly isFull: () => boolean;
  readonly full: () => void;
  /** Parks it durably, and then tells the receiver. */
  readonly park: (delivery: Delivery, failure: Failure, receiver: Receiver) => void;
  /** There may be something to call for. */
  readonly ready: () => void;
  /** Ends deliveries that are parked, or handed back to the log. */
  readonly receiver: Receiver;
}

/**
 * I5, I10: the messages of a handler that wait, for those of their key before them or for their next try: in memory, and set
 * aside when they fill the window. Only their key waits.
 */
export class Backlog {
  private readonly mailboxes = new Mailboxes();
  /** Messages whose call has failed, until they are called for again. */
  private readonly waiting = new Map<Delivery, { readonly work: Work; readonly cancel: () => void }>();
  /** How many messages of a key are being set aside. */
  private readonly leaving = new Map<string, number>();
  /** Messages whose key is set aside, and for which there is no room there. */
  private held: { readonly delivery: Delivery; readonly key: string }[] = [];
  private stopping = false;

  constructor(private readonly owner: Owner) {}

  retrying(): Waiting[] {
    return [...[...this.waiting.keys()].map(waitingOf), ...this.owner.aside.all()];
  }

  put(delivery: Delivery, key: string): void {
    const { aside, runtime } = this.owner;
    if (!aside.holds(key) && !this.leaving.has(key)) this.mailboxes.put(delivery, key);
    else if (aside.hasRoom) this.setAside(delivery, key, { ...BEHIND, due: runtime.now() });
    else this.held.push({ delivery, key });
  }

  /** The next message that may be called for; its key is busy until `done` or `later`. */
  next(): Work | undefined {
    return this.mailboxes.hasReady ? this.mailboxes.take(1, 1)[0] : undefined;
  }

  done(work: Work): void {
    this.mailboxes.done(work);
  }

  /** It is called for again after a while. */
  later(work: Work, delivery: Delivery, ms: number): void {
    const { runtime, isFull, full, ready } = this.owner;
    if (this.stopping) return this.handBack(work);
    delivery.nextTry = runtime.now() + ms;
    const cancel = runtime.after(ms, () => {
      this.waiting.delete(delivery);
      this.mailboxes.done(work, [delivery]);
      ready();
    });
    this.waiting.set(delivery, { work, cancel });
    if (isFull()) full();
  }

  /** What was set aside has changed. */
  retake(): void {
    for (const { delivery, key } of this.held.splice(0)) this.put(delivery, key);
  }

  /** Messages that wait are parked until their next try, with those behind them. @throws what the store throws */
  async giveWay(): Promise<void> {
    const { aside, isFull } = this.owner;
    if (this.waiting.size === 0) return;
    await aside.prepare();
    for (const [delivery, { work, cancel }] of this.waiting) {
      if (this.stopping || !isFull() || !aside.hasRoom) return;
      cancel();
      this.waiting.delete(delivery);
      const { error, attempts, nextTry: due } = delivery;
      this.setAside(delivery, work.stream, { ...reasonOf(error), attempts, due });
      for (const later of this.mailboxes.close(work)) this.setAside(later, work.stream, { ...BEHIND, due });
    }
  }

  /** Hands back what waits; what is called for now ends by itself. */
  stop(): void {
    this.stopping = true;
    for (const { work, cancel } of this.waiting.values()) (cancel(), this.handBack(work));
    this.waiting.clear();
    for (const { delivery } of this.held.splice(0)) this.owner.receiver.failed(delivery, undefined);
  }

  private handBack(work: Work): void {
    for (const delivery of [...work.items, ...this.mailboxes.close(work)]) this.owner.receiver.failed(delivery, undefined);
  }

  private setAside(delivery: Delivery, key: string, failure: Failure): void {
    const { park, receiver } = this.owner;
    this.leaving.set(key, (this.leaving.get(key) ?? 0) + 1);
    const left = (): void => {
      const others = (this.leaving.get(key) ?? 1) - 1;
      if (others > 0) this.leaving.set(key, others);
      else this.leaving.delete(key);
    };
    const done: Receiver['done'] = (parked, result) => (left(), receiver.done(parked, result));
    const failed: Receiver['failed'] = (parked, error) => (left(), receiver.failed(parked, error));
    park(delivery, { ...failure, key }, { done, failed });
  }
}
