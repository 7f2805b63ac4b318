import { After, Cancel, Close } from '../actors/actor';
import type { ActorDefinition, InputHandler } from '../actors/definition';
import { canonical, isFlat } from '../base/canonical-json';
import { WaybillError, codeOf, describe } from '../base/errors';
import type { Fold } from '../history/fold';
import type { Entry } from '../history/rows';
import { isMessageClass, reviveTaken, versionOf, type AnyMessageClass, type Message } from '../messages/message';
import { bytesOf } from '../store/limits';
import type { Delivery } from './delivery';

/**
 * I3, I6: turns what a method returns into the rows of one append, or refuses it with an error that names the method.
 * `step` calls the method and applies the rows; nothing here changes a fold.
 */

/** Upper estimate of a row's characters: its meta repeats the id of the cause, each character of it escaped at worst. */
export function sizeOf(entry: Entry): number {
  return entry.content.length + 256 + 6 * entry.cause.id.length;
}

/** Names the method in an error. */
type At = () => string;

interface Rows {
  readonly entries: Entry[];
  /** The messages that the method emits. */
  readonly events: readonly Message[];
  readonly closes: boolean;
}

/** The rows that a method's answer asks for. @throws WaybillError when it is not a decision, or not one that this actor may make. */
export function rowsOf(definition: ActorDefinition, fold: Fold, delivery: Delivery, decision: unknown): Rows {
  const at: At = () => `@Handles(${delivery.type}) of "${definition.name}"`;
  const entries: Entry[] = [];
  const events: Message[] = [];
  const armed = new Set<string>();
  // The deadline that fires is over, whatever its method cancels.
  const { origin, release } = delivery;
  const own = origin.kind === 'deadline' ? origin.version : release?.of;
  const isPending = (slot: string): boolean => {
    const version = fold.dedup.pending?.get(slot);
    return armed.has(slot) || (version !== undefined && version !== own);
  };
  let closes = false;
  for (const part of partsOf(decision, at)) {
    if (part instanceof After) {
      entries.push(armedBy(part, definition, delivery, at));
      armed.add(`${part.message.type} ${part.key}`);
    } else if (part instanceof Cancel) {
      const { type } = part;
      // Cancelling what is not pending leaves no row.
      for (const key of keysOf(part, [...(fold.dedup.pending?.keys() ?? []), ...armed])) {
        if (!isPending(`${type} ${key}`)) continue;
        entries.push({ kind: 'cancelled', type, cause: delivery.cause, content: '{}', version: 1, key });
        armed.delete(`${type} ${key}`);
      }
    } else if (part instanceof Close) {
      mustBeSaga(definition, at, 'close()');
      closes = true;
    } else {
      events.push(mustBeOutput(part as Message, definition, at));
      entries.push(emittedBy(part as Message, definition, delivery));
    }
  }
  return { entries, events, closes };
}

/** The keys whose deadlines are to be cancelled; `slots` are those of all that may be pending. */
function keysOf({ type, key }: Cancel, slots: readonly string[]): readonly string[] {
  if (key !== undefined) return [key];
  const prefix = `${type} `;
  return [...new Set(slots)].filter((slot) => slot.startsWith(prefix)).map((slot) => slot.slice(prefix.length));
}

/** @throws WaybillError when a method returned anything but a decision. */
function partsOf(decision: unknown, at: At): readonly unknown[] {
  if (decision === undefined || decision === null) {
    throw new WaybillError('DECISION_MISSING', `${at()} returned nothing`, "return events, [], discard('why') or conflict('why')");
  }
  if (typeof (decision as { then?: unknown }).then === 'function') {
    (decision as Promise<unknown>).then(undefined, () => undefined);
    throw new WaybillError(
      'DECISION_ASYNC',
      `${at()} returned a promise`,
      'decide from the message and the state alone; call the outside world in a @Handler',
    );
  }
  return Array.isArray(decision) ? (decision as unknown[]) : [decision];
}

