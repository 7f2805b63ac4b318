import type { ActorDefinition, OnceKey, InputHandler } from '../actors/definition';
import { describe } from '../base/errors';
import type { Runtime } from '../base/runtime';
import { causeKey } from '../history/cause';
import { compare, type FirstCopy } from '../history/digest';
import type { Fold } from '../history/fold';
import type { ParkKind } from '../history/rows';
import type { Delivery, Origin, Release } from './delivery';

/**
 * I2, I5, I12: whether a message may run its method, from the fold alone. `Dedup` owns what is remembered; `step` acts on
 * the verdict.
 */

/** What the gate says before any method runs. `first` is the copy that was taken in before. */
export type Verdict =
  | {
      readonly as: 'pass';
      readonly handler: InputHandler;
      readonly once: OnceKey | undefined;
      /** Why it is too late. */
      readonly late?: string;
    }
  | { readonly as: 'duplicate'; readonly first: FirstCopy | undefined; readonly reason?: string }
  /** Dropped without a change. */
  | { readonly as: 'late'; readonly reason: string }
  | { readonly as: 'refused'; readonly reason: string; readonly first: FirstCopy }
  | {
      readonly as: 'park';
      readonly kind: ParkKind;
      readonly reason: string;
      readonly once: OnceKey | undefined;
      readonly first?: FirstCopy;
    };

type DeadlineOrigin = Extract<Origin, { kind: 'deadline' }>;
const DUPLICATE: Verdict = { as: 'duplicate', first: undefined };

/**
 * Redelivery is checked first, then the business rules: the guarantee rests on this order. Every "duplicate" is a fact that
 * stays true, so a stale fold, where another process has written since, never gives a wrong one.
 */
export function gate(definition: ActorDefinition, fold: Fold, delivery: Delivery, runtime: Runtime): Verdict {
  delivery.decideAnew();
  if (delivery.isCommand) return commandGate(definition, fold, delivery, runtime);
  const { origin } = delivery;
  if (origin.kind === 'deadline') return deadlineGate(definition, fold, delivery, origin);
  if (origin.kind === 'release') return releaseGate(definition, fold, delivery, origin.release, runtime);
  const { source, position } = delivery.cause;
  if (position <= fold.dedup.seen(source, (origin.kind === 'log' && origin.writtenAs) || delivery.type)) return DUPLICATE;
  if (fold.dedup.released?.has(causeKey(delivery.cause))) return DUPLICATE;
  return businessGate(definition, fold, delivery, runtime, false);
}

/** Same id, equal content: the stored answer. Same id, other content: refused before any other check. */
function commandGate(definition: ActorDefinition, fold: Fold, delivery: Delivery, runtime: Runtime): Verdict {
  const first = fold.dedup.command(delivery.cause.id);
  if (!first) return { as: 'pass', handler: definition.inputs.get(delivery.type) as InputHandler, once: undefined };
  const compared = compare(first.digest, delivery.digest(runtime), runtime);
  if (compared !== 'other') return { as: 'duplicate', first, ...reasonOf(compared) };
  return { as: 'refused', reason: 'this id was used for other content', first };
}

/** Only the deadline row that is pending under its key may fire: one that was set anew, cancelled or fired before is late. */
function deadlineGate(definition: ActorDefinition, fold: Fold, delivery: Delivery, { key, version }: DeadlineOrigin): Verdict {
  if (fold.closed) return { as: 'late', reason: 'the actor is closed' };
  if (!fold.dedup.isPending(delivery.type, key, version)) return { as: 'late', reason: 'fired, cancelled or set anew before it was due' };
  return dueGate(definition, fold, delivery, undefined);
}

/** A deadline that may fire; `own` is the version of the row that parked it. */
function dueGate(definition: ActorDefinition, fold: Fold, delivery: Delivery, own: number | undefined): Verdict {
  const handler = definition.inputs.get(delivery.type);
  if (!handler || !delivery.message) return invalid(delivery, delivery.invalid ?? `no method takes ${delivery.type}`);
  const late = lateness(definition, fold, handler);
  return queued(fold, own) ?? { as: 'pass', handler, once: undefined, ...(late !== undefined && { late }) };
}

