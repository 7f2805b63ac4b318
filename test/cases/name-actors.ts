import type { StandardSchemaV1 } from '@standard-schema/spec';
import { Actor, after, Aggregate, Applies, cancel, close, Command, Event, Handles, Saga } from 'waybill';
import type { Fed } from './messages';

/** Yesterday's release of a claim, and today's, in which every message has another name. */
type Of = { of: string };
type Amount = Of & { n: number };
type Bill = { paid: number };

export class Refund extends Event('Refund')<Amount> {}
export class Asked extends Event('Asked')<Of> {}
export class Answered extends Event('Answered')<Of> {}
export class Shut extends Event('Shut')<Of> {}
export class Nag extends Event('Nag')<Of> {}
export class Paid extends Event('Paid')<Amount> {}
export class Nagged extends Event('Nagged')<Of> {}

export class Repayment extends Event('Repayment', { aliases: ['Refund'] })<Amount> {}
export class Enquired extends Event('Enquired', { aliases: ['Asked'] })<Of> {}
export class Replied extends Event('Replied', { aliases: ['Answered'] })<Of> {}
export class Ended extends Event('Ended', { aliases: ['Shut'] })<Of> {}
export class Reminder extends Event('Reminder', { aliases: ['Nag'] })<Of> {}
export class Settled extends Event('Settled', { aliases: ['Paid'] })<Amount> {}
export class Reminded extends Event('Reminded', { aliases: ['Nagged'] })<Of> {}

const HOUR = 3_600_000;
const snapshot = { every: 1, version: 1 };

@Saga('claims', { retry: { attempts: 1 } })
export class OldClaims extends Actor<Bill, Refund | Asked | Answered | Shut | Nag, Paid | Nagged> {
  static broken = false;
  initial(): Bill {
    return { paid: 0 };
  }
  key(e: Of) {
    return e.of;
  }
  @Handles(Refund, { once: 'n' }) onRefund({ of, n }: Refund) {
    if (OldClaims.broken) throw new Error('no money');
    return new Paid({ of, n });
  }
  @Handles(Asked) onAsked({ of }: Asked) {
    return after(HOUR, new Nag({ of }));
  }
  @Handles(Answered) onAnswered() {
    return cancel(Nag);
  }
  @Handles(Shut) onShut() {
    return close();
  }
  @Handles(Nag, { deadline: true }) onNag({ of }: Nag) {
    return new Nagged({ of });
  }
  @Applies(Paid) paid({ n }: Paid, s: Bill): Bill {
    return { paid: s.paid + n };
  }
}
@Saga('claims', { retry: { attempts: 1 }, snapshot })
export class OldClaimsKept extends OldClaims {}

@Saga('claims', { retry: { attempts: 1 } })
export class NewClaims extends Actor<Bill, Repayment | Enquired | Replied | Ended | Reminder, Settled | Reminded> {
  initial(): Bill {
    return { paid: 0 };
  }
  key(e: Of) {
    return e.of;
  }
  @Handles(Repayment, { once: 'n' }) onRepayment({ of, n }: Repayment) {
    return new Settled({ of, n });
  }
  @Handles(Enquired) onEnquired({ of }: Enquired) {
    return after(HOUR, new Reminder({ of }));
  }
  @Handles(Replied) onReplied() {
    return cancel(Reminder);
  }
  @Handles(Ended) onEnded() {
    return close();
  }
  @Handles(Reminder, { deadline: true }) onReminder({ of }: Reminder) {
    return new Reminded({ of });
  }
  @Applies(Settled) settled({ n }: Settled, s: Bill): Bill {
    return { paid: s.paid + n };
  }
}
@Saga('claims', { retry: { attempts: 1 }, snapshot })
export class NewClaimsKept extends NewClaims {}

export const fed = (type: string, data: Fed['data']): Fed => ({ type, data });

/** An order, whose lines are once by what each release says. */
type LineData = { of: string; line: number; kind?: string; sku?: string };
export class Line extends Event('Line')<LineData> {}
export class Sealed extends Event('Sealed')<Of> {}
export class Taken extends Event('Taken')<{ of: string; line: number }> {}

abstract class Orders extends Actor<{ n: number }, Line | Sealed, Taken> {
  initial() {
    return { n: 0 };
  }
  key({ of }: Of) {
    return of;
  }
  onLine({ of, line }: Line) {
    return new Taken({ of, line });
  }
  @Handles(Sealed) onSealed() {
    return close();
  }
  @Applies(Line) applied(_: Line, { n }: { n: number }) {
    return { n: n + 1 };
  }
}

type OnceOfLine = true | 'line' | readonly ['line', 'kind'] | ((line: Line) => string | number);

/** A release of the orders: `once` is all that differs between two. */
export function ordersOnce(once: OnceOfLine | undefined, kept: boolean) {
  @Saga('orders', kept ? { snapshot } : {})
  class Release extends Orders {
    @Handles(Line, once === undefined ? {} : { once }) override onLine(line: Line) {
      return super.onLine(line);
    }
  }
  return Release;
}

/** A schema that refuses what has no number `n`, and fills in `qty` where `quantity` is given. */
export function counted(
  quantity?: () => number,
): StandardSchemaV1<{ of: string; n: number; qty?: number }, { of: string; n: number; qty: number }> {
  return {
    '~standard': {
      version: 1,
      vendor: 'cases',
      validate: (data) => {
        const { of, n, qty = quantity?.() } = data as { of: string; n: number; qty?: number };
        if (typeof n !== 'number') return { issues: [{ message: 'not a number', path: ['n'] }] };
        return { value: { of, n, ...(qty !== undefined && { qty }) } as { of: string; n: number; qty: number } };
      },
    },
  };
}

/** A stock of things, in two releases: today's messages have a quantity, 1 by default. */
export function stockWith(quantity?: () => number, version?: number) {
  class Add extends Command('Add', { schema: counted(quantity) }) {}
  class Came extends Event('Came', { schema: counted(quantity) }) {}
  class Added extends Event('Added')<{ of: string; total: number }> {}
  const options = version === undefined ? {} : { snapshot: { every: 1, version } };

  abstract class Sum<In extends Add | Came> extends Actor<{ total: number }, In, Added> {
    initial() {
      return { total: 0 };
    }
    key({ of }: In) {
      return of;
    }
    add({ of, qty }: In, { total }: { total: number }) {
      return new Added({ of, total: total + (qty ?? 0) });
    }
    sum({ qty }: In, { total }: { total: number }) {
      return { total: total + (qty ?? 0) };
    }
  }
  @Aggregate('stock', options)
  class Stock extends Sum<Add> {
    @Handles(Add) onAdd(m: Add, s: { total: number }) {
      return this.add(m, s);
    }
    @Applies(Add) added(m: Add, s: { total: number }) {
      return this.sum(m, s);
    }
  }
  @Saga('came', options)
  class Arrivals extends Sum<Came> {
    @Handles(Came, { once: 'n' }) onCame(m: Came, s: { total: number }) {
      return this.add(m, s);
    }
    @Applies(Came) came(m: Came, s: { total: number }) {
      return this.sum(m, s);
    }
  }
  return { Add, Stock, Arrivals };
}
