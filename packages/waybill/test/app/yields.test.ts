import { Actor, App, Applies, Event, guaranteesText, Handles, memoryStore, Saga } from 'waybill';
import { feed } from '../feed';
import { Lines } from './lines';

class Paid extends Event('Paid')<{ of: string; n: number }> {}
class Refunded extends Event('Refunded')<{ of: string; n: number }> {}
type Sum = { total: number };

abstract class Sums<In extends Paid | Refunded> extends Actor<Sum, In, never> {
  initial(): Sum {
    return { total: 0 };
  }
  key({ of }: In) {
    return of;
  }
}

@Saga('sums')
class OldSums extends Sums<Paid> {
  @Handles(Paid, { once: 'n' }) onPaid() {
    return [];
  }
  @Applies(Paid) paid({ n }: Paid, { total }: Sum) {
    return { total: total + n };
  }
}

@Saga('sums')
class NewSums extends Sums<Paid | Refunded> {
  @Handles(Paid, { once: 'n' }) onPaid() {
    return [];
  }
  @Applies(Paid) paid({ n }: Paid, { total }: Sum) {
    return { total: total + n };
  }
  @Handles(Refunded, { once: 'n' }) onRefunded() {
    return [];
  }
  @Applies(Refunded) refunded({ n }: Refunded, { total }: Sum) {
    return { total: total - n };
  }
}

describe('old code after a rollback', () => {
  test.each([true, false])('the log and guarantees() say who waits for which code, once; with a logger: %s', async (withLogger) => {
    const store = memoryStore();
    const fresh = await App.start({ store, use: [NewSums] });
    await feed(store, new Refunded({ of: 'a', n: 1 }));
    await fresh.settled();
    await fresh.stop();

    const logger = new Lines();
    const stderr = jest.spyOn(process.stderr, 'write').mockImplementation(() => true);
    try {
      const old = await App.start({ store, use: [OldSums], ...(withLogger && { logger }) });
      await feed(store, new Paid({ of: 'a', n: 2 }), new Paid({ of: 'b', n: 3 }));
      await old.settled();
      const { consumers } = old.guarantees();
      expect(consumers).toMatchObject([{ consumer: 'sums', waits: [{ stream: 'sums-a', needs: 'Refunded', messages: 1 }] }]);
      expect(consumers[0]?.waits).toEqual(old.operators.yielding());
      expect(guaranteesText(old.guarantees())).toMatch(
        /waits for newer code:\n    - sums-a: needs Refunded, since .*, 1 message in this process/,
      );
      const told = logger.all.filter(([, message]) => message === 'waits for newer code');
      const printed = stderr.mock.calls.map(([text]) => String(text)).filter((text) => text.includes('waits for'));
      expect(told.map(([level, , { stream, needs }]) => [level, stream, needs])).toEqual(
        withLogger ? [['warn', 'sums-a', 'Refunded']] : [],
      );
      expect(printed).toEqual(
        withLogger ? [] : [expect.stringMatching(/^waybill: sums-a waits for code that knows Refunded: LOG_UNKNOWN_TYPE: .*\n$/)],
      );
      await old.stop();
    } finally {
      stderr.mockRestore();
    }

    const again = await App.start({ store, use: [NewSums] });
    await again.settled();
    expect(again.guarantees().consumers[0]?.waits).toEqual([]);
    expect(guaranteesText(again.guarantees())).not.toContain('waits for newer code');
    await again.stop();
  });
});
