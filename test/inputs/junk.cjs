// Texts as a log, a feed or a disk may hold them: anything at all, and what was right once and was altered.
const fc = require('fast-check');

const VALUES = [
  ...['null', 'true', '0', '-0', '-1', '0.5', '1e309', '9007199254740993', '""', '"x"', '[]', '{}', '[[]]', '{"":0}', '"[erased]"'],
  ...['{"__proto__":{"polluted":1}}', '{"constructor":{"prototype":{"polluted":1}}}', '"\\ud800"', '"\\u0000"', '"__proto__"'],
];
const TEXTS = [
  '',
  ' ',
  'null',
  '{',
  '"',
  '\0',
  '\ud800',
  '\ufeff{}',
  'undefined',
  '{"id":"a"}{"id":"b"}',
  `${'['.repeat(10_000)}${']'.repeat(10_000)}`,
];
const NAMES = [
  'id',
  'n',
  'v',
  'cause',
  'source',
  'position',
  'park',
  'due',
  'key',
  'once',
  'of',
  'from',
  'as',
  'reason',
  'attempts',
  'at',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'toJSON',
];

const value = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...VALUES) },
  { weight: 1, arbitrary: fc.json({ maxDepth: 3 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }).map((text) => JSON.stringify(text)) },
);
const record = fc
  .array(fc.tuple(fc.constantFrom(...NAMES), value), { maxLength: 6 })
  .map((pairs) => `{${pairs.map(([name, one]) => `"${name}":${one}`).join(',')}}`);
const junk = fc.oneof(
  { weight: 3, arbitrary: record },
  { weight: 2, arbitrary: value },
  { weight: 1, arbitrary: fc.constantFrom(...TEXTS) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }) },
);

const change = fc.record({ how: fc.nat(5), at: fc.nat(), length: fc.nat(40), value });

/** One change of a text that was right: a value replaced, a field added or renamed, characters cut, doubled or altered, the end lost. */
function altered(text, { how, at, length, value: other }) {
  const place = text.length === 0 ? 0 : at % text.length;
  const fields = [...text.matchAll(/"(\w+)":("(?:[^"\\]|\\.)*"|[-\d.]+|true|false|null)/g)];
  const field = fields[at % (fields.length || 1)];
  if (how <= 1 && field) return `${text.slice(0, field.index)}"${field[1]}":${other}${text.slice(field.index + field[0].length)}`;
  if (how === 2 && field) return `${text.slice(0, field.index)}"${NAMES[length % NAMES.length]}":${other},${text.slice(field.index)}`;
  if (how === 3) return text.slice(0, place) + text.slice(place + 1 + (length % 8));
  if (how === 4)
    return text.slice(0, place) + String.fromCharCode((text.charCodeAt(place) || 0) ^ (1 << (length % 16))) + text.slice(place + 1);
  return length % 2 === 0 ? text.slice(0, place) : text.slice(0, place) + text.slice(place, place + length) + text.slice(place);
}

/** These texts, altered up to three times or not at all, and once in four anything. */
function around(...good) {
  const changed = fc
    .tuple(fc.constantFrom(...good), fc.array(change, { maxLength: 3 }))
    .map(([text, changes]) => changes.reduce(altered, text));
  return fc.oneof({ weight: 3, arbitrary: changed }, { weight: 1, arbitrary: junk });
}

module.exports = { around, junk, value };
