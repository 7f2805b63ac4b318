import { Command, Event } from 'waybill';
import type { StandardSchemaV1 } from 'waybill';
import { world } from './world';

/** Frozen: see world.ts. */

type Seal = { trip: string; gate: number; code: string; note?: string };
const sealed: StandardSchemaV1<Seal> = {
  '~standard': {
    version: 1,
    vendor: 'formats',
    validate: (value) =>
      world.strict && String((value as Seal).code).length > 8
        ? { issues: [{ message: 'longer than 8 characters', path: ['code'] }] }
        : { value: value as Seal },
  },
};

export class Booked extends Event('Booked')<{ trip: string; note?: string }> {}
/** The log has it as ParcelLoaded too, and with a weight in kilograms. */
export class Loaded extends Event('Loaded', {
  version: 2,
  aliases: ['ParcelLoaded'],
  upcast: { 1: (data) => ({ ...data, weight: Number(data.weight) * 1_000 }) },
})<{ trip: string; n: number; weight: number; note?: string }> {}
export class Sealed extends Event('Sealed', { schema: sealed }) {}
export class Weighed extends Event('Weighed')<{ trip: string; at: number; grams: number }> {}
/** Has no business key: each row of the log counts. */
export class Passed extends Event('Passed')<{ trip: string; note?: string }> {}
export class Left extends Event('Left')<{ trip: string }> {}
export class Arrived extends Event('Arrived')<{ trip: string }> {}
export class Overdue extends Event('Overdue')<{ trip: string }> {}

export class TripOverdue extends Event('TripOverdue')<{ trip: string; loaded: number }> {}
export class SealCameLate extends Event('SealCameLate')<{ trip: string; code: string }> {}
export class TripDone extends Event('TripDone')<{ trip: string; loaded: number }> {}
export class Tidy extends Command('Tidy')<{ desk: string; trip: string }> {}
export class Ask extends Command('Ask')<{ desk: string; text: string; times?: number }> {}
export class Answered extends Event('Answered')<{ desk: string; text: string; nth: number }> {}
export class Tidied extends Event('Tidied')<{ desk: string; trip: string }> {}
