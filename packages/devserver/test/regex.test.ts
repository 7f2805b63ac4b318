import fc from 'fast-check';
import { boundedRegex } from '../dist/wire/regex';

const patterns = [
  ...['', 'A', '^A', 'A$', '^$', '^A|B$', '^(A|B.)$', '^(A|)$', '^(A)(B)$', '^(A|B)?$', '^A.b$', '^(?!A)', '^(?!A$).*$', '^(?=.*b)a'],
  ...[String.raw`^[^\$].*`, String.raw`^\$`, String.raw`^[^$].*`, String.raw`\bA\b`, String.raw`A\B`, String.raw`^\w+$`, String.raw`^\W`],
  ...['^(?:a|b)*c$', 'a+', 'a*b', 'a{2}', '^a{2,}$', '^a{1,2}b$', '^a{0}b$', '^a{0,2}$', 'a{,2}', 'a{', '^(a?b)+?$', 'a??b', '^.{3}$'],
  ...['[]', '[^]', '[a-c]', '[^a-c-]', String.raw`[\]a]`, String.raw`\u0041`, String.raw`\x41`, String.raw`\.`, '^(?<n>a|b)$', '(^a|b$)+'],
  ...[
    '(?:)*a',
    '^(a*)*$',
    '^(?:a|b*)*c$',
    '^(?:ab|a)(?:c|bcd)$',
    'a/b',
    '-',
    'a}',
    'a]',
    '(?:^|b)a',
    'a(?!b)',
    '(?:a(?=b)|b)+$',
    String.raw`^\d{2}-\d{2}$`,
  ],
];
const text = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'A', 'B', '$', '-', '1', '.', '\n', '{', ']', '}', ',', '2', '/'), maxLength: 8 }),
  fc.string({ unit: 'binary', maxLength: 4 }),
);

test.each(patterns)('%j matches what RegExp matches', (pattern) => {
  const [own, engine] = [boundedRegex(pattern), new RegExp(pattern)];
  for (const known of ['', 'A', 'a{,2}', 'a{', '12-34', 'order-1', '$metadata'])
    expect([known, own(known)]).toEqual([known, engine.test(known)]);
  fc.assert(fc.property(text, (any) => expect([any, own(any)]).toEqual([any, engine.test(any)])));
});

test.each([
  [String.raw`(a)\1`, 'refers back'],
  [String.raw`(?<n>a)\k<n>`, 'refers back'],
  ['(?<=a)b', 'lookbehind'],
  ['(?<!a)b', 'lookbehind'],
  ['(?!a(?!b))', 'lookahead within another'],
  ['(?:a{50}){50}', 'too large'],
  ['a{2,1}', undefined],
  ['(?!a{100})', 'too large'],
  ['(', undefined],
  ['[b-a]', undefined],
])('%s is refused: it is not matched in bounded time, or no regular expression', (pattern, why) => {
  expect(() => boundedRegex(pattern)).toThrow(why);
});

test('no pattern takes more steps than its length times that of the text, however many ways there are to match', () => {
  const matches = boundedRegex('^(?:a|a|b)*c$');
  expect([matches(`${'a'.repeat(12)}c`), matches('a'.repeat(12))]).toEqual([true, false]);
});