function mustBeOutput(event: Message, definition: ActorDefinition, at: At): Message {
  const kind = event?.['~kind'];
  if ((kind !== 'event' && kind !== 'command') || !isMessageClass(event.constructor)) {
    throw new WaybillError(
      'DECISION_NOT_EVENT',
      `${at()} returned ${describe(event?.type ?? typeof event)}, which is not an event`,
      "return instances of classes made with Event('…')",
    );
  }
  if (kind === 'command' && definition.sends.get(event.type) !== event.constructor) {
    throw new WaybillError(
      'COMMAND_NOT_DECLARED',
      `${at()} sends ${event.type}`,
      `list it: @Saga('${definition.name}', { sends: [${event.type}] })`,
    );
  }
  const taken = definition.taken?.get(event.type);
  // A class that was renamed reads what is emitted under its former name.
  if (taken?.messageType === event.type && taken !== event.constructor) {
    throw new WaybillError(
      'TWO_CLASSES_OF_ONE_NAME',
      `${at()} emits ${event.type} of another class than the one that this app takes`,
      'import one class everywhere, or rename one',
    );
  }
  if (definition.inputs.has(event.type)) {
    throw new WaybillError(
      'OUTPUT_IS_INPUT',
      `${at()} emits ${event.type}, which "${definition.name}" also takes`,
      'give the output a type of its own',
    );
  }
  return event;
}

/** The row of an event that a method emits, or of a command that it sends. */
export function emittedBy(event: Message, definition: ActorDefinition, { cause }: Delivery): Entry {
  const known = event.constructor as InputHandler['message'];
  const [version, content] = [versionOf(known), canonical(event)];
  // I9: what is folded now is what a load folds later, and shares no object with the method.
  const isFolded = definition.folds.has(event.type);
  const folded = isFlat(event) || !isFolded ? event : reviveTaken(known, JSON.parse(content), version);
  return { kind: 'emitted', type: event.type, cause, content, version, message: folded, folded: isFolded || undefined };
}

function armedBy(
  { message, milliseconds, key, time: at }: After<Message>,
  definition: ActorDefinition,
  { cause, time }: Delivery,
  where: At,
): Entry {
  mustBeSaga(definition, where, at === undefined ? 'after()' : 'at()');
  const handler = definition.inputs.get(message?.type);
  if (!handler?.deadline || message.constructor !== handler.message) {
    throw new WaybillError(
      'DEADLINE_NOT_TAKEN',
      `${where()} sets a deadline for ${describe(message?.type ?? typeof message)}, which no method takes`,
      'add @Handles(…, { deadline: true }) for it',
    );
  }
  const version = versionOf(message.constructor as AnyMessageClass);
  return { kind: 'armed', type: message.type, cause, content: canonical(message), version, key, due: at ?? time + milliseconds };
}

function mustBeSaga({ kind, name }: ActorDefinition, at: At, what: string): void {
  if (kind === 'saga') return;
  throw new WaybillError(
    'DECISION_FOR_SAGAS',
    `${at()} returned ${what}, but "${name}" is not a saga`,
    'handle the event in a saga, which may set deadlines and close',
  );
}

/** Errors that no retry can cure: the method itself is wrong. */
export function isPermanent(error: unknown): boolean {
  return /^(DECISION_|OUTPUT_|CONTENT_|MESSAGE_|STATUS_|STATE_|FOLD_|LIFECYCLE_|DURATION_|INDEX_|OPTION_|DEADLINE_|PERSONAL_|COMMAND_NOT_DECLARED|TWO_CLASSES_OF_ONE_NAME)/.test(
    codeOf(error) ?? '',
  );
}

/** Whether the rows fit into `bytes`. Bytes are counted only where the number of characters does not settle it. */
export function fits(entries: readonly Entry[], bytes: number): boolean {
  let characters = 0;
  for (const entry of entries) characters += sizeOf(entry);
  if (characters * 3 <= bytes) return true;
  return entries.reduce((sum, entry) => sum + sizeOf(entry) - entry.content.length + bytesOf(entry.content), 0) <= bytes;
}

/** Never throws, whatever was thrown: a getter of it may throw. */
export function reasonOf(error: unknown): { readonly reason: string; readonly stack: string | undefined } {
  const reason = describe(error);
  try {
    return { reason, stack: error instanceof Error && typeof error.stack === 'string' ? error.stack : undefined };
  } catch {
    return { reason, stack: undefined };
  }
}
