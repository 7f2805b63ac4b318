import type { Recorded } from '@waybill/core';
import { filterOf } from '../dist/wire/filter';

const filter = (regex: string) => filterOf('type', { getRegex: () => regex, getPrefixList: () => [] });
const row = (type: string) => ({ type, stream: 's' }) as Recorded;

test.each([
  ['^A$', ['A']],
  ['^(A|Bee)$', ['A', 'Bee']],
  ['^(?:A|took:B|C-1|ä\u{1f600})$', ['A', 'took:B', 'C-1', 'ä\u{1f600}']],
  [String.raw`^(?:A\.b|\$x|\(\\)$`, ['A.b', '$x', '(\\']],
])('%s names its types, and the store reads no others', (regex, types) => {
  const { query, shows } = filter(regex);
  expect(query).toEqual({ types });
  for (const type of types) expect([new RegExp(regex).test(type), shows(row(type))]).toEqual([true, true]);
  expect(shows(row('other'))).toBe(false);
});

test.each(['A', '^A', 'A$', '^A|B$', '^(A|B.)$', '^(A|)$', '^(A)(B)$', '^(A|B)?$', '^A.b$', '^(?!A)$', String.raw`^\w$`, '^[AB]$'])(
  '%s names no types, and is held against every row',
  (regex) => {
    const { query, shows } = filter(regex);
    expect(query).toEqual({ everything: true });
    for (const type of ['A', 'B', 'AB', '', 'Axb', 'w', 'xA', 'Bx'])
      expect([type, shows(row(type))]).toEqual([type, new RegExp(regex).test(type)]);
  },
);
