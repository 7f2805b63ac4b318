import { reviveTaken } from '@waybill/core';
import type { OnceKey } from '@waybill/core';
import type { Book } from './book';
import type { Line } from './line';

/** The name of the message today, for one that was renamed. */
export function nameToday({ definition }: Book, { type }: Line): string {
  return definition?.takings.get(type)?.message.messageType ?? type;
}

/** Keys are those that stand in the rows. Where the class has learned another `once` since, a double must be one by that key too. */
export function isKnownToday({ definition, fold }: Book, { row, type, meta }: Line, name: string): boolean {
  const taking = definition?.takings.get(type);
  if (!fold || !taking?.once) return true;
  let key: OnceKey;
  try {
    key = taking.once(reviveTaken(taking.message, JSON.parse(row.data), meta.v ?? 1));
  } catch {
    return true;
  }
  return fold.dedup.first(name, key) !== undefined;
}
