import { Actor, Applies, Event, Handles, Saga } from 'waybill';
import type { Fed } from './messages';

type Data = { of: string; n: number };
type Sum = { total: number };

/** Yesterday's code. */
export class Paid extends Event('Paid')<Data> {}
export class Summed extends Event('Summed')<{ of: string; total: number }> {}

/** Today's: the event has another name and a field more, and another event is taken in. */
export class PaymentTaken extends Event('PaymentTaken', {
  version: 2,
  upcast: { 1: (data) => ({ fee: 0, ...data }) },
  aliases: ['Paid'],
})<Data & { fee: number }> {}
export class Refunded extends Event('Refunded')<Data> {}

/** One whose upcast does not work. */
export class Torn extends Event('Paid', {
  version: 2,
  upcast: {
    1: () => {
      throw new Error('nobody thought of this');
    },
  },
})<Data> {}

abstract class Sums<In extends Paid | PaymentTaken | Refunded | Torn> extends Actor<Sum, In, Summed> {
  initial(): Sum {
    return { total: 0 };
  }
  key(e: In) {
    return e.of;
  }
}

@Saga('sums')
export class OldSums extends Sums<Paid> {
  @Handles(Paid, { once: 'n' }) onPaid({ of, n }: Paid, { total }: Sum) {
    return new Summed({ of, total: total + n });
  }
  @Applies(Paid) paid({ n }: Paid, { total }: Sum): Sum {
    return { total: total + n };
  }
}

@Saga('sums')
export class NewSums extends Sums<PaymentTaken | Refunded> {
  @Handles(PaymentTaken, { once: 'n' }) onTaken({ of, n, fee }: PaymentTaken, { total }: Sum) {
    return new Summed({ of, total: total + n - fee });
  }
  @Handles(Refunded, { once: 'n' }) onRefunded({ of, n }: Refunded, { total }: Sum) {
    return new Summed({ of, total: total - n });
  }
  @Applies(PaymentTaken) taken({ n, fee }: PaymentTaken, { total }: Sum): Sum {
    return { total: total + n - fee };
  }
  @Applies(Refunded) refunded({ n }: Refunded, { total }: Sum): Sum {
    return { total: total - n };
  }
}

@Saga('sums')
export class TornSums extends Sums<Torn> {
  @Handles(Torn, { once: 'n' }) onPaid() {
    return [];
  }
}

export const paid = (of: string, n: number): Fed => ({ type: 'Paid', data: { of, n } });
export const taken = (of: string, n: number, fee = 0): Fed => ({ type: 'PaymentTaken', data: { of, n, fee }, v: 2 });
export const refunded = (of: string, n: number): Fed => ({ type: 'Refunded', data: { of, n } });
