import { COMMAND_SOURCE } from '@waybill/core/internal';
import { compare, digestFromText, digestOf, ERASED_DIGEST, SHORT_LENGTH, shortened } from '../../dist/history/digest';
import type { Digest } from '../../dist/history/digest';
import { causeAt, FakeRuntime, runtime } from '../hall';

const event = causeAt(1);
const command = { id: 'k', source: COMMAND_SOURCE, position: 0 };
const short = (digest: Digest): Digest => ({ kind: 'short', text: shortened(digest, runtime) });

test('a short content is its own digest, a long one is hashed', () => {
  expect(digestOf('Came', '{"n":1}', event, runtime)).toEqual({ kind: 'content', text: '{"n":1}' });
  const long = JSON.stringify({ note: 'x'.repeat(200) });
  expect(digestOf('Came', long, event, runtime)).toEqual({ kind: 'hash', text: runtime.hash(long) });
});

test('the digest of a command tells its type too, for its id stands for both; that of an event does not', () => {
  const of = (type: string, cause: typeof event, content = '{}') => digestOf(type, content, cause, runtime);
  expect(compare(of('Tell', command), of('Ask', command), runtime)).toBe('other');
  expect(compare(of('Came', event), of('Arrived', event), runtime)).toBe('same');
  const long = JSON.stringify({ note: 'x'.repeat(200) });
  expect(compare(of('Tell', command, long), of('Ask', command, long), runtime)).toBe('other');
});

test('two copies are the same exactly when their contents are, also where a snapshot has kept only the short digest of one or both', () => {
  const contents = ['{"n":1}', '{"n":2}', JSON.stringify({ note: 'x'.repeat(200) }), JSON.stringify({ note: 'y'.repeat(200) })];
  for (const a of contents) {
    for (const b of contents) {
      const [first, second] = [digestOf('Came', a, event, runtime), digestOf('Came', b, event, runtime)];
      const expected = a === b ? 'same' : 'other';
      for (const x of [first, short(first)]) for (const y of [second, short(second)]) expect(compare(x, y, runtime)).toBe(expected);
    }
  }
});

test('a content that is the text of a hash is not the content that has this hash', () => {
  expect(compare({ kind: 'content', text: 'abc' }, { kind: 'hash', text: 'abc' }, runtime)).toBe('other');
});

test('an erased content compares with nothing, not even with another erased one', () => {
  const content = digestOf('Came', '{}', event, runtime);
  for (const other of [content, short(content), ERASED_DIGEST])
    expect([compare(ERASED_DIGEST, other, runtime), compare(other, ERASED_DIGEST, runtime)]).toEqual(['erased', 'erased']);
});

test('a short digest has always the same length, and is kept as it is when it is shortened again', () => {
  const digest = short(digestOf('Came', '{}', event, runtime));
  expect(digest.text).toBe(runtime.hash('{}').slice(0, 12));
  expect(SHORT_LENGTH).toBe(12);
  expect(short(digest)).toEqual(digest);
  expect(shortened({ kind: 'content', text: '' }, Object.assign(new FakeRuntime(), { hash: () => 'abc' }))).toBe('abc.........');
  expect(shortened(ERASED_DIGEST, runtime)).toBe('');
});

test('a digest of a release without tags is read by its text: * is erased, JSON a content, anything else a hash', () => {
  expect(digestFromText('*')).toEqual({ kind: 'erased' });
  expect(digestFromText('{"n":1}')).toEqual({ kind: 'content', text: '{"n":1}' });
  expect(digestFromText('"raw"')).toEqual({ kind: 'content', text: '"raw"' });
  expect(digestFromText('Zm9v_-')).toEqual({ kind: 'hash', text: 'Zm9v_-' });
});
