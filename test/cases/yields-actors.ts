import { Actor, Aggregate, Applies, Command, Event, Handler, Handles, On, Projection, Saga, after } from 'waybill';
import { OldSums, Paid } from './schema-actors';
import type { Fed } from './messages';

/** The next release knows a second version of Paid, and nothing else that is new. */
export class PaidV2 extends Event('Paid', { version: 2, upcast: { 1: (data) => ({ fee: 0, ...data }) } })<{
  of: string;
  n: number;
  fee: number;
}> {}
export const paidV2 = (of: string, n: number): Fed => ({ type: 'Paid', data: { of, n, fee: 0 }, v: 2 });

@Saga('sums')
export class SumsV2 extends Actor<{ total: number }, PaidV2> {
  initial() {
    return { total: 0 };
  }
  key(e: PaidV2) {
    return e.of;
  }
  @Handles(PaidV2, { once: 'n' }) onPaid() {
    return [];
  }
  @Applies(PaidV2) paid({ n }: PaidV2, { total }: { total: number }) {
    return { total: total + n };
  }
}

@Saga('sums', { snapshot: { every: 2, version: 1 } })
export class OldSumsWithSnapshots extends OldSums {}

@Projection('list')
export class OldList extends Actor<{ n: number }, Paid> {
  initial() {
    return { n: 0 };
  }
  key(e: Paid) {
    return e.of;
  }
  @Applies(Paid) paid(_: Paid, row: { n: number }) {
    return { n: row.n + 1 };
  }
}
@Projection('list')
export class NewList extends Actor<{ n: number }, PaidV2> {
  initial() {
    return { n: 0 };
  }
  key(e: PaidV2) {
    return e.of;
  }
  @Applies(PaidV2) paid(_: PaidV2, row: { n: number }) {
    return { n: row.n + 1 };
  }
}

export const mailed: string[] = [];
@Handler('mail', { delivery: 'at-least-once' })
export class OldMail {
  @On(Paid) paid({ of, n }: Paid) {
    mailed.push(`old ${of}${n}`);
  }
}
@Handler('mail', { delivery: 'at-least-once' })
export class NewMail {
  @On(PaidV2) paid({ of, n }: PaidV2) {
    mailed.push(`new ${of}${n}`);
  }
}

export class Put extends Command('Put')<{ id: string; n: number }> {}
export class Take extends Command('Take')<{ id: string; n: number }> {}
export class Changed extends Event('Changed')<{ id: string; by: number }> {}
export class Bonus extends Event('Bonus')<{ id: string }> {}
interface Balance {
  readonly balance: number;
}

abstract class Accounts<In extends Put | Take, Out extends Changed | Bonus> extends Actor<Balance, In, Out> {
  initial() {
    return { balance: 0 };
  }
  key(command: In) {
    return command.id;
  }
}

@Aggregate('accounts')
export class OldAccounts extends Accounts<Put, Changed> {
  @Handles(Put) put({ id, n }: Put) {
    return new Changed({ id, by: n });
  }
  @Applies(Changed) changed({ by }: Changed, { balance }: Balance) {
    return { balance: balance + by };
  }
}

/** It takes one command more, and emits and folds an event more, on a command that the old code knows. */
@Aggregate('accounts')
export class NewAccounts extends Accounts<Put | Take, Changed | Bonus> {
  @Handles(Put) put({ id, n }: Put) {
    return n >= 100 ? [new Changed({ id, by: n }), new Bonus({ id })] : new Changed({ id, by: n });
  }
  @Handles(Take) take({ id, n }: Take) {
    return new Changed({ id, by: -n });
  }
  @Applies(Changed) changed({ by }: Changed, { balance }: Balance) {
    return { balance: balance + by };
  }
  @Applies(Bonus) bonus(_: Bonus, { balance }: Balance) {
    return { balance: balance + 1 };
  }
}

export class Asked extends Event('Asked')<{ id: string; rings?: boolean }> {}
export class Rang extends Event('Rang')<{ id: string }> {}
export class RangTwice extends Event('RangTwice')<{ id: string }> {}
export class Heard extends Event('Heard')<{ id: string; what: string }> {}

@Saga('bells')
export class OldBells extends Actor<null, Asked | Rang, Heard> {
  initial() {
    return null;
  }
  key(e: Asked | Rang) {
    return e.id;
  }
  @Handles(Asked) asked({ id }: Asked) {
    return after('1 minute', new Rang({ id }));
  }
  @Handles(Rang, { deadline: true }) rang({ id }: Rang) {
    return new Heard({ id, what: 'rang' });
  }
}
@Saga('bells')
export class NewBells extends Actor<null, Asked | Rang | RangTwice, Heard> {
  initial() {
    return null;
  }
  key(e: Asked | Rang | RangTwice) {
    return e.id;
  }
  @Handles(Asked) asked({ id, rings }: Asked) {
    return rings ? after('1 minute', new RangTwice({ id })) : after('1 minute', new Rang({ id }));
  }
  @Handles(Rang, { deadline: true }) rang({ id }: Rang) {
    return new Heard({ id, what: 'rang' });
  }
  @Handles(RangTwice, { deadline: true }) rangTwice({ id }: RangTwice) {
    return new Heard({ id, what: 'rang twice' });
  }
}
export const asked = (id: string, rings = false): Fed => ({ type: 'Asked', data: { id, rings } });
