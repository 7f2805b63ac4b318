import type { Ticket } from './checkpoint';
import type { ActorDefinition } from './definition';
import { Delivery } from './delivery';
import type { Ending, Receiver } from './delivery';
import { describe, show, WaybillError } from './errors';
import type { AnyMessageClass, Message } from './message';
import type { Outcomes } from './outcome';
import { Flow } from './process';
import type { FlowLimits } from './process';
import type { Runtime } from './runtime';
import type { Recorded, Store } from './store';
import { checkName } from './store-limits';
import { Intake, readMessage } from './subscription';
import type { IntakeLimits } from './subscription';

/** What every consumer is built on. */
export interface Setting {
  readonly store: Store;
  readonly runtime: Runtime;
  readonly outcomes: Outcomes;
  readonly limits: IntakeLimits & FlowLimits;
  readonly fatal: (error: unknown) => void;
}

/** Something that takes events from the log, from its own checkpoint. */
export interface Consumer {
  readonly name: string;
  /** Everything at or below this position is finished. */
  readonly low: number;
  moved(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** The one stream of the messages for which a saga finds no key. */
export function parkStream(consumer: string): string {
  return `${consumer}:parked`;
}

/**
 * A saga's checkpoint speaks for the types that it takes: code that learns another type has another checkpoint, looks at
 * the whole log once, and the gate drops all but what is new. So a clean stop of older code hides nothing from newer code.
 */
export function checkpointName(saga: string, types: readonly string[], runtime: Runtime): string {
  const all = [...types].sort().join('+');
  return `${saga}:${all.length <= 256 ? all : runtime.hash(all)}`;
}

/** The actor's stream that `message` is for; undefined when it is for none. @throws WaybillError `KEY_INVALID`, or what key() throws. */
export function streamOf(definition: ActorDefinition, message: Message): string | undefined {
  const key = definition.key(message);
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || key === '') {
    throw new WaybillError(
      'KEY_INVALID',
      `key() of "${definition.name}" made ${show(key)} of ${message.type}`,
      'return a string that is not empty, or undefined',
    );
  }
  const stream = `${definition.name}-${key}`;
  checkName('key', stream);
  return stream;
}

/** A saga: reads the events that it takes and runs each through the flow. */
export class SagaConsumer implements Consumer, Receiver {
  readonly name: string;
  private readonly intake: Intake;
  private readonly flow: Flow;

  constructor(
    private readonly definition: ActorDefinition,
    private readonly setting: Setting,
  ) {
    const { store, runtime, limits, fatal } = setting;
    this.name = definition.name;
    const types = [...definition.takings.keys()];
    this.intake = new Intake(
      checkpointName(this.name, types, runtime),
      types,
      store,
      runtime,
      limits,
      (row, ticket) => this.take(row, ticket),
      fatal,
    );
    this.flow = new Flow(definition, store, runtime, limits, () => this.intake.isFull, fatal);
  }

  get low(): number {
    return this.intake.low;
  }
  moved(): Promise<void> {
    return this.intake.changed.wait();
  }
  start(): Promise<void> {
    return this.intake.start();
  }
  async stop(): Promise<void> {
    await this.intake.halt();
    await this.flow.stop();
    await this.intake.stop();
  }

  done(delivery: Delivery, ending: Ending): void {
    publish(this.setting.outcomes, this.name, delivery, ending);
    this.intake.finish(delivery.ticket as Ticket);
  }

  failed(): void {
    this.setting.outcomes.withdraw();
  }

  private take(row: Recorded, ticket: Ticket): void {
    const read = readMessage(this.definition.takings.get(row.type)?.message as AnyMessageClass, row);
    let stream: string | undefined;
    let invalid = read.invalid;
    try {
      const subject = read.message ?? read.unchecked;
      stream = subject && streamOf(this.definition, subject);
    } catch (error) {
      invalid ??= describe(error);
    }
    // Only a valid message can say that it is for none of this class.
    if (invalid !== undefined) stream ??= parkStream(this.name);
    if (stream === undefined) return this.intake.finish(ticket);
    this.setting.outcomes.receive();
    this.flow.deliver(
      deliveryOf(row, stream, this.setting.store.id, invalid === undefined ? read.message : undefined, invalid, this, ticket),
    );
  }
}

export function deliveryOf(
  row: Pick<Recorded, 'id' | 'type' | 'position' | 'time' | 'data'>,
  stream: string,
  source: string,
  message: Message | undefined,
  invalid: string | undefined,
  receiver: Receiver,
  ticket: Ticket,
): Delivery {
  return new Delivery(
    row.type,
    stream,
    { id: row.id, source, position: row.position },
    row.time,
    message,
    invalid,
    row.data,
    receiver,
    ticket,
  );
}

export function publish(outcomes: Outcomes, consumer: string, { type, cause, stream }: Delivery, { kind, reason, diff }: Ending): void {
  outcomes.publish({ kind, consumer, type, id: cause.id, position: cause.position, stream, reason, diff });
}
