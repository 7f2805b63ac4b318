import { Actor, Applies, Event, memoryStore, Projection } from '@waybill/core';
import type { Outcome } from '@waybill/core';
import { define, System } from '@waybill/core/internal';
import { FakeRuntime } from '../hall';

class Added extends Event('Added')<{ readonly name: string; readonly text: string }> {}
class Removed extends Event('Removed')<{ readonly name: string }> {}
type Texts = Readonly<Record<string, string>>;

@Projection('texts')
class All extends Actor<Texts, Added | Removed> {
  initial(): Texts {
    return {};
  }
  key() {
    return 'all';
  }
  @Applies(Added) added({ name, text }: Added, texts: Texts): Texts {
    return { ...texts, [name]: text };
  }
  @Applies(Removed) removed({ name }: Removed, texts: Texts): Texts {
    return Object.fromEntries(Object.entries(texts).filter(([key]) => key !== name));
  }
}

async function scene() {
  const store = memoryStore();
  const runtime = new FakeRuntime();
  const ring = setInterval(() => runtime.ring(), 1);
  const system = new System([define(All, new All())], { store, runtime, onFailure: () => undefined });
  const outcomes: Outcome[] = [];
  system.outcomes.subscribe((outcome) => outcomes.push(outcome));
  await system.start();
  let [version, count]: [number | 'none', number] = ['none', 0];
  const feed = async (type: string, data: object) => {
    const event = { id: `e-${++count}`, type, data: JSON.stringify(data), meta: '{}', time: 0 };
    await store.append([{ stream: 'feed', expected: version, events: [event] }]);
    version = version === 'none' ? 0 : version + 1;
    await system.settled();
    return outcomes.at(-1);
  };
  const add = (name: string, bytes: number) => feed('Added', { name, text: 'x'.repeat(bytes) });
  const remove = (name: string) => feed('Removed', { name });
  const names = async () => Object.keys(JSON.parse((await store.views?.load('texts', ['all']))?.[0]?.row ?? '{}') as object);
  const stop = async () => {
    await system.stop();
    clearInterval(ring);
  };
  return { add, remove, names, retry: () => system.operators.retry('texts:row-all', undefined, { by: 'ada', why: 'a test' }), stop };
}

test('a row is told of before it is as large as a row may be, once each time that it comes near', async () => {
  const { add, remove, stop } = await scene();
  expect((await add('a', 500_000))?.reason).toBeUndefined();
  expect(await add('b', 400_000)).toMatchObject({
    kind: 'applied',
    reason: 'the row "all" has 900015 bytes of the 1032192 that a row may hold',
  });
  expect((await add('c', 10))?.reason).toBeUndefined();
  await remove('b');
  expect((await add('b', 400_000))?.reason).toContain('bytes of the 1032192');
  await stop();
});

test('a row that became too large is free again at a retry, once a removal makes it fit: every event of its line is folded', async () => {
  const { add, remove, names, retry, stop } = await scene();
  await add('a', 500_000);
  await add('b', 500_000);
  expect(await add('c', 200_000)).toMatchObject({ kind: 'parked' });
  expect(await retry()).toMatchObject({
    left: 1,
    results: [{ kind: 'parked', reason: expect.stringContaining('CONTENT_TOO_LARGE') as unknown }],
  });
  await add('d', 200_000);
  expect(await retry()).toMatchObject({ left: 2, results: [{ kind: 'parked' }] });
  await remove('a');
  expect(await names()).toEqual(['a', 'b']);
  expect(await retry()).toEqual({ left: 0, results: Array(3).fill({ kind: 'applied' }) });
  expect(await names()).toEqual(['b', 'c', 'd']);
  expect(await add('e', 10)).toMatchObject({ kind: 'applied' });
  await stop();
});
