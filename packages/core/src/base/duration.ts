import { WaybillError, show } from './errors';

const UNITS = { millisecond: 1, second: 1_000, minute: 60_000, hour: 3_600_000, day: 86_400_000, week: 604_800_000 } as const;
type Unit = keyof typeof UNITS;

/** '3 days', '90 minutes', '1 hour'; a number is milliseconds. */
export type Duration = number | `${number} ${Unit | `${Unit}s`}`;

const MAX_DAYS = 36_500;

/** `least`: in milliseconds, of a duration that is a number. @throws WaybillError `DURATION_INVALID` */
export function millisecondsOf(duration: Duration, least = 0): number {
  const [, amount, unit] = typeof duration === 'string' ? (/^(\d+(?:\.\d+)?) ([a-z]+?)s?$/.exec(duration) ?? []) : [];
  const milliseconds = typeof duration === 'number' ? duration : Number(amount) * (UNITS[unit as Unit] ?? NaN);
  if (milliseconds >= least && milliseconds <= MAX_DAYS * UNITS.day) return Math.round(milliseconds);
  throw new WaybillError(
    'DURATION_INVALID',
    `${show(duration)} is not a duration`,
    `write '3 days', '90 minutes' …, 0 to ${MAX_DAYS} days`,
  );
}
