import type { ConsumerContext } from '../flow/context';
import { Delivery, type Receiver, type Ticket } from '../flow/delivery';
import { publish, type Result } from '../flow/outcome';
import type { Newer } from '../history/newer';
import type { Read } from '../history/read-message';
import type { ParkedMessages } from '../parking/parked-messages';
import type { Waiting } from '../parking/retrying';
import type { Recorded, Store } from '../store/port';
import type { Taker } from './newer-row';
import { Subscription, type Start } from './subscription';

/** Something that takes events from the log, from its own checkpoint. */
export interface Consumer {
  readonly name: string;
  /** Everything at or below this position is finished. */
  readonly lowWatermark: number;
  /** Whether all up to this position is finished, except what has waited for newer code for long. */
  isDone(position: number): boolean;
  progressed(): Promise<void>;
  /** The function that it resolves with begins to read. @throws WaybillError when its checkpoint is not one of this log. */
  start(): Promise<Start>;
  /** `within`: after so many milliseconds it no longer waits for calls to the outside. */
  stop(within?: number): Promise<void>;
  /** Whether something is due that is not in the log. */
  readonly isDue?: boolean;
  /** Deadlines that are pending, for operators: the soonest first. */
  deadlines?(): AsyncIterable<{ readonly stream: string; readonly type: string; readonly key: string; readonly due: number }>;
  /** Whether messages are set aside until their next try; `progressed` tells of them too. */
  readonly waits?: boolean;
  /** Its parked messages, for operators. */
  readonly parked?: ParkedMessages;
  /** Messages whose method has thrown and will run again. */
  retrying?(): readonly Waiting[];
  /** Folds the log from its start into a new generation, which then replaces the running one. */
  rebuild?(): Promise<void>;
  /** How far the rebuild has come. */
  readonly building?: { readonly name: string; readonly lowWatermark: number } | undefined;
}

/** I15: each delivery that a consumer takes from the log ends in one outcome, or is handed back to the log by a stop. */
export abstract class LogConsumer implements Consumer, Receiver {
  protected readonly subscription: Subscription;

  protected constructor(
    readonly name: string,
    checkpoint: string,
    types: readonly string[],
    protected readonly context: ConsumerContext,
    places: Pick<Store, 'checkpoint'> = context.store,
  ) {
    const { store, runtime, limits, fatal } = context;
    this.subscription = new Subscription(checkpoint, types, store, runtime, limits, this.taker(), fatal, places);
    context.yields.onLook(() => this.subscription.looked());
  }

  /** Takes a row of the log: `subscription.finish(ticket)` when it is for no one here, else one delivery; or says that it needs newer code. */
  protected abstract take(row: Recorded, ticket: Ticket): Newer | void;
  abstract stop(within?: number): Promise<void>;
  /** The window is full: what waits gives way, so that it moves on. */
  protected full(): void {
    // Most consumers have nothing that could.
  }

  get lowWatermark(): number {
    return this.subscription.lowWatermark;
  }
  progressed(): Promise<void> {
    return this.subscription.changed.wait();
  }
  start(): Promise<Start> {
    return this.subscription.start();
  }

  isDone(position: number): boolean {
    const { yields } = this.context;
    return yields.isStuck(this.name) || this.subscription.isThrough(position, yields.left(this.name));
  }
  /** Whether some of what it took waits for newer code. */
  protected get yielding(): boolean {
    return false;
  }
  private taker(): Taker {
    const held = (newer?: Newer): void => {
      const { yields } = this.context;
      if (newer) yields.wait(this.name, undefined, newer, 1);
      else yields.end(this.name, undefined);
    };
    const isYielding = (): boolean => this.yielding;
    return {
      take: (row, ticket) => this.take(row, ticket),
      full: () => this.full(),
      held,
      get yielding() {
        return isYielding();
      },
    };
  }

  done(delivery: Delivery, result: Result): void {
    publish(this.context.outcomes, this.name, delivery, result);
    this.finish(delivery);
  }
  /** Its ticket stays open: a later run takes the message again. */
  failed(): void {
    this.context.outcomes.withdraw();
  }

  /** While the window is crowded: others go on. */
  leave({ origin }: Delivery): boolean {
    if (!this.subscription.isCrowded || origin.kind !== 'log' || !origin.ticket) return false;
    this.context.outcomes.withdraw();
    this.subscription.leave(origin.ticket);
    return true;
  }

  protected finish({ origin }: Delivery): void {
    if (origin.kind === 'log' && origin.ticket) this.subscription.finish(origin.ticket);
  }

  /** The delivery of a row to the actor of `stream`, as a message of `type`; `invalid` says why it cannot be read. */
  protected deliveryOf(row: Recorded, type: string, stream: string, { message, invalid }: Readable, ticket: Ticket): Delivery {
    const { id, position, time, data: raw, erased } = row;
    const cause = { id, source: this.context.store.id, position };
    const valid = invalid === undefined ? message : undefined;
    const what = { type, stream, cause, time, message: valid, invalid, raw, erased, receiver: this };
    return Delivery.fromLog(what, ticket, type === row.type ? undefined : row.type);
  }
}

type Readable = Pick<Read, 'message' | 'invalid'>;
