import type { Query, Recorded } from '@waybill/core/store-kit';
import { boundedRegex } from './regex';
import { BadContent, invalid } from './status';

export interface Filter {
  /** The part of the filter that the store itself applies. */
  readonly query: Pick<Query, 'types' | 'everything'>;
  shows(row: Recorded): boolean;
}

/** As in the protocol: a regular expression, or prefixes, on the event type or the stream name. */
export interface Expression {
  getRegex(): string;
  getPrefixList(): string[];
}

export const EVERYTHING: Filter = { query: { everything: true }, shows: () => true };

/** @throws CallError INVALID_ARGUMENT */
export function filterOf(on: 'type' | 'stream', expression: Expression): Filter {
  const regex = expression.getRegex();
  const prefixes = expression.getPrefixList();
  if (regex === '' && prefixes.length === 0) throw invalid('a filter needs a regular expression or a prefix');
  const types = on === 'type' && regex !== '' ? namedBy(regex) : undefined;
  if (types) return { query: { types: [...types] }, shows: ({ type }) => types.has(type) };
  const matches = regex === '' ? (text: string) => prefixes.some((prefix) => text.startsWith(prefix)) : matching(regex);
  return { query: { everything: true }, shows: (row) => matches(row[on]) };
}

/** One literal name in a regular expression: ordinary characters and escaped ones. */
const NAME = String.raw`(?:[^\\^$.*+?()[\]{}|]|\\[\\^$.*+?()[\]{}|/-])+`;
const NAMES = new RegExp(String.raw`^\^(?:\((?:\?:)?(${NAME}(?:\|${NAME})*)\)|(${NAME}))\$$`);

/** The types of `^A$`, `^(A|B)$`, `^(?:A|B)$`: the store then reads no other rows. */
function namedBy(regex: string): ReadonlySet<string> | undefined {
  const [, group, single] = NAMES.exec(regex) ?? [];
  const names = (group ?? single)?.match(new RegExp(NAME, 'g'));
  return names ? new Set(names.map((name) => name.replace(/\\(.)/g, '$1'))) : undefined;
}

function matching(regex: string): (text: string) => boolean {
  try {
    return boundedRegex(regex);
  } catch (error) {
    const why = error instanceof SyntaxError ? 'is not a JavaScript regular expression' : `is not taken here: ${(error as Error).message}`;
    throw new BadContent(`the filter ${JSON.stringify(regex)} ${why}`);
  }
}
