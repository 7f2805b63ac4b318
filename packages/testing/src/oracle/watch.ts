import { Rejected } from '@waybill/core';
import type { Message } from '@waybill/core';
import type { ActorDefinition, Cause, Decide } from '@waybill/core/internal';

export interface DecisionWatch {
  /** Called before each decision; what it throws counts as thrown by the method. */
  readonly before?: (what: string) => void;
  /** Called when a method has thrown anything but a refusal: stream and cause, see `threwAt`. */
  readonly threw: (at: string) => void;
}

/** The definition with its deciding methods watched. */
export function watchDecisions(definition: ActorDefinition, { before, threw }: DecisionWatch): ActorDefinition {
  const watched =
    (method: Decide): Decide =>
    (message, state, meta) => {
      try {
        before?.(`${definition.name} takes ${message.type}`);
        return method(message, state, meta);
      } catch (error) {
        if (!(error instanceof Rejected)) threw(threwAt(streamOf(definition, message), meta));
        throw error;
      }
    };
  const inputs = [...definition.inputs].map(
    ([type, taking]) => [type, { ...taking, decide: watched(taking.decide), late: taking.late && watched(taking.late) }] as const,
  );
  return { ...definition, inputs: new Map(inputs) };
}

const streamOf = (definition: ActorDefinition, message: Message): string => `${definition.name}-${String(definition.key(message))}`;

/** The message on which a method has thrown, as one text. */
export function threwAt(stream: string, { id, position }: Pick<Cause, 'id' | 'position'>): string {
  return `${stream} ${position || id}`;
}
