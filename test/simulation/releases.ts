import { Actor, after, Applies, cancel, Event, Handles, Lifecycle, Saga } from 'waybill';
import type { StatusOf } from 'waybill';
import type { Invariant, Simulation } from '@waybill/testing';
import { only } from './only';

/** A bill that reminds, in two releases of its code. */
export class Opened extends Event('Opened')<{ bill: string }> {}
export class Paid extends Event('Paid')<{ bill: string }> {}
export class Refund extends Event('Refund')<{ bill: string; no: number }> {}
export class Repaid extends Event('Repaid')<{ bill: string; no: number }> {}
export class Reminded extends Event('Reminded')<{ bill: string; how: string }> {}
export class Nag extends Event('Nag')<{ bill: string }> {}

const lifecycle = Lifecycle('new', 'open', 'paid');
type State = { readonly status: StatusOf<typeof lifecycle> };

/** Yesterday's: it nags. */
@Saga('bills', { lifecycle })
export class NaggingBills extends Actor<State, Opened | Paid | Refund | Nag, Reminded | Repaid> {
  initial(): State {
    return { status: 'new' };
  }
  key({ bill }: Opened | Paid | Refund | Nag) {
    return bill;
  }
  @Handles(Opened, { once: true }) onOpened({ bill }: Opened) {
    return after('5 seconds', new Nag({ bill }));
  }
  @Handles(Paid, { once: true }) onPaid() {
    return cancel(Nag);
  }
  @Handles(Refund, { once: 'no' }) onRefund({ bill, no }: Refund) {
    return new Repaid({ bill, no });
  }
  @Handles(Nag, { deadline: true }) onNag({ bill }: Nag) {
    return new Reminded({ bill, how: 'nagged' });
  }
  @Applies(Opened) opened(_: Opened, s: State): State {
    return { status: lifecycle.forward(s.status, 'open') };
  }
  @Applies(Paid) paid(): State {
    return { status: 'paid' };
  }
}

/** Today's names. */
export class Reminder extends Event('Reminder', { aliases: ['Nag'] })<{ bill: string }> {}
export class Payback extends Event('Payback', { aliases: ['Refund'] })<{ bill: string; no: number }> {}

@Saga('bills', { lifecycle })
export class RemindingBills extends Actor<State, Opened | Paid | Payback | Reminder, Reminded | Repaid> {
  initial(): State {
    return { status: 'new' };
  }
  key({ bill }: Opened | Paid | Payback | Reminder) {
    return bill;
  }
  @Handles(Opened, { once: true }) onOpened({ bill }: Opened) {
    return after('5 seconds', new Reminder({ bill }));
  }
  @Handles(Paid, { once: true }) onPaid() {
    return cancel(Reminder);
  }
  @Handles(Payback, { once: 'no' }) onPayback({ bill, no }: Payback) {
    return new Repaid({ bill, no });
  }
  @Handles(Reminder, { deadline: true }) onReminder({ bill }: Reminder) {
    return new Reminded({ bill, how: 'nagged' });
  }
  @Applies(Opened) opened(_: Opened, s: State): State {
    return { status: lifecycle.forward(s.status, 'open') };
  }
  @Applies(Paid) paid(): State {
    return { status: 'paid' };
  }
}

const bill = 'b-1';
const lives = only({ restart: 0.03, crash: 0.03, throws: 0.2, operate: 0.9, skip: 0.5, delay: 0.5, reorder: 0.3, retry: 0.2 });
/** Messages are renamed while a deadline is pending, a message parked or skipped; producers use both names. */
export const renamed: Simulation = {
  before: [NaggingBills],
  use: [RemindingBills],
  messages: [
    ...[new Opened({ bill }), new Refund({ bill, no: 1 }), new Refund({ bill, no: 2 })],
    ...[new Payback({ bill, no: 1 }), new Payback({ bill, no: 2 }), new Payback({ bill, no: 3 })],
  ],
  workers: 1,
  rollback: false,
  ...lives,
  limits: { attempts: 1 },
};
/** Operators skip what is parked under one name, and its copies come under the other. */
export const skipped: Simulation = { ...renamed, messages: renamed.messages.slice(1) };

