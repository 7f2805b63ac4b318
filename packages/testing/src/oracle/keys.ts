import type { Message } from '@waybill/core';
import type { ActorDefinition, OnceKey } from '@waybill/core/internal';

/** Types that an actor takes from the log: all but its deadlines. */
export function logTypes({ inputs }: ActorDefinition): string[] {
  return [...inputs].filter(([, { deadline }]) => !deadline).map(([type]) => type);
}

/** The stream of the actor that a message is for: `nobody` where `key()` names none, `invalid` where it throws or gives no text. */
export function streamFor(definition: ActorDefinition, message: Message): { readonly stream: string } | 'nobody' | 'invalid' {
  try {
    const key = definition.key(message);
    if (key === undefined) return 'nobody';
    return typeof key === 'string' && key !== '' ? { stream: `${definition.name}-${key}` } : 'invalid';
  } catch {
    return 'invalid';
  }
}

/** A business key as one text. */
export function keyText(type: string, once: OnceKey): string {
  return `${type} ${typeof once} ${once}`;
}
