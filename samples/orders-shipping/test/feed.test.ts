import { fingerprint, MAX_LINE } from '../dist/demo/feed';
import { I, linesOf } from './kit';

const good = (id: string): string => JSON.stringify(I(0, 'o', 1, id));
const item = (data: object): string =>
  JSON.stringify({ id: 'm', type: 'ItemAdded', data: { orderId: 'o', index: 0, sku: 'a', quantity: 1, ...data } });
const ids = (lines: Awaited<ReturnType<typeof linesOf>>): unknown[] => lines.map((line) => ('event' in line ? line.event.id : line.number));

test.each([
  ['not JSON', '{"id":', /is not JSON/],
  ['a list', '[]', /the line is a list/],
  ['null', 'null', /the line is null/],
  ['a number', '7', /the line is a number/],
  ['no id', '{"type":"ItemAdded","data":{}}', /"id" is missing/],
  ['an id that is a number', '{"id":7,"type":"ItemAdded","data":{}}', /"id" is not a string/],
  ['an empty id', '{"id":"","type":"ItemAdded","data":{}}', /the id is empty/],
  ['an id of 513 bytes', `{"id":"${'ä'.repeat(256)}x","type":"ItemAdded","data":{}}`, /the id is longer than 512 bytes/],
  ['no type', '{"id":"m","data":{}}', /"type" is missing/],
  ['an unknown type', '{"id":"m","type":"ShipmentRequested","data":{}}', /FEED_TYPE/],
  ['no data', '{"id":"m","type":"ItemAdded"}', /data is missing/],
  ['data that is a list', '{"id":"m","type":"ItemAdded","data":[]}', /data is a list/],
  ['a missing field', item({ sku: undefined }), /sku/],
  ['index -1', item({ index: -1 }), /index.*-1/],
  ['index 1.5', item({ index: 1.5 }), /index/],
  ['index "1"', item({ index: '1' }), /index/],
  ['index 2^53', item({ index: 2 ** 53 }), /index/],
  ['an index beyond all numbers', item({}).replace('"index":0', '"index":1e999'), /index/],
  ['an empty orderId', item({ orderId: '' }), /orderId/],
  ['an orderId of 500 characters', item({ orderId: 'x'.repeat(500) }), /orderId.*500/],
  ['an orderId with NUL', item({ orderId: 'a\0' }), /orderId.*NUL/],
  ['an orderId with half a surrogate pair', item({ orderId: 'a\ud800' }), /orderId.*surrogate/],
  ['__proto__ as a key of data', item({}).replace('"index"', '"__proto__":{"a":1},"index"'), /data\.__proto__/],
  ['__proto__ as a key of the line', item({}).replace('"id"', '"__proto__":1,"id"'), /"__proto__" is not accepted/],
  ['constructor as a key', item({ constructor: 1 }), /data\.constructor/],
  ['deep nesting', item({}).replace('"index"', `"x":${'['.repeat(10_000)}${']'.repeat(10_000)},"index"`), /TOO_DEEP/],
  ['data just below the longest line', item({ note: 'x'.repeat(MAX_LINE - 200) }), /TOO_LARGE/],
  ['a line of 2 MiB', item({ sku: 'x'.repeat(2 * MAX_LINE) }), /longer than 1048576 bytes/],
])('%s is refused with line and reason, and the rest goes on', async (_, line, reason) => {
  const lines = await linesOf(`${good('first')}\n${line}\n${good('last')}\n`);
  expect(ids(lines)).toEqual(['first', 2, 'last']);
  const refused = lines[1] && 'refused' in lines[1] ? lines[1].refused : '';
  expect(refused).toMatch(reason);
  expect(refused.length).toBeLessThan(500);
});

test('bytes that are not UTF-8 are refused', async () => {
  expect(ids(await linesOf(Buffer.from([0x22, 0xff, 0x22, 0x0a]), good('b')))).toEqual([1, 'b']);
});

test('a byte order mark, CRLF, blank lines and a missing last newline are fine; numbers of lines count them all', async () => {
  const lines = await linesOf(`\ufeff${good('a')}\r\n\r\n  \n${good('b')}\r\nnonsense\n${good('c')}`);
  expect(ids(lines)).toEqual(['a', 'b', 5, 'c']);
});

test('lines are the same however the bytes are cut', async () => {
  const bytes = Buffer.from(`${good('grün')}\n${good('日本')}\r\n\n${good('🚚')}`);
  const whole = await linesOf(bytes);
  expect(ids(whole)).toEqual(['grün', '日本', '🚚']);
  for (let size = 1; size < 40; size++) {
    const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
    expect(await linesOf(...chunks)).toEqual(whole);
  }
});

test('a line without end is passed over without being kept', async () => {
  const chunk = Buffer.alloc(65_536, 'x');
  const before = process.memoryUsage().rss;
  const lines = await linesOf(...Array.from({ length: 8_000 }, () => chunk), `\n${good('a')}`);
  expect(ids(lines)).toEqual([1, 'a']);
  expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1_048_576);
});

test('two lines are the same when only the order of their keys differs', async () => {
  const [a, b, c] = await linesOf(
    [item({}), '{"data":{"quantity":1,"sku":"a","index":0,"orderId":"o"},"type":"ItemAdded","id":"m"}', item({ quantity: 2 })].join('\n'),
  );
  const prints = [a, b, c].map((line) => line && 'event' in line && fingerprint(line.event));
  expect(prints[0]).toBe(prints[1]);
  expect(prints[0]).not.toBe(prints[2]);
});
