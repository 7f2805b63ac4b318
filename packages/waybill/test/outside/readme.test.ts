import { App, Event, Handler, memoryStore, On } from 'waybill';
import type { CallMeta } from 'waybill';

class QuoteAsked extends Event('QuoteAsked')<{ customerId: string; sku: string }> {}
class QuoteGiven extends Event('QuoteGiven')<{ customerId: string; sku: string; cents: number }> {}

const asked: { sku: string; idempotencyKey: string; isAborted: boolean }[] = [];
const priceOf = (sku: string, { idempotencyKey, signal }: { idempotencyKey: string; signal: AbortSignal }): Promise<number> => {
  asked.push({ sku, idempotencyKey, isAborted: signal.aborted });
  return Promise.resolve(120);
};

// #region handler
@Handler('quotes', {
  delivery: 'at-least-once', // or 'at-most-once': a call that fails is parked and not repeated
  from: 'now', // deployed late: nothing that is in the log at its first start
  timeout: '30 seconds', // then the call has failed, and meta.signal is aborted
  retry: { attempts: 50, base: '1 second', cap: '10 minutes' },
  concurrency: 4, // calls at once, default 16
  rate: { calls: 10, per: '1 second' },
  key: (e: QuoteAsked) => e.customerId, // calls of one key in order; default: those of one stream
  emits: [QuoteGiven], // what its methods may answer
})
class Quotes {
  @On(QuoteAsked) async asked({ customerId, sku }: QuoteAsked, { id, signal }: CallMeta) {
    const cents = await priceOf(sku, { idempotencyKey: id, signal });
    return new QuoteGiven({ customerId, sku, cents });
  }
}
// #endregion

const eventOf = (id: string, sku: string) => {
  const event = { id, type: 'QuoteAsked', data: JSON.stringify({ customerId: 'c-1', sku }), meta: '{}', time: 0 };
  return { stream: `asked-${id}`, expected: 'none' as const, events: [event] };
};

test('a handler as the README shows it calls for what follows its first start, and its answer is in the log once', async () => {
  const store = memoryStore();
  await store.append([eventOf('q-1', 'apple')]);
  const app = await App.start({ store, use: [Quotes] });
  await store.append([eventOf('q-2', 'pear')]);
  await app.settled();
  expect(asked).toEqual([{ sku: 'pear', idempotencyKey: 'q-2', isAborted: false }]);
  expect((await app.explain('q-1')).copies[0]?.told[0]).toMatchObject({
    outcome: 'none',
    because: expect.stringContaining('from now on') as string,
  });
  expect((await app.explain('q-2')).copies[0]?.told[0]).toMatchObject({ outcome: 'applied', row: { stream: 'quotes:answer-2' } });
  expect(app.guarantees().consumers[0]?.breaks.join('\n')).toContain('several processes');
  await app.stop({ within: '10 seconds' });
  const [, answer] = await store.read('quotes:answer-2');
  expect(answer).toMatchObject({ type: 'QuoteGiven', data: '{"cents":120,"customerId":"c-1","sku":"pear"}' });
});

test('what is no time is refused, and the app goes on', async () => {
  const app = await App.start({ store: memoryStore(), use: [Quotes] });
  await expect(app.stop({ within: 'soon' as never })).rejects.toThrow(/DURATION_INVALID/);
  await expect(app.stop({ until: 1 } as never)).rejects.toThrow(/OPTION_INVALID: stop\(\) has no option "until"/);
  await app.settled();
  await app.stop();
});
