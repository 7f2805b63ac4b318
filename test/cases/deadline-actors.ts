import { Actor, after, Applies, cancel, close, Event, Handles, Lifecycle, Saga } from 'waybill';
import type { StatusOf } from 'waybill';
import type { Fed } from './messages';

/** An alarm clock: any number of alarms by key, each of which may set the next one. */
export class Wound extends Event('Wound')<{ of: string; at: string; ms: number; n: number; again?: number }> {}
export class Unwound extends Event('Unwound')<{ of: string; at: string }> {}
export class SwitchedOff extends Event('SwitchedOff')<{ of: string }> {}
export class Binned extends Event('Binned')<{ of: string }> {}
export class Alarm extends Event('Alarm')<{ of: string; at: string; n: number; again?: number }> {}
export class Rang extends Event('Rang')<{ of: string; at: string; n: number }> {}

const lifecycle = Lifecycle('on', 'off');
type State = { status: StatusOf<typeof lifecycle> };
type In = Wound | Unwound | SwitchedOff | Binned | Alarm;

@Saga('alarms', { lifecycle, retry: { attempts: 2, base: '10 milliseconds' } })
export class Alarms extends Actor<State, In, Rang> {
  /** What the world does to the methods: set by a case. */
  static broken = false;

  initial(): State {
    return { status: 'on' };
  }
  key({ of }: In) {
    return of;
  }
  @Handles(Wound) onWound({ of, at, ms, n, again }: Wound) {
    return after(ms, new Alarm({ of, at, n, ...(again !== undefined && { again }) }), { key: at });
  }
  @Handles(Unwound) onUnwound({ at }: Unwound) {
    return cancel(Alarm, at);
  }
  @Handles(SwitchedOff, { once: true }) onOff() {
    return [];
  }
  @Handles(Binned, { once: true }) onBinned() {
    return close();
  }
  @Handles(Alarm, { deadline: true, before: 'off' }) onAlarm({ of, at, n, again }: Alarm) {
    if (Alarms.broken) throw new Error('the bell is stuck');
    const rang = new Rang({ of, at, n });
    if (again === undefined) return rang;
    return [rang, after(again, new Alarm({ of, at, n: n + 1, ...(n < 3 && { again }) }), { key: at })];
  }
  @Applies(SwitchedOff) off(): State {
    return { status: 'off' };
  }
}

export const wound = (of: string, at: string, ms: number, n = 1, again?: number): Fed => ({
  type: 'Wound',
  data: { of, at, ms, n, ...(again !== undefined && { again }) },
});
export const unwound = (of: string, at: string): Fed => ({ type: 'Unwound', data: { of, at } });
export const switchedOff = (of: string): Fed => ({ type: 'SwitchedOff', data: { of } });
export const binned = (of: string): Fed => ({ type: 'Binned', data: { of } });
