import { canonical, Rejected } from '@waybill/core';
import type { Message, Meta } from '@waybill/core';
import { After, Cancel, Close, Conflict, Discard } from '@waybill/core/internal';
import type { ActorDefinition, Decide } from '@waybill/core/internal';

/** What a method decides on. */
export interface ActorState {
  readonly definition: ActorDefinition;
  readonly state: unknown;
  /** By type and key: deadlines that are set. */
  readonly pending: ReadonlyMap<string, unknown>;
  /** Today's name of a message. */
  readonly nameOf: (type: string) => string;
}

export interface Decision {
  /** `done`, or `discarded`, `refused` or `thrown` with the reason. */
  readonly result: string;
  /** The rows that must follow the message, in order, as `textOf…` writes them. */
  readonly rows: string[];
}

/** Decides as the flow must: by the method and the state alone. */
export function decide(actor: ActorState, method: Decide | undefined, message: Message, meta: Meta): Decision {
  try {
    const decision = method?.(message, actor.state, meta);
    if (decision instanceof Discard) return { result: `discarded: ${decision.reason}`, rows: [] };
    if (decision instanceof Conflict) return refused(actor, message, meta, decision.reason);
    return { result: 'done', rows: rowsOf(actor, Array.isArray(decision) ? decision : [decision], meta.time) };
  } catch (error) {
    if (error instanceof Rejected) return refused(actor, message, meta, error.reason);
    return { result: `thrown: ${String(error)}`, rows: [] };
  }
}

/** The refusal of a command of the log is told, where its class says so; a caller's command has no position. */
function refused({ definition, nameOf }: ActorState, command: Message, { position }: Meta, reason: string): Decision {
  const refusal = position > 0 ? [...definition.refuses].find(([type]) => nameOf(type) === nameOf(command.type))?.[1] : undefined;
  const rows = refusal ? [textOfEmitted(nameOf(refusal.messageType), canonical({ ...command, refusedBecause: reason }))] : [];
  return { result: `refused: ${reason}`, rows };
}

/** @throws for a part that no flow accepts: it counts as thrown by the method. */
function rowsOf({ definition, pending, nameOf }: ActorState, parts: readonly unknown[], time: number): string[] {
  const set = new Set<string>();
  const rows: string[] = [];
  let closes = false;
  for (const part of parts) {
    if (part instanceof After) {
      const { message, milliseconds, key, time: at = time + milliseconds } = part as After<Message>;
      if (definition.inputs.get(message.type)?.deadline !== true) throw new Error(`${message.type} is not a deadline`);
      const type = nameOf(message.type);
      set.add(`${type} ${key}`);
      rows.push(textOfDeadline(type, key, at, canonical(message)));
    } else if (part instanceof Cancel) {
      const type = nameOf(part.type);
      const all = new Set([...pending.keys(), ...set]);
      for (const slot of part.key === undefined ? all : [`${type} ${part.key}`]) {
        if (!all.has(slot) || !slot.startsWith(`${type} `)) continue;
        rows.push(textOfCancel(type, slot.slice(type.length + 1)));
        set.delete(slot);
      }
    } else if (part instanceof Close) closes = true;
    else rows.push(emitted(definition, part as Message, nameOf));
  }
  return closes ? [...rows, CLOSING] : rows;
}

function emitted({ inputs, sends }: ActorDefinition, message: Message, nameOf: ActorState['nameOf']): string {
  if (inputs.has(message.type)) throw new Error(`${message.type} is an input too`);
  if (message['~kind'] === 'command' && !sends.has(message.type)) throw new Error(`${message.type} is not declared`);
  return textOfEmitted(nameOf(message.type), canonical(message));
}

export const CLOSING = 'the closing row';
export const textOfEmitted = (type: string, content: string): string => `${type} ${content}`;
export const textOfDeadline = (type: string, key: string, due: number, content: string): string =>
  `deadline ${type} "${key}" due ${due}: ${content}`;
export const textOfCancel = (type: string, key: string): string => `cancelling ${type} "${key}"`;

/** The answer to a command, as one text. */
export function textOfAnswer(version: number, events: readonly string[]): string {
  return `version ${version}: ${events.join(', ') || 'nothing'}`;
}

/** Place of the actor's status in its lifecycle; 0 without one. */
export function statusOf({ definition, state }: Pick<ActorState, 'definition' | 'state'>): number {
  return definition.lifecycle ? definition.lifecycle.index((state as { readonly status: string }).status) : 0;
}

/** Frozen all the way down, so that a method which changes a state in place throws. */
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
