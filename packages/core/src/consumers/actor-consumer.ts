import type { ActorDefinition, InputHandler } from '../actors/definition';
import { keyMissing, streamOf } from '../actors/stream-of';
import { describe, isTransient } from '../base/errors';
import type { Runtime } from '../base/runtime';
import type { ConsumerContext } from '../flow/context';
import { CrashLoopGuard } from '../flow/crash-loop-guard';
import type { Ticket } from '../flow/delivery';
import { Flow } from '../flow/flow';
import type { Newer } from '../history/newer';
import { readMessage } from '../history/read-message';
import { ActorParking } from '../parking/actor';
import type { AutomaticRetry } from '../parking/parked-message';
import { ParkedMessages } from '../parking/parked-messages';
import { waitingOf, type Waiting } from '../parking/retrying';
import { SetAside } from '../parking/set-aside';
import type { Recorded } from '../store/port';
import { LogConsumer } from './consumer';
import type { Start } from './subscription';

/** The stream of all messages for which a saga finds no key. */
export function parkStream(consumer: string): string {
  return `${consumer}:parked`;
}

/**
 * A saga's checkpoint holds for the types that it takes: code that takes another type has another checkpoint, reads the
 * whole log once, and the gate drops all but the new. So messages that older code passed are not lost to newer code.
 */
export function checkpointName(saga: string, types: readonly string[], runtime: Runtime): string {
  const all = [...types].sort().join('+');
  return `${saga}:${all.length <= 256 ? all : runtime.hash(all)}`;
}

/** A message that is so many milliseconds older than its arrival comes from an import. */
const OLD = 60_000;

/** Reads from the log the messages that an actor class takes, and runs each through the flow. */
export class ActorConsumer extends LogConsumer {
  readonly parked: ParkedMessages;
  readonly flow: Flow;
  private readonly aside: SetAside;
  private readonly guard: CrashLoopGuard;
  /** What was in the log up to here when it began is a backlog. */
  private backlog = Infinity;
  /** When the last message came that was much older than its arrival, as in an import; -Infinity for never. */
  importedAt = -Infinity;

  constructor(
    private readonly definition: ActorDefinition,
    context: ConsumerContext,
    /** The flow of an aggregate, which its callers use too. */
    flow?: Flow,
  ) {
    const { store, runtime, limits } = context;
    const types = [...definition.inputs].filter(([, handler]) => !handler.deadline).map(([type]) => type);
    super(definition.name, checkpointName(definition.name, types, runtime), types, context);
    this.guard = new CrashLoopGuard(definition.name, store, limits.window);
    this.flow = flow ?? new Flow(definition, context, this.guard);
    const parking = new ActorParking(definition, this.flow, parkStream(this.name), context);
    this.parked = new ParkedMessages(this.name, definition.inputs, store, parking);
    const owns = (stream: string): boolean => parking.owns(stream);
    const again = (stream: string, retry: AutomaticRetry): Promise<undefined> => this.parked.again(stream, retry);
    const moved = (): void => this.subscription.changed.notify();
    this.aside = new SetAside(this.name, [...definition.inputs.keys()], owns, context, again, moved);
    this.flow.aside = {
      isNeeded: () => this.subscription.isFull && this.aside.hasRoom,
      add: (stream, version, row) => this.aside.add(stream, version, row),
    };
  }

  /** Asks it to tell what is imported from what stood in the log up to its head. */
  watchImports(head: number): void {
    this.backlog = head;
  }

  private arrived({ time }: Recorded): void {
    const now = this.context.runtime.now();
    if (now - time > OLD) this.importedAt = now;
  }

  /** Resolves when every message up to this position is in its actor's queue, or this consumer stops. */
  reach(position: number): Promise<void> {
    return this.subscription.reach(position);
  }

  retrying(): readonly Waiting[] {
    return [...this.flow.retrying().map(waitingOf), ...this.aside.all()];
  }

  get waits(): boolean {
    return !this.aside.isEmpty;
  }

  override async start(): Promise<Start> {
    const begin = await this.subscription.start();
    await this.guard.begin(this.lowWatermark);
    await this.aside.start();
    return begin;
  }

  protected override get yielding(): boolean {
    return this.flow.yielding.size > 0;
  }

  async stop(): Promise<void> {
    await this.subscription.halt();
    await this.aside.stop();
    await this.flow.stop();
    await this.subscription.stop();
    await this.guard.end();
  }

  /** A message that waits for its next try keeps only its actor waiting: with room in the log for it, it is parked until then. */
  protected override full(): void {
    const prepared = this.aside.prepare().then(() => this.flow.hurry());
    prepared.catch((error: unknown) => isTransient(error) || this.context.fatal(error));
  }

  protected take(row: Recorded, ticket: Ticket): Newer | void {
    const { definition } = this;
    if (row.position > this.backlog) this.arrived(row);
    const known = (definition.inputs.get(row.type) as InputHandler).message;
    const read = readMessage(known, row);
    if (read.newer) return read.newer;
    let stream: string | undefined;
    let invalid = read.invalid;
    try {
      const subject = read.message ?? read.unchecked;
      stream = subject && streamOf(definition, subject);
      // An event may be for no actor of this class; a command is always for one.
      if (subject && stream === undefined && definition.kind === 'aggregate') throw keyMissing(definition, subject);
    } catch (error) {
      invalid ??= describe(error);
    }
    // Only a valid message can be for no actor of this class.
    if (invalid !== undefined) stream ??= parkStream(this.name);
    if (stream === undefined) return this.subscription.finish(ticket);
    // What waits for newer code leaves room for all others: read again once that actor goes on.
    if (this.subscription.isCrowded && this.flow.yielding.has(stream)) return this.subscription.leave(ticket);
    this.context.outcomes.receive();
    this.flow.deliver(this.deliveryOf(row, known.messageType, stream, { message: read.message, invalid }, ticket));
  }
}
