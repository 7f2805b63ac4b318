import { HIDDEN, isHidden } from '@waybill/core';
import type { Query } from '@waybill/core';
import { isForeign } from './rows';

/** Which rows of the log a query shows: as a regular expression for the server, and as an exact test. */
export interface Filter {
  readonly regex: string;
  shows(type: string): boolean;
}

/** All rows but the server's and our own. */
export const EVERYTHING: Filter = { regex: '^(?!waybill:|\\$)', shows: (type) => !isForeign(type) };

const EVENTS: Filter = {
  regex: `^(?!${HIDDEN.join('|')}|waybill:|\\$)`,
  shows: (type) => !isForeign(type) && !isHidden(type),
};

export function filterOf({ types, everything }: Query): Filter {
  if (everything) return EVERYTHING;
  if (!types) return EVENTS;
  const wanted = new Set(types.filter((type) => !isForeign(type)));
  // Matches nothing, in .NET and in JavaScript.
  const regex = wanted.size === 0 ? '^(?!)' : `^(?:${[...wanted].map(escaped).join('|')})$`;
  return { regex, shows: (type) => wanted.has(type) };
}

/** Escapes what is syntax in both .NET and JavaScript. */
function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
