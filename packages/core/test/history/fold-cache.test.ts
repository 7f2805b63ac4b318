import { IndexSet } from '@waybill/core';
import type { Fold } from '@waybill/core/internal';
import { applyEntries, emptyFold } from '../../dist/history/fold';
import { FoldCache } from '../../dist/history/fold-cache';
import { Came, hall, took } from '../hall';

const foldOf = (stream: string, state?: unknown): Fold => ({ ...emptyFold(hall, stream), ...(state !== undefined && { state, grown: 1 }) });
const kept = (cache: FoldCache, many: number): number =>
  Array.from({ length: many }, (_, n) => n).filter((n) => cache.get(`s-${n}`)).length;

describe('the cache of folds', () => {
  test('keeps at most as many folds as its limit', () => {
    const cache = new FoldCache(10);
    for (let n = 0; n < 100; n++) cache.set(foldOf(`s-${n}`));
    expect(kept(cache, 90)).toBe(0);
    expect(cache.get('s-99')).toBeDefined();
  });

  test.each([
    ['a long text', 'x'.repeat(100_000)],
    ['many fields', Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`key-${n}`, n]))],
    ['a list', Array.from({ length: 5_000 }, () => ({ n: 1 }))],
    ['sparse indexes', IndexSet.of(...Array.from({ length: 2_000 }, (_, n) => 2 * n))],
  ])('keeps no more bytes of states than it may: of %s', (_, value) => {
    const cache = new FoldCache(2_000, 1_000_000);
    for (let n = 0; n < 50; n++) cache.set(foldOf(`s-${n}`, { status: 'open', came: value }));
    expect(kept(cache, 50)).toBeLessThan(20);
    expect(cache.get('s-49')).toBeDefined();
  });

  test('counts the business keys that each actor remembers', () => {
    const cache = new FoldCache(2_000, 1_000_000);
    for (let n = 0; n < 50; n++) {
      const fold = foldOf(`s-${n}`);
      for (let key = 0; key < 1_000; key++) fold.dedup.take('Came', `k-${key}`, { digest: { kind: 'content', text: '{}' }, version: key });
      cache.set(fold);
    }
    expect(kept(cache, 50)).toBeLessThan(5);
  });

  test('counts what is folded into a state after it was kept', () => {
    const cache = new FoldCache(2_000, 1_000_000);
    const folds = Array.from({ length: 50 }, (_, n) => foldOf(`s-${n}`));
    for (const fold of folds) cache.set(fold);
    expect(kept(cache, 50)).toBe(50);
    for (const fold of folds) {
      applyEntries(hall, fold, [took(new Came({ n: 1, note: 'x'.repeat(100_000) }), 1)]);
      fold.state = { status: 'open', came: ['x'.repeat(100_000)] };
      cache.set(fold);
    }
    expect(kept(cache, 50)).toBeLessThan(15);
  });

  test('goes on keeping one that is larger than all it may keep, until another is used', () => {
    const cache = new FoldCache(2_000, 1_000);
    cache.set(foldOf('s-0', { text: 'x'.repeat(100_000) }));
    expect(cache.get('s-0')).toBeDefined();
  });

  test('counts nothing of what was dropped', () => {
    const cache = new FoldCache(2_000, 1_000_000);
    for (let n = 0; n < 50; n++) {
      cache.set(foldOf('s-0', { text: 'x'.repeat(100_000) }));
      cache.drop('s-0');
    }
    cache.set(foldOf('s-1', { text: 'x'.repeat(100_000) }));
    cache.set(foldOf('s-2', { text: 'x'.repeat(100_000) }));
    expect([cache.get('s-0'), cache.get('s-1'), cache.get('s-2')].map((fold) => fold !== undefined)).toEqual([false, true, true]);
  });
});
