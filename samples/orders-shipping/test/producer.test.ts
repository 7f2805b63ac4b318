import { memoryStore, WaybillError } from 'waybill';
import type { Store, Write, Written } from 'waybill';
import { Producer } from '../dist/demo/producer';
import type { Fed } from '../dist/demo/producer';
import { A, append, I, linesOf, S, textOf } from './kit';
import type { Said } from './kit';

async function give(store: Store, feed: readonly Said[] | string): Promise<Fed> {
  const producer = new Producer(store, () => undefined);
  const text = typeof feed === 'string' ? feed : textOf(feed);
  const chunks = async function* () {
    yield await linesOf(text);
  };
  await producer.feed(chunks(), new AbortController().signal);
  return producer.fed;
}
/** The ids that the feed gave: a row's own is unique to the attempt that wrote it. */
const idsIn = async (store: Store): Promise<string[]> =>
  (await store.read('feed', 0, 100_000)).map(({ id, meta }) => (JSON.parse(meta) as { messageId?: string }).messageId ?? id);

const first = [S(), I(0), I(1), I(0, 'o', 1, 'again'), I(0, 'o', 1, 'again'), A(2)];
const ids = first.map(({ id }) => id);

test('keeps the order and the copies of a feed', async () => {
  const store = memoryStore();
  expect(await give(store, first)).toEqual({ appended: 6, recognised: 0, refused: 0 });
  expect(await idsIn(store)).toEqual(ids);
});

test('appends nothing when the same feed comes again', async () => {
  const store = memoryStore();
  await give(store, first);
  expect(await give(store, first)).toEqual({ appended: 0, recognised: 6, refused: 0 });
  expect(await give(store, [...first].reverse())).toEqual({ appended: 0, recognised: 6, refused: 0 });
});

test.each(['no JSON', 'null', '7', '{"messageId":7}'])(
  'a row of the stream that others have written, with a meta of %s, changes nothing',
  async (meta) => {
    const store = memoryStore();
    const row = { id: 'foreign', type: 'OrderSubmitted', data: 'no JSON', meta, time: 0 };
    await store.append([{ stream: 'feed', expected: 'none', events: [row] }]);
    expect(await give(store, first)).toEqual({ appended: 6, recognised: 0, refused: 0 });
    expect(await give(store, first)).toEqual({ appended: 0, recognised: 6, refused: 0 });
  },
);

test('appends what a longer feed adds, a third copy of a line too', async () => {
  const store = memoryStore();
  await give(store, first.slice(0, 4));
  expect(await give(store, first)).toEqual({ appended: 2, recognised: 4, refused: 0 });
  const longer = [first[3] as Said, ...first, S('p')];
  expect(await give(store, longer)).toEqual({ appended: 2, recognised: 6, refused: 0 });
  expect(await idsIn(store)).toEqual([...ids, 'again', longer.at(-1)?.id]);
});

test('takes a line with a known id and other content for new', async () => {
  const store = memoryStore();
  await give(store, first);
  expect(await give(store, [I(0, 'o', 2, 'again')])).toEqual({ appended: 1, recognised: 0, refused: 0 });
});

test('counts refused lines and appends the others', async () => {
  const store = memoryStore();
  expect(await give(store, `nonsense\n${textOf(first)}nonsense`)).toEqual({ appended: 6, recognised: 0, refused: 2 });
});

test('appends a feed larger than one batch, large lines among it', async () => {
  const store = memoryStore();
  const many = Array.from({ length: 1_000 }, (_, i) => ({
    ...I(i),
    data: { ...I(i).data, note: 'ä'.repeat(i % 100 === 0 ? 300_000 : 1) },
  }));
  expect(await give(store, many)).toEqual({ appended: 1_000, recognised: 0, refused: 0 });
  expect(await idsIn(store)).toEqual(many.map(({ id }) => id));
});

/** A store whose appends go through `fault` first. */
function faulty(store: Store, fault: (append: () => Promise<readonly Written[]>, call: number) => Promise<readonly Written[]>): Store {
  let calls = 0;
  const append = (writes: readonly Write[]): Promise<readonly Written[]> => fault(() => store.append(writes), ++calls);
  return new Proxy(store, { get: (target, name) => (name === 'append' ? append : (Reflect.get(target, name, target) as unknown)) });
}
const unknown = (): WaybillError => new WaybillError('STORE_UNKNOWN_OUTCOME', 'the line was cut', 'append the identical writes again');

test.each([true, false])('appends once when an answer is lost (stored: %s)', async (stored) => {
  const store = memoryStore();
  const cut = faulty(store, async (go, call) => {
    if (call > 2) return go();
    if (stored) await go();
    throw unknown();
  });
  expect(await give(cut, first)).toEqual({ appended: 6, recognised: 0, refused: 0 });
  expect(await idsIn(store)).toEqual(ids);
});

test('goes on behind what another producer appended, and leaves out what it gave', async () => {
  const store = memoryStore();
  const raced = faulty(store, async (go, call) => {
    if (call === 1) await append(store, 'feed', [S('q'), first[1] as Said]);
    return go();
  });
  expect(await give(raced, first)).toMatchObject({ appended: 5, recognised: 1 });
  expect((await idsIn(store)).filter((id) => id === first[1]?.id)).toHaveLength(1);
  expect(await give(store, first)).toMatchObject({ appended: 0, recognised: 6 });
});

test('gives up when the store says that it is gone', async () => {
  const gone = faulty(memoryStore(), () => Promise.reject(new WaybillError('STORE_FAILED', 'the disk is gone', 'replace it')));
  await expect(give(gone, first)).rejects.toThrow('STORE_FAILED');
});

test('loses nothing to another producer whose feed has other messages under the same ids', async () => {
  const store = memoryStore();
  const feeds = ['x', 'y'].map((order) => Array.from({ length: 600 }, (_, n) => I(n, order, 1, `m-${n}`)));
  const told = await Promise.all(feeds.map((feed) => give(store, feed)));
  expect(told.map(({ appended }) => appended)).toEqual([600, 600]);
  const rows = await store.read('feed', 0, 2_000);
  expect(new Set(rows.map(({ data }) => data)).size).toBe(1_200);
});
