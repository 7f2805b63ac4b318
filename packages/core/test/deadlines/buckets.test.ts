import { memoryStore } from '@waybill/core';
import type { Store } from '@waybill/core';
import { DueBuckets } from '../../dist/deadlines/buckets';
import type { Due } from '../../dist/deadlines/heap';
import { runtime } from '../hall';

const MINUTE = 60_000;
const rowAt = (position: number, due: number) => {
  const meta = JSON.stringify({ key: '', due });
  const row = { type: 'Rang', data: '{}', meta, stream: 'hall-a', version: position, position, id: `c-${position}`, time: 1 };
  return { due, row };
};
const bucketsOn = (store: Store) => new DueBuckets('hall', store, runtime, () => false);

async function kept(buckets: DueBuckets, ...positions: number[]): Promise<string[]> {
  const taken: string[] = [];
  const take = ({ row }: Due, bucket: string) => void taken.push(`${row.position} in ${bucket}`);
  await buckets.keep(
    positions.map((position) => rowAt(position, 5 * MINUTE + position)),
    take,
  );
  return taken;
}
/** What a worker that starts now finds. */
async function found(store: Store): Promise<string[]> {
  const buckets = bucketsOn(store);
  const all = await Promise.all((await buckets.start()).map((bucket) => buckets.load(bucket)));
  return all.flat().map(({ row, place }) => `${row.position} in ${String(place)}`);
}

test('what one worker keeps in a minute that another has ended is found by the next start, in another bucket of that minute', async () => {
  const store = memoryStore();
  const [slow, fast] = [bucketsOn(store), bucketsOn(store)];
  await slow.start();
  await fast.start();
  expect(await kept(fast, 1)).toEqual(['1 in 5']);
  expect([...(await fast.end(['5'])).keys()]).toEqual([]);
  expect(await kept(slow, 2, 3)).toEqual(['2 in 5.1', '3 in 5.1']);
  expect(await found(store)).toEqual(['2 in 5.1', '3 in 5.1']);
});

test('a bucket is not ended while it holds what another worker has kept there since it was read', async () => {
  const store = memoryStore();
  const [slow, fast] = [bucketsOn(store), bucketsOn(store)];
  await slow.start();
  await fast.start();
  await kept(fast, 1);
  await kept(slow, 2);
  expect([...(await fast.end(['5']))].map(([bucket, items]) => [bucket, items.map(({ row }) => row.position)])).toEqual([['5', [2]]]);
  expect(await found(store)).toEqual(['1 in 5', '2 in 5']);
  expect([...(await fast.end(['5'])).keys()]).toEqual([]);
  expect(await found(store)).toEqual([]);
});

test('two workers that keep the same deadlines write each once', async () => {
  const store = memoryStore();
  const [one, two] = [bucketsOn(store), bucketsOn(store)];
  await one.start();
  await two.start();
  await kept(one, 1, 2);
  await kept(two, 1, 2, 3);
  await kept(one, 3);
  expect(await found(store)).toEqual(['1 in 5', '2 in 5', '3 in 5']);
});

test('the list of buckets stays short, however many there were, and keeps those of a distant time', async () => {
  const store = memoryStore();
  const buckets = bucketsOn(store);
  await buckets.start();
  for (let minute = 1; minute <= 700; minute++) {
    await buckets.keep([rowAt(minute, (minute === 1 ? 1e6 : minute) * MINUTE)], () => undefined);
    if (minute > 1) await buckets.end([String(minute)]);
  }
  expect((await store.read('hall:due-0')).length).toBeLessThan(300);
  expect(await found(store)).toEqual([`1 in ${1e6}`]);
});
