import type { ActorDefinition } from '../actors/definition';
import type { Entry, Input } from '../history/rows';
import { refusalOf } from '../messages/refusal';
import { emittedBy } from './answer';
import type { Delivery } from './delivery';

/**
 * I1, I6: the rows of a command that was refused. Where it came by the log, sagas may wait for it: then the refusal that they hear of
 * stands in the same append as the row that takes the command in, so it is there once. A caller has the answer.
 */
export function refusedBy(definition: ActorDefinition, delivery: Delivery, took: Input, reason: string): Entry[] {
  const refused = { ...took, refused: reason };
  if (delivery.isCommand || !definition.refuses.has(delivery.type)) return [refused];
  return [{ ...refused, told: true }, emittedBy(refusalOf(took.message, took.content, reason), definition, delivery)];
}
