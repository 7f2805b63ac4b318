import {
  Actor,
  after,
  Aggregate,
  Applies,
  cancel,
  close,
  Command,
  Event,
  Handles,
  HandlesLate,
  IndexSet,
  Lifecycle,
  Rejected,
  Saga,
} from 'waybill';
import type { StatusOf } from 'waybill';
import type { Fed } from './messages';

/** A parcel service in small: steps that come in any order, a deadline, a late method, a command to the warehouse, an end. */
export class Begun extends Event('Begun')<{ of: string; steps: number }> {}
export class Step extends Event('Step')<{ of: string; n: number; bad?: boolean }> {}
export class Ended extends Event('Ended')<{ of: string }> {}
export class Overdue extends Event('Overdue')<{ of: string }> {}

export class Finished extends Event('Finished')<{ of: string; steps: number }> {}
export class Reminded extends Event('Reminded')<{ of: string; missing: number[] }> {}
export class CameLate extends Event('CameLate')<{ of: string; n: number }> {}

export class Clear extends Command('Clear')<{ of: string; fail?: boolean }> {}
export class Cleared extends Event('Cleared')<{ of: string }> {}

export const lifecycle = Lifecycle('open', 'begun', 'finished');
type State = { status: StatusOf<typeof lifecycle>; steps: IndexSet; wanted?: number };
type In = Begun | Step | Ended | Overdue;
type Out = Finished | Reminded | CameLate | Clear;

@Saga('jobs', { lifecycle, sends: [Clear], retry: { attempts: 2, base: '10 milliseconds' } })
export class Jobs extends Actor<State, In, Out> {
  /** What the world does to the method: set by a case. */
  static broken = false;

  initial(): State {
    return { status: 'open', steps: IndexSet.empty };
  }
  key(e: In) {
    return e.of;
  }
  @Handles(Begun, { once: true }) onBegun({ of }: Begun) {
    return after('3 days', new Overdue({ of }));
  }
  @Handles(Step, { once: 'n', before: 'finished' }) onStep(e: Step, s: State) {
    if (e.bad === true && Jobs.broken) throw new Error(`step ${e.n} cannot be done`);
    const done = this.step(e, s);
    if (done.wanted === undefined || !done.steps.covers(done.wanted)) return [];
    return [new Finished({ of: e.of, steps: done.wanted }), cancel(Overdue), new Clear({ of: e.of })];
  }
  @HandlesLate(Step) onLateStep({ of, n }: Step) {
    return new CameLate({ of, n });
  }
  @Handles(Ended, { once: true }) onEnded() {
    return close();
  }
  @Handles(Overdue, { deadline: true, before: 'finished' }) onOverdue({ of }: Overdue, s: State) {
    return [new Reminded({ of, missing: s.steps.missing(s.wanted ?? 0) }), after('1 day', new Overdue({ of }))];
  }
  @Applies(Begun) begun({ steps }: Begun, s: State): State {
    return { ...s, wanted: steps, status: lifecycle.forward(s.status, 'begun') };
  }
  @Applies(Step) step({ n }: Step, s: State): State {
    return { ...s, steps: s.steps.add(n) };
  }
  @Applies(Finished) finished(_: Finished, s: State): State {
    return { ...s, status: 'finished' };
  }
}

@Saga('jobs', { lifecycle, sends: [Clear], snapshot: { every: 3, version: 1 } })
export class JobsWithSnapshots extends Jobs {}

@Aggregate('warehouse')
export class Warehouse extends Actor<{ cleared: number }, Clear, Cleared> {
  initial() {
    return { cleared: 0 };
  }
  key({ of }: Clear) {
    return of;
  }
  @Handles(Clear) clear({ of, fail }: Clear, s: { cleared: number }) {
    if (fail) throw new Rejected('it is in use');
    return s.cleared > 0 ? [] : new Cleared({ of });
  }
  @Applies(Cleared) cleared(_: Cleared, s: { cleared: number }) {
    return { cleared: s.cleared + 1 };
  }
}

export const begun = (of: string, steps: number): Fed => ({ type: 'Begun', data: { of, steps } });
export const stepOf = (of: string, n: number, more: object = {}): Fed => ({ type: 'Step', data: { of, n, ...more } });
export const ended = (of: string): Fed => ({ type: 'Ended', data: { of } });
