import type { OnceKey } from '../actors/definition';
import type { Runtime } from '../base/runtime';
import type { Input } from '../history/rows';
import type { Message } from '../messages/message';
import type { Delivery } from './delivery';

/** The row that takes a message in. */
export function tookOf(runtime: Runtime, delivery: Delivery, version: number, once: OnceKey | undefined): Input {
  const { type, cause } = delivery;
  const message = delivery.message as Message;
  const content = delivery.content();
  return { kind: 'took', type, cause, content, version, message, digest: delivery.digest(runtime), once, ...settlementOf(delivery) };
}

/** The park or deadline that this delivery's row settles, and where its message came from. */
export function settlementOf({ origin }: Delivery): Pick<Input, 'of' | 'from' | 'as' | 'by' | 'why'> {
  if (origin.kind === 'deadline') return { of: origin.version, as: origin.writtenAs };
  if (origin.kind !== 'release') return { as: origin.kind === 'log' ? origin.writtenAs : undefined };
  const { of, from, by, why } = origin.release;
  return { of, from, as: origin.writtenAs, by, why };
}
