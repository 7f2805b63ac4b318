import { after } from '@waybill/core';
import type { Duration } from '@waybill/core';
import { DueHeap } from '../dist/due-heap';
import type { Due } from '../dist/due-heap';
import { PackedFirsts } from '../dist/firsts';

/** Numbers below `limit`, the same at every run. */
function dice(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) % limit;
}

test('packed first copies answer as a map does, in whatever order and lots they come', () => {
  for (let seed = 1; seed <= 40; seed++) {
    const roll = dice(seed);
    const known = new Map<number, { hash: string; version: number }>();
    let packed = PackedFirsts.empty;
    for (let lot = 0; lot < 8; lot++) {
      const added = new Map<number, { hash: string; version: number }>();
      for (let i = roll(12); i >= 0; i--) {
        const index = roll(60);
        if (!known.has(index)) added.set(index, { hash: `h${roll(1_000_000)}`, version: roll(1_000_000) });
      }
      packed = packed.with([...added], ({ hash }) => hash);
      for (const [index, first] of added) known.set(index, first);
      for (let index = 0; index < 62; index++) {
        const first = known.get(index);
        const expected = first && { hash: `#${first.hash.padEnd(12, '.')}`, version: first.version };
        expect(packed.get(index)).toEqual(expected);
      }
    }
    expect([packed.get('1'), packed.get(-1), packed.get('')]).toEqual([undefined, undefined, undefined]);
  }
});

test('the soonest deadline comes out first, whatever was put in and taken out before', () => {
  const roll = dice(7);
  const heap = new DueHeap();
  const model: number[] = [];
  for (let i = 0; i < 5_000; i++) {
    if (roll(3) > 0) {
      const due = roll(500);
      heap.push({ due, bucket: 0, row: {} } as unknown as Due);
      model.push(due);
    } else {
      model.sort((a, b) => a - b);
      expect(heap.soonest?.due).toBe(model[0]);
      expect(heap.pop()?.due).toBe(model.shift());
    }
    expect(heap.size).toBe(model.length);
  }
});

test.each([
  ['3 days', 259_200_000],
  ['1 hour', 3_600_000],
  ['1.5 seconds', 1_500],
  ['0 weeks', 0],
  [12.4, 12],
] as const)('a duration of %s is %i ms', (duration, milliseconds) => {
  expect(after(duration, {} as never).milliseconds).toBe(milliseconds);
});

test.each(['3 fortnights', '-1 days', '1e3 days', ' 1 day', '', -1, NaN, Infinity, '36501 days', '1 constructors', null])(
  '%j is no duration',
  (duration) => {
    expect(() => after(duration as Duration, {} as never)).toThrow('DURATION_INVALID');
  },
);
