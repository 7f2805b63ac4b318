import fc from 'fast-check';
import { IndexSet } from '@waybill/core';

const index = fc.oneof(fc.nat(12), fc.nat(1_000));
const indexes = fc.array(index, { maxLength: 60 });
const ofList = (list: readonly number[]) => IndexSet.of(...list);

describe('an IndexSet', () => {
  test('holds what a Set would hold', () => {
    fc.assert(
      fc.property(indexes, index, (list, probe) => {
        const model = new Set(list);
        const set = ofList(list);
        expect(set.size).toBe(model.size);
        expect([...set]).toEqual([...model].sort((a, b) => a - b));
        expect(set.has(probe)).toBe(model.has(probe));
        for (const one of list) expect(set.has(one)).toBe(true);
      }),
    );
  });

  test('keeps its ranges sorted, disjoint and never touching', () => {
    fc.assert(
      fc.property(indexes, (list) => {
        let end = -2;
        for (const [first, last] of ofList(list).ranges) {
          expect(first).toBeGreaterThan(end + 1);
          expect(last).toBeGreaterThanOrEqual(first);
          end = last;
        }
      }),
    );
  });

  test('is the same set whether indexes are added one by one or many at once', () => {
    fc.assert(
      fc.property(indexes, indexes, (list, more) => {
        const one = more.reduce((set, n) => set.add(n), ofList(list));
        expect(ofList(list).addAll(more).ranges).toEqual(one.ranges);
      }),
    );
    expect(() => IndexSet.empty.addAll([1, -1])).toThrow('INDEX_INVALID');
  });

  test('is the same set in whatever order and however often the indexes came', () => {
    fc.assert(
      fc.property(indexes, fc.infiniteStream(fc.nat()), (list, random) => {
        const keyed = [...list, ...list].map((one) => [random.next().value as number, one] as const);
        const shuffled = keyed.sort(([a], [b]) => a - b).map(([, one]) => one);
        expect(ofList(shuffled).ranges).toEqual(ofList(list).ranges);
      }),
    );
  });

  test('covers a count if and only if nothing is missing below it', () => {
    fc.assert(
      fc.property(indexes, fc.nat(15), (list, count) => {
        const set = ofList(list);
        const missing = Array.from({ length: count }, (_, i) => i).filter((i) => !list.includes(i));
        expect(set.missing(count)).toEqual(missing);
        expect(set.covers(count)).toBe(missing.length === 0);
      }),
    );
  });

  test('dense input stays one range, whatever its size and order', () => {
    const up = Array.from({ length: 10_000 }, (_, i) => i);
    expect(up.reduce((set, i) => set.add(i), IndexSet.empty).ranges).toEqual([[0, 9_999]]);
    expect(up.reduce((set, i) => set.add(9_999 - i), IndexSet.empty).ranges).toEqual([[0, 9_999]]);
    const evenThenOdd = [...up.filter((i) => i % 2 === 0), ...up.filter((i) => i % 2 === 1)];
    expect(evenThenOdd.reduce((set, i) => set.add(i), IndexSet.empty).ranges).toEqual([[0, 9_999]]);
  });

  test('never changes: add gives another set, or the same where the index is in', () => {
    const set = IndexSet.of(1, 2);
    const more = set.add(3);
    expect([[...set], [...more]]).toEqual([
      [1, 2],
      [1, 2, 3],
    ]);
    expect(set.add(1)).toBe(set);
    expect(IndexSet.empty.size).toBe(0);
  });

  test.each([-1, 1.5, Number.NaN, Infinity, 2 ** 53, '1' as never, undefined as never])('refuses %p as an index', (wrong) => {
    expect(() => IndexSet.empty.add(wrong)).toThrow('INDEX_INVALID: an index of an IndexSet is');
  });

  test('reaches up to 2^53 - 1', () => {
    const far = IndexSet.of(Number.MAX_SAFE_INTEGER, 0);
    expect(far.has(Number.MAX_SAFE_INTEGER)).toBe(true);
    expect(far.covers(2)).toBe(false);
    expect(far.missing(3)).toEqual([1, 2]);
  });

  test('names at most as many missing indexes as it is asked for', () => {
    expect(IndexSet.of(2).missing(10, 3)).toEqual([0, 1, 3]);
    expect(IndexSet.empty.missing(5_000)).toHaveLength(1_000);
    expect(IndexSet.empty.missing(0)).toEqual([]);
    expect(IndexSet.of(5).covers(0)).toBe(true);
    expect(IndexSet.empty.covers(-1)).toBe(true);
  });

  test('survives JSON as its ranges', () => {
    fc.assert(
      fc.property(indexes, (list) => {
        const set = ofList(list);
        const back = IndexSet.fromJSON(JSON.parse(JSON.stringify(set)) as [number, number][]);
        expect(back).toBeInstanceOf(IndexSet);
        expect(back.ranges).toEqual(set.ranges);
      }),
    );
    expect(IndexSet.fromJSON([])).toBe(IndexSet.empty);
  });
});