/** A deadline of a type that only the newer release has. */
export class Quick extends Event('Quick')<{ bill: string }> {}
@Saga('bills', { lifecycle })
export class QuickBills extends Actor<State, Opened | Paid | Refund | Nag | Quick, Reminded | Repaid> {
  initial(): State {
    return { status: 'new' };
  }
  key({ bill }: Opened | Paid | Refund | Nag | Quick) {
    return bill;
  }
  @Handles(Opened, { once: true }) onOpened({ bill }: Opened) {
    return [after('5 seconds', new Nag({ bill })), after('2 seconds', new Quick({ bill }))];
  }
  @Handles(Paid, { once: true }) onPaid() {
    return cancel(Nag);
  }
  @Handles(Refund, { once: 'no' }) onRefund({ bill, no }: Refund) {
    return new Repaid({ bill, no });
  }
  @Handles(Nag, { deadline: true }) onNag({ bill }: Nag) {
    return new Reminded({ bill, how: 'nagged' });
  }
  @Handles(Quick, { deadline: true }) onQuick({ bill }: Quick) {
    return new Reminded({ bill, how: 'at once' });
  }
  @Applies(Opened) opened(_: Opened, s: State): State {
    return { status: lifecycle.forward(s.status, 'open') };
  }
  @Applies(Paid) paid(): State {
    return { status: 'paid' };
  }
}

/** One release after another, back and again: the newer one sets deadlines that the older one does not know. */
export const rollback: Simulation = {
  before: [NaggingBills],
  use: [QuickBills],
  messages: [new Opened({ bill }), new Opened({ bill: 'b-2' })],
  workers: 1,
  ...only({ restart: 0.05, crash: 0.05, delay: 0.6, reorder: 0.5, forget: 0.05 }),
};
/** Both at once. */
export const sideBySide: Simulation = {
  ...rollback,
  messages: [...rollback.messages, new Refund({ bill, no: 1 }), new Refund({ bill: 'b-2', no: 1 })],
  workers: 2,
};

/** No reminder of a bill that was paid in time, and none twice. */
const once: Invariant = (log) => {
  const told = log.events(Reminded).map(({ bill, how }) => `${bill} ${how}`);
  return new Set(told).size < told.length ? `told are ${told.join(', ')}` : undefined;
};
/** A saga is deployed late, beside one that was there before; the log is of last year, or of the minutes before. */
@Saga('receipts')
class Receipts extends Actor<null, Paid, Repaid> {
  initial() {
    return null;
  }
  key({ bill }: Paid) {
    return bill;
  }
  @Handles(Paid) onPaid({ bill }: Paid) {
    return new Repaid({ bill, no: 0 });
  }
}
export const late: Simulation = {
  before: [Receipts],
  use: [Receipts, NaggingBills],
  messages: [new Opened({ bill }), new Paid({ bill }), new Opened({ bill: 'b-2' }), new Paid({ bill: 'b-2' })],
  workers: 1,
  ...only({ backlog: 0.7, restart: 0.03, delay: 0.3, crash: 0.02, slow: 0.2 }),
  limits: { page: 1, window: 2 },
  invariant: once,
};
/** Downtime from a minute to a month, and a backlog behind it. */
export const downtime: Simulation = {
  use: [NaggingBills],
  messages: [new Opened({ bill }), new Paid({ bill }), new Opened({ bill: 'b-2' }), new Refund({ bill: 'b-2', no: 1 })],
  workers: 2,
  ...only({ down: 0.003, crash: 0.02, delay: 0.5, reorder: 0.1, slow: 0.1, copy: 0.1, backlog: 0.2 }),
  invariant: once,
};
