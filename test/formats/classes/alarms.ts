import { Actor, after, Applies, cancel, Event, Handles, Lifecycle, Saga } from 'waybill';
import type { StatusOf } from 'waybill';
import { work } from './world';

/** Frozen: see world.ts. */

/** Any number of alarms by key, each of which may set the next one. */
export class Wound extends Event('Wound')<{ of: string; at: string; minutes: number; note?: string; again?: number }> {}
export class Unwound extends Event('Unwound')<{ of: string; at: string }> {}
export class SwitchedOff extends Event('SwitchedOff')<{ of: string }> {}
export class Alarm extends Event('Alarm')<{ of: string; at: string; note: string; again?: number }> {}
export class Rang extends Event('Rang')<{ of: string; at: string; note: string }> {}

const lifecycle = Lifecycle('on', 'off');
type State = { status: StatusOf<typeof lifecycle>; rang: string[] };
type In = Wound | Unwound | SwitchedOff | Alarm;

@Saga('alarms', { lifecycle, retry: { attempts: 2, base: '10 milliseconds' } })
export class Alarms extends Actor<State, In, Rang> {
  initial(): State {
    return { status: 'on', rang: [] };
  }
  key({ of }: In) {
    return of;
  }
  @Handles(Wound) onWound({ of, at, minutes, note = '', again }: Wound) {
    return after(minutes * 60_000, new Alarm({ of, at, note, ...(again !== undefined && { again }) }), { key: at });
  }
  @Handles(Unwound) onUnwound({ at }: Unwound) {
    return cancel(Alarm, at);
  }
  @Handles(SwitchedOff, { once: true }) onOff() {
    return [];
  }
  @Handles(Alarm, { deadline: true, before: 'off' }) onAlarm({ of, at, note, again }: Alarm) {
    work(note);
    const rang = new Rang({ of, at, note });
    return again === undefined ? rang : [rang, after(again * 60_000, new Alarm({ of, at, note: `${note}+` }), { key: at })];
  }
  @Applies(SwitchedOff) off(_: SwitchedOff, s: State): State {
    return { ...s, status: 'off' };
  }
  @Applies(Rang) rang({ at, note }: Rang, s: State): State {
    return { ...s, rang: [...s.rang, `${at} ${note}`] };
  }
}
