import { after } from '@waybill/core';
import type { Duration } from '@waybill/core';

test.each([
  ['3 days', 259_200_000],
  ['1 hour', 3_600_000],
  ['1.5 seconds', 1_500],
  ['0 weeks', 0],
  [12.4, 12],
  [-5, -5],
] as const)('a duration of %s is %i ms', (duration, milliseconds) => {
  expect(after(duration, {} as never).milliseconds).toBe(milliseconds);
});

test.each(['3 fortnights', '-1 days', '1e3 days', ' 1 day', '', NaN, Infinity, '36501 days', '1 constructors', null])(
  '%j is not a duration',
  (duration) => {
    expect(() => after(duration as Duration, {} as never)).toThrow('DURATION_INVALID');
  },
);
