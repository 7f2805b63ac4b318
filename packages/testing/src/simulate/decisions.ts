import { canonical, Conflict, Discard, Rejected } from '@waybill/core';
import type { ActorDefinition, Message, Meta } from '@waybill/core';

export interface Stand {
  readonly definition: ActorDefinition;
  readonly state: unknown;
}

/** How a method ends on a state, and the rows that it emits: type and content of each. */
export function decide({ definition, state }: Stand, type: string, message: Message, meta: Meta): { readonly ending: string; readonly owed: string[] } {
  const none: string[] = [];
  let decision: unknown;
  try {
    decision = definition.takings.get(type)?.decide(message, state, meta);
  } catch (error) {
    return { ending: error instanceof Rejected ? `refused: ${error.reason}` : `thrown: ${String(error)}`, owed: none };
  }
  if (decision instanceof Discard) return { ending: `discarded: ${decision.reason}`, owed: none };
  if (decision instanceof Conflict) return { ending: `refused: ${decision.reason}`, owed: none };
  const events = (Array.isArray(decision) ? decision : [decision]) as readonly Message[];
  return { ending: 'done', owed: events.map((event) => `${event.type} ${canonical(event)}`) };
}

/** Place of the actor's status in its lifecycle; 0 without one. */
export function statusOf({ definition, state }: Stand): number {
  return definition.lifecycle ? definition.lifecycle.index((state as { readonly status: string }).status) : 0;
}

/** A state that a method changes in place tells on it: frozen, all the way down. */
export function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const inner of Object.values(value)) freeze(inner);
  return value;
}

export function safely<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}
