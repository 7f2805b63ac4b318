import fc from 'fast-check';
import { Lifecycle } from '@waybill/core';

const statuses = ['new', 'submitted', 'accepted', 'requested'] as const;
const lifecycle = Lifecycle(...statuses);
const status = fc.constantFrom(...statuses);

describe('a lifecycle', () => {
  test('forward gives the later of two statuses, so no status moves back', () => {
    fc.assert(
      fc.property(fc.array(status), (steps) => {
        const reached = steps.reduce<(typeof statuses)[number]>((now, to) => {
          const next = lifecycle.forward(now, to);
          expect(lifecycle.index(next)).toBeGreaterThanOrEqual(lifecycle.index(now));
          return next;
        }, 'new');
        expect(lifecycle.index(reached)).toBe(Math.max(0, ...steps.map((one) => lifecycle.index(one))));
      }),
    );
  });

  test('numbers its statuses in order, from 0', () => {
    expect(statuses.map((one) => lifecycle.index(one))).toEqual([0, 1, 2, 3]);
    expect(lifecycle.statuses).toEqual(statuses);
  });

  test.each(['shipped', '', 'constructor', '__proto__', undefined as never])('does not know the status %p', (wrong) => {
    expect(() => lifecycle.index(wrong as 'new')).toThrow('LIFECYCLE_UNKNOWN_STATUS');
    expect(() => lifecycle.forward('new', wrong as 'new')).toThrow('LIFECYCLE_UNKNOWN_STATUS');
    expect(() => lifecycle.forward(wrong as 'new', 'new')).toThrow('LIFECYCLE_UNKNOWN_STATUS');
  });

  test('names each status once', () => {
    expect(() => Lifecycle('new', 'open', 'new')).toThrow(/LIFECYCLE_REPEATED.*new, open, new/);
  });
});
