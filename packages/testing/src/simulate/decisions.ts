import { After, Cancel, canonical, Close, Conflict, Discard, Rejected } from '@waybill/core';
import type { ActorDefinition, Decide, Message, Meta } from '@waybill/core';

export interface Stand {
  readonly definition: ActorDefinition;
  readonly state: unknown;
  readonly pending: ReadonlyMap<string, unknown>;
}

/** How a method ends, and the rows that its decision asks for, as `textOf…` writes them. */
export interface Decided {
  readonly ending: string;
  readonly owed: string[];
}

/** Decides as the flow must: by the method and the state alone. */
export function decide(stand: Stand, method: Decide | undefined, message: Message, meta: Meta): Decided {
  let decision: unknown;
  try {
    decision = method?.(message, stand.state, meta);
    if (decision instanceof Discard) return { ending: `discarded: ${decision.reason}`, owed: [] };
    if (decision instanceof Conflict) return { ending: `refused: ${decision.reason}`, owed: [] };
    return { ending: 'done', owed: owedBy(stand, Array.isArray(decision) ? decision : [decision], meta.time) };
  } catch (error) {
    return { ending: error instanceof Rejected ? `refused: ${error.reason}` : `thrown: ${String(error)}`, owed: [] };
  }
}

/** @throws for a part that no flow accepts: it counts as thrown by the method. */
function owedBy({ definition, pending }: Stand, parts: readonly unknown[], time: number): string[] {
  const armed = new Set<string>();
  const owed: string[] = [];
  let closes = false;
  for (const part of parts) {
    if (part instanceof After) {
      const { message, milliseconds, key } = part as After<Message>;
      if (definition.takings.get(message.type)?.deadline !== true) throw new Error(`${message.type} is no deadline`);
      armed.add(`${message.type} ${key}`);
      owed.push(textOfDeadline(message.type, key, time + milliseconds, canonical(message)));
    } else if (part instanceof Cancel) {
      const slot = `${part.type} ${part.key}`;
      if (pending.has(slot) || armed.has(slot)) owed.push(textOfCancel(part.type, part.key));
    } else if (part instanceof Close) closes = true;
    else owed.push(emitted(definition, part as Message));
  }
  return closes ? [...owed, CLOSES] : owed;
}

function emitted({ takings, sends }: ActorDefinition, message: Message): string {
  if (takings.has(message.type)) throw new Error(`${message.type} is an input too`);
  if (message['~kind'] === 'command' && !sends.has(message.type)) throw new Error(`${message.type} is not declared`);
  return textOfEmitted(message.type, canonical(message));
}

export const CLOSES = 'the closing row';
export const textOfEmitted = (type: string, content: string): string => `${type} ${content}`;
export const textOfDeadline = (type: string, key: string, due: number, content: string): string =>
  `deadline ${type} "${key}" due ${due}: ${content}`;
export const textOfCancel = (type: string, key: string): string => `cancelling ${type} "${key}"`;

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
