import { Rejected } from '../actors/actor';
import type { ActorDefinition } from '../actors/definition';
import { keyMissing, streamOf } from '../actors/stream-of';
import { canonical, isFlat } from '../base/canonical-json';
import { WaybillError, show } from '../base/errors';
import { Signal } from '../base/signal';
import type { ConsumerContext } from '../flow/context';
import { Delivery, type Receiver } from '../flow/delivery';
import { Flow } from '../flow/flow';
import { publish, type Result } from '../flow/outcome';
import { COMMAND_SOURCE } from '../history/cause';
import { metaOf } from '../history/codec';
import { readStream } from '../history/read-stream';
import { isMessageClass, reviveChecked, reviveTaken, type AnyMessageClass, type Message } from '../messages/message';
import { checkName } from '../store/limits';

/** What a command caused: the same at every retry of its id. */
export interface Answer<Out = Message> {
  /** The actor's stream, and the version of the command's last row in it. */
  readonly stream: string;
  readonly version: number;
  /** The events that it emitted, in order; empty when it changed nothing. At a retry, plain data of a type that the actor does not apply. */
  readonly events: readonly Out[];
}

/** Commands that may wait for their append at once; the next one is refused. */
const IN_FLIGHT = 65_536;

/** An aggregate: runs commands through the flow and answers each when its rows are durable. */
export class CommandPort {
  readonly flow: Flow;
  private readonly changed = new Signal();
  private inFlight = 0;

  constructor(
    private readonly definition: ActorDefinition,
    private readonly context: ConsumerContext,
  ) {
    this.flow = new Flow(definition, context);
  }

  /** Resolves when every caller has an answer or an error. */
  async stop(): Promise<void> {
    await this.flow.stop();
    while (this.inFlight > 0) await this.changed.wait();
  }

  /** @throws WaybillError see `App.send`. */
  async send(message: Message, id: string): Promise<Answer> {
    const { definition, context } = this;
    const { name, inputs } = definition;
    if (!inputs.has(message?.type) || message['~kind'] !== 'command' || !isMessageClass(message.constructor)) {
      throw new WaybillError(
        'COMMAND_NOT_TAKEN',
        `"${name}" does not take ${show(message?.type)}`,
        `send one of ${[...inputs.keys()].join(', ')}`,
      );
    }
    checkName('command id', id);
    const stream = streamOf(definition, message);
    if (stream === undefined) throw keyMissing(definition, message);
    if (this.inFlight >= IN_FLIGHT)
      throw new WaybillError('SEND_OVERLOADED', `${IN_FLIGHT} commands wait for "${name}"`, 'await earlier sends; this one had no effect');
    this.inFlight++;
    try {
      return await new Promise<Answer>((resolve, reject) => {
        const receiver: Receiver = {
          done: (delivery, result, version) => void this.answer(delivery, result, version as number).then(resolve, reject),
          failed: (_, error) => (context.outcomes.withdraw(), reject(error as Error)),
        };
        const delivery = Delivery.command(id, copyOf(message), stream, context.runtime.now(), receiver);
        delivery.content();
        context.outcomes.receive();
        this.flow.deliver(delivery);
      });
    } finally {
      this.inFlight--;
      this.changed.notify();
    }
  }

  private async answer(delivery: Delivery, result: Result, version: number): Promise<Answer> {
    publish(this.context.outcomes, this.definition.name, delivery, result);
    if (result.kind === 'conflict') {
      const fields = result.diff?.map((d) => d.field).join(', ');
      throw new WaybillError(
        'COMMAND_CONFLICT',
        `the id ${show(delivery.cause.id)} was used for another ${delivery.type}${fields ? ` (${fields} differ)` : ''}`,
        'use a new id for a new command',
      );
    }
    if (result.kind === 'discarded' && result.refused) throw new Rejected(result.reason ?? '');
    if (result.events) return { stream: delivery.stream, version: version + result.events.length, events: result.events.map(copyOf) };
    return this.stored(delivery.stream, delivery.cause.id, version);
  }

  /** The answer as the log holds it: the `took:` row at `version` and the rows after it with the same cause. */
  private async stored(stream: string, id: string, version: number): Promise<Answer> {
    const events: Message[] = [];
    const answer = (): Answer => ({ stream, version: version + events.length, events });
    for await (const rows of readStream(this.context.store, stream, version)) {
      for (const row of rows) {
        const { cause, refused, v = 1 } = metaOf(row);
        if (row.version === version) {
          if (refused !== undefined) throw new Rejected(refused);
          continue;
        }
        if (cause?.id !== id || cause.source !== COMMAND_SOURCE) return answer();
        events.push(this.reviveRow(row.type, row.data, v));
      }
    }
    return answer();
  }

  private reviveRow(type: string, data: string, version: number): Message {
    const known = this.definition.folds.get(type)?.message as AnyMessageClass | undefined;
    const parsed = JSON.parse(data) as object;
    return known ? reviveTaken(known, parsed, version) : Object.assign(Object.create({ type, '~kind': 'event' }) as Message, parsed);
  }
}

/** As the log will hold it: the caller may change its own object later, and the actor must not see that. */
function copyOf(message: Message): Message {
  const type = message.constructor as AnyMessageClass;
  return reviveChecked(type, isFlat(message) ? message : JSON.parse(canonical(message)));
}