/** A parked deadline may fire as long as nothing that was taken in since has cancelled it or set it anew. */
function parkedDeadlineGate(definition: ActorDefinition, fold: Fold, delivery: Delivery, of: number): Verdict {
  const ended = fold.closed ? 'the actor is closed' : fold.dedup.isWaiting(of) ? undefined : 'cancelled or set anew while it was parked';
  if (ended === undefined) return dueGate(definition, fold, delivery, of);
  if (!delivery.message) delivery.useRaw();
  return { as: 'late', reason: ended };
}

/** A park is released once; of the messages queued after a failed one, only the first may be released. */
function releaseGate(definition: ActorDefinition, fold: Fold, delivery: Delivery, { of, from }: Release, runtime: Runtime): Verdict {
  if (of !== undefined && !fold.dedup.isOpen(of)) return { as: 'duplicate', first: undefined, reason: 'released before' };
  if (from !== undefined && fold.dedup.released?.has(causeKey(delivery.cause)))
    return { as: 'duplicate', first: undefined, reason: 'released before' };
  if (of !== undefined && definition.inputs.get(delivery.type)?.deadline) return parkedDeadlineGate(definition, fold, delivery, of);
  return businessGate(definition, fold, delivery, runtime, true);
}

function businessGate(definition: ActorDefinition, fold: Fold, delivery: Delivery, runtime: Runtime, released: boolean): Verdict {
  const handler = definition.inputs.get(delivery.type);
  if (!handler || !delivery.message) return invalid(delivery, delivery.invalid ?? `no method takes ${delivery.type}`);
  let once: OnceKey | undefined;
  try {
    once = handler.once?.(delivery.message);
    delivery.content();
  } catch (error) {
    return invalid(delivery, describe(error));
  }
  if (once !== undefined && fold.closed?.keys.has(delivery.type, once))
    return { as: 'late', reason: 'closed, and known: not compared any more' };
  if (once !== undefined && !released && fold.dedup.isSetAside(delivery.type, once, () => delivery.digest(runtime))) return DUPLICATE;
  if (fold.closed) return { as: 'park', kind: 'late', reason: 'first seen after the actor was closed', once };
  if (once !== undefined) {
    const first = fold.dedup.first(delivery.type, once);
    const compared = first && compare(first.digest, delivery.digest(runtime), runtime);
    if (first && compared !== 'other') return { as: 'duplicate', first, ...reasonOf(compared as 'same' | 'erased') };
    if (first) return { as: 'park', kind: 'conflict', reason: otherContent(delivery, handler, once), once, first };
  }
  const waits = queued(fold, delivery.release?.of, once);
  if (waits) return waits;
  const late = lateness(definition, fold, handler);
  if (late === undefined) return { as: 'pass', handler, once };
  return handler.late ? { as: 'pass', handler, once, late } : { as: 'park', kind: 'late', reason: late, once };
}

/** The reason given where the content of a copy was erased. */
function reasonOf(compared: 'same' | 'erased'): { readonly reason?: string } {
  return compared === 'erased' ? { reason: 'cannot compare any more: personal data was erased' } : {};
}

/** While a failed message is parked, all later ones are queued after it (I5); `own` is the version of the one being released. */
function queued(fold: Fold, own: number | undefined, once?: OnceKey): Verdict | undefined {
  const first = fold.dedup.blockedBy;
  if (first === undefined || first === own) return undefined;
  return { as: 'park', kind: 'behind', reason: `behind the parked message at version ${first}`, once };
}

/** Why a first-seen message comes too late; undefined when it is in time. */
function lateness({ lifecycle }: ActorDefinition, fold: Fold, { before }: InputHandler): string | undefined {
  if (before === undefined || !lifecycle || fold.broken !== undefined || fold.newer) return undefined;
  const { status } = fold.state as { status: string };
  return lifecycle.index(status) >= before ? `first seen in status "${status}"` : undefined;
}

function invalid(delivery: Delivery, reason: string): Verdict {
  delivery.useRaw();
  return { as: 'park', kind: 'invalid', reason, once: undefined };
}

function otherContent(delivery: Delivery, handler: InputHandler, once: OnceKey): string {
  return `another ${delivery.type}${once === '' ? '' : ` with ${handler.onceText} ${String(once)}`} was taken in before`;
}
