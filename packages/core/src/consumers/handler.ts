import type { Meta } from '../actors/actor';
import type { HandlerDefinition } from '../actors/definition';
import { millisecondsOf } from '../base/duration';
import { describe, isTransient } from '../base/errors';
import { backoff, retryTransient, sleep } from '../base/runtime';
import { Signal } from '../base/signal';
import { commit } from '../flow/commit';
import type { ConsumerContext } from '../flow/context';
import { CrashLoopGuard } from '../flow/crash-loop-guard';
import { Delivery, type Ticket } from '../flow/delivery';
import type { Flow } from '../flow/flow';
import { Mailboxes, type Work } from '../flow/mailbox';
import { readMessage } from '../history/read-message';
import type { AnyMessageClass, Message } from '../messages/message';
import { CallParking, parkStreamOf, parkingOf } from '../parking/handler';
import { ParkedMessages } from '../parking/parked-messages';
import type { Recorded } from '../store/port';
import { LogConsumer } from './consumer';
import type { Start } from './subscription';

/** Calls of one handler that may be in progress at once. */
const CALLS = 16;

/**
 * Carries events to the outside world: those of one stream in order, streams in parallel. At least once: the call comes
 * first, the checkpoint later, so a crash in between repeats the call with the same `meta.id`. At most once: a row in a stream
 * of that attempt is appended before the call, so nothing repeats it, not even a lost checkpoint.
 */
export class HandlerConsumer extends LogConsumer {
  readonly parked: ParkedMessages;
  /** Appends the parked messages. */
  private readonly parking: Flow;
  private readonly guard: CrashLoopGuard;
  private readonly mailboxes = new Mailboxes();
  private readonly changed = new Signal();
  private calls = 0;
  private stopping = false;

  constructor(
    private readonly definition: HandlerDefinition,
    context: ConsumerContext,
  ) {
    super(definition.name, definition.name, [...definition.calls.keys()], context);
    this.parking = parkingOf(this.name, context);
    this.guard = new CrashLoopGuard(this.name, context.store, context.limits.window);
    this.parked = new ParkedMessages(this.name, definition.calls, context.store, new CallParking(definition, this.parking, context));
  }

  override async start(): Promise<Start> {
    await this.guard.begin(await this.subscription.position());
    return this.subscription.start();
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await this.subscription.halt();
    this.pump();
    while (this.calls > 0) await this.changed.wait();
    await this.parking.stop();
    await this.subscription.stop();
    await this.guard.end();
  }

  protected take(row: Recorded, ticket: Ticket): void {
    const read = readMessage(this.definition.calls.get(row.type)?.message as AnyMessageClass, row);
    this.context.outcomes.receive();
    const delivery = this.deliveryOf(row, row.type, row.stream, read, ticket);
    if (!read.message) return this.park(delivery, read.invalid ?? '');
    this.mailboxes.put(delivery);
    this.pump();
  }

  private pump(): void {
    while (this.calls < (this.guard.oneAtATime ? 1 : CALLS) && this.mailboxes.hasReady) {
      const work = this.mailboxes.take(1, 1)[0] as Work;
      const delivery = work.items[0] as Delivery;
      this.calls++;
      void this.carry(delivery)
        .catch((error: unknown) => {
          this.failed();
          if (!isTransient(error)) this.context.fatal(error);
        })
        .finally(() => {
          this.calls--;
          this.mailboxes.done(work);
          this.pump();
          this.changed.notify();
        });
    }
  }

  /** Ends with the message carried, parked, or handed back by a stop. */
  private async carry(delivery: Delivery): Promise<void> {
    const once = this.definition.delivery === 'at-most-once';
    if (this.stopping) return this.failed();
    const poison = this.guard.oneAtATime ? await this.guard.before(delivery) : undefined;
    if (poison !== undefined) return this.park(delivery, poison);
    if (once && !(await this.mark(delivery))) return this.done(delivery, { kind: 'duplicate' });
    const { runtime, limits } = this.context;
    for (;;) {
      try {
        await this.call(delivery);
        return this.done(delivery, { kind: 'applied' });
      } catch (error) {
        delivery.attempts++;
        const { attempts = limits.attempts, base, cap } = this.definition.options.retry ?? {};
        if (once || delivery.attempts >= attempts) return this.park(delivery, `${describe(error)} (${delivery.attempts} attempts)`);
        await sleep(runtime, backoff(runtime, delivery.attempts, base && millisecondsOf(base), cap && millisecondsOf(cap)));
        if (this.stopping) return this.failed();
      }
    }
  }

  private call(delivery: Delivery): unknown {
    const meta: Meta = { id: delivery.cause.id, time: delivery.time, position: delivery.cause.position };
    return this.definition.calls.get(delivery.type)?.call(delivery.message as Message, meta);
  }

  /** Each attempt has a stream of its own, which only the first try can begin; false if it exists already. */
  private async mark({ cause, type, time }: Delivery): Promise<boolean> {
    const { store, runtime } = this.context;
    const events = [{ id: runtime.uuid(), type: `took:${type}`, data: '{}', meta: JSON.stringify({ cause }), time }];
    const writes = [{ stream: `${this.name}:${cause.position}`, expected: 'none' as const, events }];
    const isStopping = (): boolean => this.stopping;
    // The identical write each time: its id distinguishes our own stored attempt from another worker's.
    const [written] = await retryTransient(runtime, isStopping, () => commit(store, runtime, writes));
    return written?.ok === true;
  }

  /** In a stream of its own, to which it is delivered as an invalid message. */
  private park({ type, cause, time, raw, origin }: Delivery, invalid: string): void {
    if (origin.kind !== 'log') return;
    const what = { type, stream: parkStreamOf(this.name, cause.position), cause, time, message: undefined, invalid, raw, receiver: this };
    this.parking.deliver(Delivery.fromLog(what, origin.ticket));
  }
}
