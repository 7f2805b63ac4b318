import { Actor, after, Applies, cancel, Event, Handles, Lifecycle, Saga } from 'waybill';
import type { StatusOf } from 'waybill';
import type { Invariant, Simulation } from '@waybill/testing';
import { only } from './only';
import { NaggingBills, Opened, Paid, Reminded } from './releases';

const bill = 'b-1';
/** A bill that was paid is never reminded afterwards: what the stream says in order. */
export const paidIsPaid: Invariant = (log) => {
  const paid = new Set<string>();
  for (const { stream, type, meta, data } of log.rows) {
    if (type === 'took:Paid' && !meta.includes('"discarded"')) paid.add(stream);
    if (type === Reminded.messageType && paid.has(stream) && data.includes('nagged')) return `${stream} is reminded after it was paid`;
  }
  return undefined;
};

/** A clock stands hours off for a while and is corrected; processes come and go. */
export const jumps: Simulation = {
  use: [NaggingBills],
  messages: [new Opened({ bill }), new Opened({ bill: 'b-2' }), new Paid({ bill: 'b-2' })],
  workers: 2,
  ...only({ jump: 0.02, restart: 0.03, crash: 0.02, delay: 0.5 }),
  invariant: paidIsPaid,
};

/** A deadline falls due while its actor is blocked by a message that, once released, cancels it. */
export const blocked: Simulation = {
  use: [NaggingBills],
  messages: [new Opened({ bill }), new Paid({ bill })],
  workers: 2,
  ...only({ throws: 0.4, operate: 0.5, delay: 0.5, crash: 0.01, slow: 0.1 }),
  limits: { attempts: 1 },
  invariant: paidIsPaid,
};

/** Steps of one decision that are due together happen in the order in which they were set. */
export class Begun extends Event('Begun')<{ job: string }> {}
export class Halted extends Event('Halted')<{ job: string }> {}
export class Step extends Event('Step')<{ job: string; no: number }> {}
export class Done extends Event('StepDone')<{ job: string; no: number }> {}
const lifecycle = Lifecycle('new', 'begun', 'halted');
type State = { readonly status: StatusOf<typeof lifecycle> };
@Saga('jobs', { lifecycle })
class Jobs extends Actor<State, Begun | Halted | Step, Done> {
  initial(): State {
    return { status: 'new' };
  }
  key({ job }: Begun | Halted | Step) {
    return job;
  }
  @Handles(Begun, { once: true }) onBegun({ job }: Begun) {
    return Array.from({ length: 6 }, (_, no) => after('2 seconds', new Step({ job, no }), { key: String(no) }));
  }
  @Handles(Halted, { once: true }) onHalted() {
    return cancel(Step, '5');
  }
  @Handles(Step, { deadline: true }) onStep({ job, no }: Step) {
    return new Done({ job, no });
  }
  @Applies(Begun) begun(_: Begun, s: State): State {
    return { status: lifecycle.forward(s.status, 'begun') };
  }
  @Applies(Halted) halted(): State {
    return { status: 'halted' };
  }
}
export const steps: Simulation = {
  use: [Jobs],
  messages: [new Begun({ job: 'j-1' }), new Begun({ job: 'j-2' }), new Halted({ job: 'j-2' })],
  workers: 2,
  ...only({ restart: 0.02, crash: 0.02, slow: 0.05, delay: 0.5, lostAnswer: 0.05 }),
};
