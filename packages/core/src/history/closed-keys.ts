import type { OnceKey } from '../actors/definition';
import { IndexSet } from '../base/index-set';
import { personalOf } from '../messages/personal';
import { Dedup, copyKey, type Mark } from './dedup';
import { digestFromText, ERASED_DIGEST } from './digest';

/**
 * I2, I10: what a closed actor still remembers, in one row: marks, and keys as ranges without digests. `Dedup` owns the
 * memory of an open actor.
 */

/** The known keys of one type. Without digests, so that a copy of a known one is no longer compared. */
interface Known {
  readonly type: string;
  readonly single: boolean;
  /** Whole numbers from 0, as merged ranges. */
  readonly indexes: readonly (readonly [number, number])[];
  readonly others: readonly OnceKey[];
}

interface Content {
  readonly marks: Mark[];
  readonly keys: Known[];
  readonly released: string[];
  /** Copy keys of what was parked or skipped when it closed. */
  readonly aside?: string[];
}

/** All that the content of a closing row says. */
export const CLOSING: ReadonlySet<string> = new Set(['marks', 'keys', 'released', 'aside'] satisfies (keyof Content)[]);

/** The content of a closing row; keys that are indexes become ranges. */
export function closingOf({ marks, firsts, released, parks, skipped }: Dedup): string {
  const keys = firsts.map(({ type, single, byKey, packed }): Known => {
    const indexes: number[] = [];
    const others: OnceKey[] = [];
    for (const key of byKey?.keys() ?? []) {
      if (Number.isSafeInteger(key) && (key as number) >= 0) indexes.push(key as number);
      else others.push(key);
    }
    return { type, single: single !== undefined, indexes: (packed?.indexes ?? IndexSet.empty).addAll(indexes).ranges, others };
  });
  return JSON.stringify({
    marks,
    keys,
    released: [...(released ?? [])],
    aside: [...(parks?.values() ?? []), ...(skipped ?? [])].flatMap(withoutSecrets),
  });
}

/** The content of a closing row under today's names of its messages. */
export function closingToday(content: string, nameOf: (type: string) => string): string {
  const { keys = [], aside = [], ...memory } = JSON.parse(content) as Partial<Content>;
  const names = [...keys.map(({ type }) => type), ...aside.map((copy) => (JSON.parse(copy) as [string])[0])];
  if (names.every((name) => nameOf(name) === name)) return content;
  const renamed = (copy: string): string => {
    const [type, ...rest] = JSON.parse(copy) as [string, ...unknown[]];
    return JSON.stringify([nameOf(type), ...rest]);
  };
  return JSON.stringify({ ...memory, keys: keys.map((known) => ({ ...known, type: nameOf(known.type) })), aside: aside.map(renamed) });
}

/** A digest of personal data would outlive their erasure, so of such a copy only the business key is kept. */
function withoutSecrets(copy: string | undefined): string[] {
  if (copy === undefined) return [];
  const [type, once] = JSON.parse(copy) as [string, OnceKey];
  return [personalOf(type) ? copyKey(type, once, ERASED_DIGEST) : copy];
}

/** Reads a closing row. Open parks are not in it: they stay as they are. */
export class ClosedKeys {
  /** One for each name that a type had when its messages were taken in. */
  private readonly known: readonly {
    readonly type: string;
    readonly single: boolean;
    readonly indexes: IndexSet;
    readonly others: ReadonlySet<OnceKey>;
  }[];
  private readonly memory: Omit<Content, 'keys'>;
  /** Bytes in memory, about: a range is 80 of them, and 8 characters. */
  readonly size: number;

  constructor(content: string) {
    this.size = 10 * content.length;
    const { keys, ...memory } = JSON.parse(content) as Content;
    this.memory = memory;
    this.known = keys.map(({ type, single, indexes, others }) => ({
      ...{ type, single, indexes: IndexSet.fromJSON(indexes) },
      others: new Set(others),
    }));
  }

  has(type: string, once: OnceKey): boolean {
    return this.known.some(({ type: name, single, indexes, others }) => {
      if (name !== type) return false;
      return once === '' ? single : others.has(once) || (typeof once === 'number' && indexes.has(once));
    });
  }

  /** The actor's memory once it is closed. */
  dedup(before: Dedup): Dedup {
    const after = new Dedup();
    const { marks, released, aside = [] } = this.memory;
    for (const { source, type, position } of marks) after.see(source, type, position);
    for (const cause of released) after.release(cause);
    if (aside.length > 0) after.skipped = new Set(aside.map(today));
    for (const [version, copy] of before.parks ?? []) after.keepPark(version, copy, before.line?.has(version) === true);
    return after;
  }
}

/** Converts the copy keys of format 1. */
function today(copy: string): string {
  const [type, once, digest, ...rest] = JSON.parse(copy) as [string, OnceKey, string, string?];
  return rest.length > 0 ? copy : copyKey(type, once, digestFromText(digest));
}
