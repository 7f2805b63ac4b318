import type { ActorDefinition, OnceKey, Taking } from '../actors/definition';
import { describe } from '../base/errors';
import type { Runtime } from '../base/runtime';
import { causeKey } from '../history/cause';
import { ERASED_HASH } from '../history/digest';
import type { Fold } from '../history/fold';
import { SHORT } from '../history/packed-keys';
import type { First } from '../history/packed-keys';
import type { ParkKind } from '../history/rows';
import { shortOf } from '../history/snapshot';
import type { Delivery, Fires, Release } from './delivery';

/** What the gates say before any method runs. `first` is the copy that was taken in before. */
export type Verdict =
  | {
      readonly as: 'pass';
      readonly taking: Taking;
      readonly once: OnceKey | undefined;
      /** Reason why it is too late. */ readonly late?: string;
    }
  | { readonly as: 'duplicate'; readonly first: First | undefined; readonly reason?: string }
  /** Dropped: nothing that is known changes by it. */
  | { readonly as: 'late'; readonly reason: string }
  | { readonly as: 'refused'; readonly reason: string; readonly first: First }
  | {
      readonly as: 'park';
      readonly kind: ParkKind;
      readonly reason: string;
      readonly once: OnceKey | undefined;
      readonly first?: First;
    };

const DUPLICATE: Verdict = { as: 'duplicate', first: undefined };

/**
 * Redelivery first, then business: the order is the guarantee. Every "duplicate" is a fact that can only stay true, so a
 * state that another process has since left behind never gives a wrong one.
 */
export function gate(definition: ActorDefinition, fold: Fold, delivery: Delivery, runtime: Runtime): Verdict {
  if (delivery.isCommand) return commandGate(definition, fold, delivery, runtime);
  const { fires, release } = delivery.special;
  if (fires) return deadlineGate(definition, fold, delivery, fires);
  if (release) return releaseGate(definition, fold, delivery, release, runtime);
  const { source, position } = delivery.cause;
  if (position <= fold.dedup.seen(source, delivery.special.as ?? delivery.type)) return DUPLICATE;
  if (fold.dedup.released?.has(causeKey(delivery.cause))) return DUPLICATE;
  return businessGate(definition, fold, delivery, runtime, false);
}

/** Same id, equal content: the stored answer. Same id, other content: refused before anything else is looked at. */
function commandGate(definition: ActorDefinition, fold: Fold, delivery: Delivery, runtime: Runtime): Verdict {
  const first = fold.dedup.command(delivery.cause.id);
  if (!first) return { as: 'pass', taking: definition.takings.get(delivery.type) as Taking, once: undefined };
  const same = sameAs(first, delivery, runtime);
  if (same !== false) return { as: 'duplicate', first, ...reasonOf(same) };
  return { as: 'refused', reason: 'this id was used for other content', first };
}

/** Only the row that is pending under its key may fire: one that was armed anew, cancelled or fired before is late. */
function deadlineGate(definition: ActorDefinition, fold: Fold, delivery: Delivery, { key, version }: Fires): Verdict {
  if (fold.closed) return { as: 'late', reason: 'the actor is closed' };
  if (!fold.dedup.isPending(delivery.type, key, version)) return { as: 'late', reason: 'fired, cancelled or set anew before it was due' };
  const taking = definition.takings.get(delivery.type);
  if (!taking || !delivery.message) return invalid(delivery, delivery.invalid ?? `no method takes ${delivery.type}`);
  const line = behind(fold, undefined);
  if (line) return line;
  const late = lateness(definition, fold, taking);
  return late === undefined ? { as: 'pass', taking, once: undefined } : { as: 'pass', taking, once: undefined, late };
}

/** A release is once by the park that it closes; in a line only the first may go. */
function releaseGate(definition: ActorDefinition, fold: Fold, delivery: Delivery, { of, from }: Release, runtime: Runtime): Verdict {
  if (of !== undefined && !fold.dedup.isOpen(of)) return { as: 'duplicate', first: undefined, reason: 'released before' };
  if (from !== undefined && fold.dedup.released?.has(causeKey(delivery.cause)))
    return { as: 'duplicate', first: undefined, reason: 'released before' };
  return businessGate(definition, fold, delivery, runtime, true);
}

function businessGate(definition: ActorDefinition, fold: Fold, delivery: Delivery, runtime: Runtime, released: boolean): Verdict {
  const taking = definition.takings.get(delivery.type);
  if (!taking || !delivery.message) return invalid(delivery, delivery.invalid ?? `no method takes ${delivery.type}`);
  let once: OnceKey | undefined;
  try {
    once = taking.once?.(delivery.message);
    delivery.content();
  } catch (error) {
    return invalid(delivery, describe(error));
  }
  if (once !== undefined && fold.closed?.keys.has(delivery.type, once))
    return { as: 'late', reason: 'closed, and known: not compared any more' };
  if (once !== undefined && !released && fold.dedup.isSetAside(delivery.type, once, () => delivery.hash(runtime))) return DUPLICATE;
  if (fold.closed) return { as: 'park', kind: 'late', reason: 'first seen after the actor was closed', once };
  if (once !== undefined) {
    const first = fold.dedup.first(delivery.type, once);
    const same = first && sameAs(first, delivery, runtime);
    if (first && same) return { as: 'duplicate', first, ...reasonOf(same) };
    if (first) return { as: 'park', kind: 'conflict', reason: otherContent(delivery, taking, once), once, first };
  }
  const line = behind(fold, delivery.special.release?.of, once);
  if (line) return line;
  const late = lateness(definition, fold, taking);
  if (late === undefined) return { as: 'pass', taking, once };
  return taking.late ? { as: 'pass', taking, once, late } : { as: 'park', kind: 'late', reason: late, once };
}

/** Whether the first copy said the same; 'erased' where nobody can tell any more. */
function sameAs({ hash }: First, delivery: Delivery, runtime: Runtime): boolean | 'erased' {
  if (hash === ERASED_HASH || delivery.hash(runtime) === ERASED_HASH) return 'erased';
  if (hash.startsWith(SHORT)) return hash === SHORT + shortOf(delivery.hash(runtime), runtime);
  return hash === delivery.hash(runtime);
}

function reasonOf(same: boolean | 'erased'): { readonly reason?: string } {
  return same === 'erased' ? { reason: 'cannot compare any more: personal data was erased' } : {};
}

/** While a failed message is parked, all behind it stand in line; `own` is the place of one that is released. */
function behind(fold: Fold, own: number | undefined, once?: OnceKey): Verdict | undefined {
  const first = fold.dedup.blockedBy;
  if (first === undefined || first === own) return undefined;
  return { as: 'park', kind: 'behind', reason: `behind the parked message at version ${first}`, once };
}

/** Why a first-seen message comes too late; undefined when it does not. */
function lateness({ lifecycle }: ActorDefinition, fold: Fold, { before }: Taking): string | undefined {
  if (before === undefined || !lifecycle || fold.broken !== undefined) return undefined;
  const { status } = fold.state as { status: string };
  return lifecycle.index(status) >= before ? `first seen in status "${status}"` : undefined;
}

function invalid(delivery: Delivery, reason: string): Verdict {
  delivery.useRaw();
  return { as: 'park', kind: 'invalid', reason, once: undefined };
}

function otherContent(delivery: Delivery, taking: Taking, once: OnceKey): string {
  return `another ${delivery.type}${once === '' ? '' : ` with ${taking.onceText} ${String(once)}`} was taken in before`;
}
