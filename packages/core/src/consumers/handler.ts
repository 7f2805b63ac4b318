import type { HandlerDefinition } from '../actors/definition';
import { orderKeyOf } from '../actors/stream-of';
import { codeOf, describe, isTransient, WaybillError } from '../base/errors';
import { reasonOf } from '../flow/answer';
import { Calls } from '../flow/call';
import type { ConsumerContext } from '../flow/context';
import { CrashLoopGuard } from '../flow/crash-loop-guard';
import { Delivery, type Failure, type Receiver, type Ticket } from '../flow/delivery';
import type { Flow } from '../flow/flow';
import type { Work } from '../flow/mailbox';
import type { Result } from '../flow/outcome';
import { waitAfter } from '../flow/retry';
import type { Newer } from '../history/newer';
import { readMessage } from '../history/read-message';
import type { AnyMessageClass, Message } from '../messages/message';
import { CallParking, parkStreamOf, parkingOf } from '../parking/handler';
import type { AutomaticRetry } from '../parking/parked-message';
import { ParkedMessages } from '../parking/parked-messages';
import type { Waiting } from '../parking/retrying';
import { SetAside } from '../parking/set-aside';
import type { Recorded } from '../store/port';
import { Backlog } from './backlog';
import { LogConsumer } from './consumer';
import { SentAhead } from './sent-ahead';
import type { Start } from './subscription';
import { Turns } from './turns';

/** When a message is looked at again whose retry another process has begun. */
const LOOK_AGAIN_MS = 60_000;

/**
 * Carries events to the outside world: those of one key in order, keys in parallel. At least once: the call comes first, the
 * checkpoint later, so a crash in between repeats the call with the same `meta.id`. At most once: a row in a stream of that attempt is
 * appended before the call, so nothing repeats it, not even a lost checkpoint. `backlog` owns what waits.
 */
export class HandlerConsumer extends LogConsumer {
  readonly parked: ParkedMessages;
  /** Appends the parked messages. */
  private readonly parking: Flow;
  private readonly guard: CrashLoopGuard;
  private readonly calls: Calls;
  private readonly turns: Turns;
  private readonly aside: SetAside;
  private readonly backlog: Backlog;
  private readonly sent: SentAhead;
  private stopping = false;

  constructor(
    private readonly definition: HandlerDefinition,
    context: ConsumerContext,
  ) {
    const types = [...definition.calls.keys()];
    super(definition.name, definition.name, types, context);
    const { store, runtime, limits } = context;
    this.parking = parkingOf(definition, context);
    this.guard = new CrashLoopGuard(this.name, store, limits.window);
    this.calls = new Calls(definition, context, () => this.stopping);
    this.sent = new SentAhead(this.name, context, () => this.lowWatermark);
    const [isSingle, next] = [() => this.guard.oneAtATime, () => this.next()];
    this.turns = new Turns(definition.options, runtime, isSingle, next);
    const parking = new CallParking(definition, this.parking, context, {
      inTurn: (work) => this.turns.take(() => this.unlessStopping(work)),
      carry: (type, message, cause, time) => this.calls.carry(type, message, cause, time),
    });
    this.parked = new ParkedMessages(this.name, definition.calls, store, parking);
    const owns = (stream: string): boolean => parking.owns(stream);
    const moved = (): void => (this.backlog.retake(), this.turns.go(), this.subscription.changed.notify());
    this.aside = new SetAside(this.name, types, owns, context, (stream, retry) => this.again(stream, retry), moved);
    this.parking.aside = { isNeeded: () => false, add: (stream, version, row) => this.aside.add(stream, version, row) };
    this.backlog = new Backlog({
      ...{ runtime, aside: this.aside, receiver: this, ready: () => this.turns.go() },
      ...{ isFull: () => this.subscription.isFull, full: () => this.full() },
      park: (delivery, failure, receiver) => this.park(delivery, failure, receiver),
    });
  }

  retrying(): readonly Waiting[] {
    return this.backlog.retrying();
  }

  get waits(): boolean {
    return !this.aside.isEmpty;
  }

  override async start(): Promise<Start> {
    if (this.definition.options.from === 'now') await this.subscription.skipToNow();
    await this.sent.load();
    const begin = await this.subscription.start();
    await this.guard.begin(this.lowWatermark);
    await this.aside.start();
    return begin;
  }

