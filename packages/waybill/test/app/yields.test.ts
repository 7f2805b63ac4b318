import { Actor, App, Applies, Event, guaranteesText, Handles, memoryStore, Saga } from 'waybill';
import type { Logger, LogFields, Store } from 'waybill';

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

/** Another producer's events. */
async function feed(store: Store, ...messages: (Paid | Refunded)[]): Promise<void> {
  const length = (await store.read('feed', 0, 100)).length;
  const events = messages.map((message, i) => ({
    ...{ id: `f-${length + i}`, type: message.constructor.name, data: JSON.stringify(message), meta: '{}', time: 0 },
  }));
  await store.append([{ stream: 'feed', expected: length === 0 ? 'none' : length - 1, events }]);
}

function recorder(): { readonly logger: Logger; readonly lines: (readonly [level: string, message: string, fields: LogFields])[] } {
  const lines: (readonly [string, string, LogFields])[] = [];
  const at = (level: string) => (message: string, fields: LogFields) => void lines.push([level, message, fields]);
  return { lines, logger: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') } };
}

describe('old code after a rollback', () => {
  test.each([true, false])('the log and guarantees() say who waits for which code, once; with a logger: %s', async (withLogger) => {
    const store = memoryStore();
    const fresh = await App.start({ store, use: [NewSums] });
    await feed(store, new Refunded({ of: 'a', n: 1 }));
    await fresh.settled();
    await fresh.stop();

    const { lines, logger } = recorder();
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
      const told = lines.filter(([, message]) => message === 'waits for newer code');
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
