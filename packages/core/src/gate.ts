import type { ActorDefinition, OnceKey, Taking } from './definition';
import type { Delivery } from './delivery';
import { describe } from './errors';
import type { First } from './dedup';
import type { Fold } from './fold';
import type { ParkKind } from './row';
import type { Runtime } from './runtime';

/** What the gates say before any method runs. `first` is the copy that was taken in before. */
export type Verdict =
  | { readonly pass: true; readonly taking: Taking; readonly once: OnceKey | undefined }
  | { readonly pass: false; readonly as: 'duplicate'; readonly first: First | undefined }
  | { readonly pass: false; readonly as: 'refused'; readonly reason: string; readonly first: First }
  | {
      readonly pass: false;
      readonly as: 'park';
      readonly kind: ParkKind;
      readonly reason: string;
      readonly once: OnceKey | undefined;
      readonly first?: First;
    };

const DUPLICATE: Verdict = { pass: false, as: 'duplicate', first: undefined };

/**
 * Redelivery first, then business: the order is the guarantee. Every "duplicate" is a fact that can only stay true, so a
 * state that another process has since left behind never gives a wrong one.
 */
export function gate(definition: ActorDefinition, fold: Fold, delivery: Delivery, runtime: Runtime): Verdict {
  if (delivery.isCommand) return commandGate(definition, fold, delivery, runtime);
  const { source, position } = delivery.cause;
  if (position <= fold.dedup.seen(source, delivery.type)) return DUPLICATE;
  return businessGate(definition, fold, delivery, runtime);
}

/** Same id, equal content: the stored answer. Same id, other content: refused before anything else is looked at. */
function commandGate(definition: ActorDefinition, fold: Fold, delivery: Delivery, runtime: Runtime): Verdict {
  const first = fold.dedup.command(delivery.cause.id);
  if (!first) return { pass: true, taking: definition.takings.get(delivery.type) as Taking, once: undefined };
  if (first.hash === delivery.hash(runtime)) return { pass: false, as: 'duplicate', first };
  return { pass: false, as: 'refused', reason: 'this id was used for other content', first };
}

function businessGate(definition: ActorDefinition, fold: Fold, delivery: Delivery, runtime: Runtime): Verdict {
  const taking = definition.takings.get(delivery.type);
  if (!taking || !delivery.message) return invalid(delivery, delivery.invalid ?? `no method takes ${delivery.type}`);
  let once: OnceKey | undefined;
  try {
    once = taking.once?.(delivery.message);
    delivery.content();
  } catch (error) {
    return invalid(delivery, describe(error));
  }
  if (once !== undefined) {
    if (fold.dedup.isParked(delivery.type, once, () => delivery.hash(runtime))) return DUPLICATE;
    const first = fold.dedup.first(delivery.type, once);
    if (first?.hash === delivery.hash(runtime)) return { pass: false, as: 'duplicate', first };
    if (first) return { pass: false, as: 'park', kind: 'conflict', reason: otherContent(delivery, taking, once), once, first };
  }
  if (fold.dedup.blockedBy !== undefined) {
    return { pass: false, as: 'park', kind: 'behind', reason: `behind the parked message at version ${fold.dedup.blockedBy}`, once };
  }
  if (taking.before !== undefined && definition.lifecycle && fold.broken === undefined) {
    const { status } = fold.state as { status: string };
    if (definition.lifecycle.index(status) >= taking.before) {
      return { pass: false, as: 'park', kind: 'late', reason: `first seen in status "${status}"`, once };
    }
  }
  return { pass: true, taking, once };
}

function invalid(delivery: Delivery, reason: string): Verdict {
  delivery.useRaw();
  return { pass: false, as: 'park', kind: 'invalid', reason, once: undefined };
}

function otherContent(delivery: Delivery, taking: Taking, once: OnceKey): string {
  return `another ${delivery.type}${once === '' ? '' : ` with ${taking.onceText} ${String(once)}`} was taken in before`;
}
