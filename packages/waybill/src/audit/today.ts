import { nameToday as todayOf, reviveTaken } from '@waybill/core/internal';
import type { OnceKey } from '@waybill/core/internal';
import type { ActorHistory } from './actor-history';
import type { ParsedRow } from './parsed-row';

/** The current name of a message that may have been renamed. */
export function nameToday({ definition }: ActorHistory, { type }: ParsedRow): string {
  return definition ? todayOf(definition, type) : type;
}

/** The audit compares the keys in the rows. If the class has changed its `once` since, a duplicate must be one by the new key too. */
export function isKnownToday({ definition, fold }: ActorHistory, { row, type, meta }: ParsedRow, name: string): boolean {
  const taking = definition?.inputs.get(type);
  if (!fold || !taking?.once) return true;
  let key: OnceKey;
  try {
    key = taking.once(reviveTaken(taking.message, JSON.parse(row.data), meta.v ?? 1));
  } catch {
    return true;
  }
  return fold.dedup.first(name, key) !== undefined;
}