  async stop(within?: number): Promise<void> {
    this.stopping = true;
    const cancel = within === undefined ? undefined : this.context.runtime.after(within, () => this.calls.cutOff());
    await this.subscription.halt();
    this.backlog.stop();
    await this.turns.stop();
    await this.aside.stop();
    cancel?.();
    await this.parking.stop();
    await this.sent.save();
    await this.subscription.stop();
    await this.guard.end();
  }

  override done(delivery: Delivery, result: Result): void {
    this.sent.add(delivery.cause.position, delivery.cause.id);
    super.done(delivery, result);
  }

  protected override full(): void {
    this.backlog.giveWay().catch((error: unknown) => isTransient(error) || this.context.fatal(error));
  }

  protected take(row: Recorded, ticket: Ticket): Newer | void {
    const read = readMessage(this.definition.calls.get(row.type)?.message as AnyMessageClass, row);
    if (read.newer) return read.newer;
    let { invalid } = read;
    let key = row.stream;
    try {
      if (read.message) key = orderKeyOf(this.definition, read.message) ?? key;
    } catch (error) {
      invalid = describe(error);
    }
    this.context.outcomes.receive();
    const delivery = this.deliveryOf(row, row.type, row.stream, { ...read, invalid }, ticket);
    const isKnown = this.sent.has(row.position, row.id) || this.aside.has(parkStreamOf(this.name, row.position), 0);
    if (isKnown) return this.done(delivery, { kind: 'duplicate' });
    if (!delivery.message) return this.park(delivery);
    this.backlog.put(delivery, key);
    this.turns.go();
  }

  private next(): (() => Promise<void>) | undefined {
    const work = this.backlog.next();
    return work && (() => this.run(work));
  }

  private async run(work: Work): Promise<void> {
    const delivery = work.items[0] as Delivery;
    try {
      const wait = await this.carry(delivery);
      if (wait === undefined) this.backlog.done(work);
      else this.backlog.later(work, delivery, wait);
    } catch (error) {
      this.failed();
      this.backlog.done(work);
      if (!isTransient(error)) this.context.fatal(error);
    }
  }

  /** Ends with the message carried, parked or handed back by a stop, or resolves to the milliseconds before its next try. */
  private async carry(delivery: Delivery): Promise<number | undefined> {
    const { type, message, cause, time } = delivery;
    if (this.stopping) return void this.failed();
    const poison = this.guard.wants ? await this.guard.before(delivery) : undefined;
    if (poison) return void this.park(delivery, poison);
    const once = this.definition.delivery === 'at-most-once';
    if (once && !(await this.calls.begin(type, cause))) return void this.done(delivery, { kind: 'duplicate' });
    try {
      await this.calls.carry(type, message as Message, cause, time);
    } catch (error) {
      if (!once && codeOf(error) === 'CALL_CUT_OFF') return void this.failed();
      delivery.error = error;
      const attempts = ++delivery.attempts;
      const { runtime, limits } = this.context;
      const { retry } = this.definition.options;
      const isOver = once || attempts >= (retry?.attempts ?? limits.attempts) || codeOf(error) === 'ANSWER_NOT_DECLARED';
      return isOver ? void this.park(delivery, { ...reasonOf(error), attempts }) : waitAfter(runtime, retry, attempts);
    }
    return void this.done(delivery, { kind: 'applied' });
  }

  private async again(stream: string, retry: AutomaticRetry): Promise<number | undefined> {
    try {
      const [result] = (await this.parked.retry(stream, retry.version, retry)).results;
      return result?.kind === 'duplicate' ? this.context.runtime.now() + LOOK_AGAIN_MS : undefined;
    } catch (error) {
      if (codeOf(error) === 'NOT_PARKED') return undefined;
      throw error;
    }
  }

  private async unlessStopping<T>(work: () => Promise<T>): Promise<T> {
    if (this.stopping) throw new WaybillError('APP_STOPPED', 'the app is stopping', 'retry it in an app that runs');
    return work();
  }

  /** In a stream of its own: as failed, or, without a failure, as invalid. */
  private park(delivery: Delivery, failure?: Failure, receiver: Receiver = this): void {
    const { type, cause, time, raw, origin, invalid, message } = delivery;
    if (origin.kind !== 'log') return;
    const what = { type, stream: parkStreamOf(this.name, cause.position), cause, time, message, invalid, raw, receiver };
    const parked = Delivery.fromLog(what, origin.ticket);
    parked.failure = failure;
    this.parking.deliver(parked);
  }
}
