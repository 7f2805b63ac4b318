import { memoryStore } from '@waybill/core';
import type { Store } from '@waybill/core';
import { readStream } from '../../dist/history/read-stream';

/** A stream of so many rows, and what was asked of its store. */
async function streamOf(many: number): Promise<{ readonly store: Store; readonly asked: (readonly [number, number])[] }> {
  const store = memoryStore();
  const events = Array.from({ length: many }, (_, n) => ({ id: `id-${n}`, type: 'Came', data: '{}', meta: '{}', time: n }));
  if (many > 0) await store.append([{ stream: 'a', expected: 'none', events }]);
  await store.append([{ stream: 'b', expected: 'none', events: [{ id: 'other', type: 'Came', data: '{}', meta: '{}', time: 0 }] }]);
  const asked: [number, number][] = [];
  const read = store.read.bind(store);
  store.read = (stream, from = 0, limit = 1_000) => (asked.push([from, limit]), read(stream, from, limit));
  return { store, asked };
}

async function versions(store: Store, from?: number): Promise<number[][]> {
  const pages: number[][] = [];
  for await (const rows of readStream(store, 'a', from)) pages.push(rows.map(({ version }) => version));
  return pages;
}
const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, n) => first + n);

test('all rows of a stream come in order, each once, in pages of at most 1,000', async () => {
  const { store, asked } = await streamOf(2_500);
  expect(await versions(store)).toEqual([range(0, 31), range(32, 1_031), range(1_032, 2_031), range(2_032, 2_499)]);
  expect(asked).toEqual([
    [0, 32],
    [32, 1_000],
    [1_032, 1_000],
    [2_032, 1_000],
  ]);
});

test('a page of large rows has few of them: what is read at once is bounded by bytes', async () => {
  const store = memoryStore();
  const data = JSON.stringify('x'.repeat(900_000));
  for (let n = 0; n < 60; n++) {
    const events = [{ id: `id-${n}`, type: 'Came', data, meta: '{}', time: n }];
    await store.append([{ stream: 'a', expected: n === 0 ? 'none' : n - 1, events }]);
  }
  const pages = await versions(store);
  expect(pages.flat()).toEqual(range(0, 59));
  expect(Math.max(...pages.map((page) => page.length))).toBe(32);
  expect(pages[1]).toEqual(range(32, 35));
});

test('a stream that ends with a full page gives no empty one', async () => {
  const { store, asked } = await streamOf(1_032);
  expect(await versions(store)).toEqual([range(0, 31), range(32, 1_031)]);
  expect(asked.map(([from]) => from)).toEqual([0, 32, 1_032]);
});

test('reading begins at the version that is asked for, and nothing is after the end', async () => {
  const { store } = await streamOf(5);
  expect(await versions(store, 3)).toEqual([[3, 4]]);
  expect(await versions(store, 5)).toEqual([]);
});

test('a stream that is missing gives no page', async () => {
  const { store } = await streamOf(0);
  expect(await versions(store)).toEqual([]);
});

test('a truncated stream is read from its first row on, page after page', async () => {
  const { store } = await streamOf(1_500);
  await store.truncate('a', 200);
  expect(await versions(store)).toEqual([range(200, 231), range(232, 1_231), range(1_232, 1_499)]);
});

test('no page is read before the one before it was used', async () => {
  const { store, asked } = await streamOf(2_500);
  for await (const rows of readStream(store, 'a')) if (rows.length > 0) break;
  expect(asked).toHaveLength(1);
});
