import { Conflict, Discard, Rejected } from './actor';
import type { Meta } from './actor';
import { canonical, isFlat } from './content';
import type { ActorDefinition, OnceKey, Taking } from './definition';
import type { Delivery, Ending } from './delivery';
import { describe, WaybillError } from './errors';
import { applyEntries } from './fold';
import type { First } from './dedup';
import type { Fold } from './fold';
import { gate } from './gate';
import { isMessageClass, reviveTaken } from './message';
import type { Message } from './message';
import { versionOf } from './row';
import type { Entry, ParkKind, Took } from './row';
import type { Runtime } from './runtime';

/** Characters of all rows of one message: one append must hold them. */
const MAX_DECISION = 1_000_000;

/** Characters of a row at the most, about: its meta repeats the id of the cause, each character of it escaped at worst. */
export function sizeOf(entry: Entry): number {
  return entry.content.length + 256 + 6 * entry.cause.id.length;
}

/** What one delivery leads to: rows to append (none for a duplicate) and how it ends once they are durable. */
export interface Step {
  readonly entries: readonly Entry[];
  readonly ending: Ending;
  /** Of a conflict: the copy that was taken in first. Of a command: the copy whose rows are its answer. */
  readonly first?: First | undefined;
}

/**
 * Gate, decide, fold: the whole life of a message at its actor, but for the append. On return the fold stands behind the
 * step's rows, which are not durable yet.
 * @throws what the actor's method throws; the fold is then as it was.
 */
export function step(definition: ActorDefinition, fold: Fold, delivery: Delivery, runtime: Runtime): Step {
  const verdict = gate(definition, fold, delivery, runtime);
  if (verdict.pass) return run(definition, fold, delivery, verdict.taking, verdict.once, runtime);
  if (verdict.as === 'duplicate') return { entries: [], ending: { kind: 'duplicate' }, first: verdict.first };
  if (verdict.as === 'refused') return { entries: [], ending: { kind: 'conflict', reason: verdict.reason }, first: verdict.first };
  const parked = park(definition, fold, delivery, verdict.kind, verdict.reason, 0, runtime, verdict.once);
  return { ...parked, first: verdict.first };
}

/** Sets a message aside as a row of the actor's own stream. */
export function park(
  definition: ActorDefinition,
  fold: Fold,
  delivery: Delivery,
  kind: ParkKind,
  reason: string,
  attempts: number,
  runtime: Runtime,
  once?: OnceKey,
): Step {
  const taking = definition.takings.get(delivery.type);
  const entry: Entry = {
    kind: 'parked',
    type: delivery.type,
    cause: delivery.cause,
    content: delivery.content(),
    version: taking && delivery.message ? versionOf(taking.message) : 1,
    hash: delivery.hash(runtime),
    once,
    park: kind,
    reason,
    attempts,
  };
  applyEntries(definition, fold, [entry]);
  return { entries: [entry], ending: { kind: kind === 'conflict' ? 'conflict' : 'parked', reason } };
}

function run(
  definition: ActorDefinition,
  fold: Fold,
  delivery: Delivery,
  taking: Taking,
  once: OnceKey | undefined,
  runtime: Runtime,
): Step {
  if (fold.broken !== undefined) throw fold.broken;
  const { cause, type } = delivery;
  const message = delivery.message as Message;
  const took: Took = {
    kind: 'took',
    type,
    cause,
    content: delivery.content(),
    version: versionOf(taking.message),
    message,
    hash: delivery.hash(runtime),
    once,
  };
  const meta: Meta = { id: cause.id, time: delivery.time, position: cause.position };
  let decision: unknown;
  try {
    decision = taking.decide(message, fold.state, meta);
  } catch (error) {
    if (!delivery.isCommand || !(error instanceof Rejected)) throw error;
    return taken(definition, fold, { ...took, refused: error.reason }, { kind: 'discarded', reason: error.reason, refused: true });
  }
  if (decision instanceof Discard) {
    return taken(definition, fold, { ...took, discarded: decision.reason }, { kind: 'discarded', reason: decision.reason, events: [] });
  }
  if (decision instanceof Conflict) {
    if (delivery.isCommand)
      return taken(definition, fold, { ...took, refused: decision.reason }, { kind: 'discarded', reason: decision.reason, refused: true });
    return park(definition, fold, delivery, 'conflict', decision.reason, 0, runtime, once);
  }
  const entries: Entry[] = [took];
  let size = sizeOf(took);
  const events = eventsOf(decision, definition, type);
  for (const event of events) {
    const known = event.constructor as Taking['message'];
    const [version, content] = [versionOf(known), canonical(event)];
    // What is folded now is what a load folds later, and shares nothing with what the method holds.
    const folded = isFlat(event) || !definition.folds.has(event.type) ? event : reviveTaken(known, JSON.parse(content), version);
    entries.push({ kind: 'emitted', type: event.type, cause, content, version, message: folded });
    size += sizeOf(entries.at(-1) as Entry);
    if (size > MAX_DECISION)
      throw new WaybillError(
        'DECISION_TOO_LARGE',
        `one decision of "${definition.name}" emits more than ${MAX_DECISION} characters`,
        'emit less at once',
      );
  }
  applyEntries(definition, fold, entries);
  return { entries, ending: { kind: 'applied', events } };
}

function taken(definition: ActorDefinition, fold: Fold, entry: Took, ending: Ending): Step {
  applyEntries(definition, fold, [entry]);
  return { entries: [entry], ending };
}

/** @throws WaybillError when a method returned anything but a decision. */
function eventsOf(decision: unknown, definition: ActorDefinition, type: string): readonly Message[] {
  const at = `@Handles(${type}) of "${definition.name}"`;
  if (decision === undefined || decision === null) {
    throw new WaybillError('DECISION_MISSING', `${at} returned nothing`, "return events, [], discard('why') or conflict('why')");
  }
  if (typeof (decision as { then?: unknown }).then === 'function') {
    (decision as Promise<unknown>).then(undefined, () => undefined);
    throw new WaybillError(
      'DECISION_ASYNC',
      `${at} returned a promise`,
      'decide at once from the message and the state; talk to the outside in a @Handler',
    );
  }
  const events = (Array.isArray(decision) ? decision : [decision]) as readonly Message[];
  for (const event of events) {
    if (event?.['~kind'] !== 'event' || !isMessageClass(event.constructor)) {
      throw new WaybillError(
        'DECISION_NOT_EVENT',
        `${at} returned ${describe(event?.type ?? typeof event)}, which is no event`,
        "return instances of classes made with Event('…')",
      );
    }
    if (definition.takings.has(event.type)) {
      throw new WaybillError(
        'OUTPUT_IS_INPUT',
        `${at} emits ${event.type}, which "${definition.name}" also takes`,
        'give the output a type of its own',
      );
    }
  }
  return events;
}

/** Errors that no retry can cure: the method itself is wrong. */
export function isHopeless(error: unknown): boolean {
  return error instanceof WaybillError && /^(DECISION_|OUTPUT_|CONTENT_|MESSAGE_|STATUS_|FOLD_|LIFECYCLE_)/.test(error.code);
}
