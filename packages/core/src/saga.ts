import type { Ticket } from './checkpoint';
import { LogConsumer, streamOf } from './consumer';
import type { Setting } from './consumer';
import type { ActorDefinition } from './definition';
import { describe } from './errors';
import type { AnyMessageClass } from './message';
import { Flow } from './process';
import type { Runtime } from './runtime';
import type { Recorded } from './store';
import { readMessage } from './subscription';

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

/** A saga: reads the events that it takes and runs each through the flow. */
export class SagaConsumer extends LogConsumer {
  private readonly flow: Flow;

  constructor(
    private readonly definition: ActorDefinition,
    setting: Setting,
  ) {
    const { store, runtime, limits, fatal } = setting;
    const types = [...definition.takings.keys()];
    super(definition.name, checkpointName(definition.name, types, runtime), types, setting);
    this.flow = new Flow(definition, store, runtime, limits, () => this.intake.isFull, fatal);
  }

  async stop(): Promise<void> {
    await this.intake.halt();
    await this.flow.stop();
    await this.intake.stop();
  }

  protected take(row: Recorded, ticket: Ticket): void {
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
    this.flow.deliver(this.deliveryOf(row, stream, invalid === undefined ? read.message : undefined, invalid, ticket));
  }
}
