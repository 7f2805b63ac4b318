import * as fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import { Actor, App, Applies, Event, Handler, Handles, memoryStore, On, Projection, Saga } from 'waybill';
import type { NewEvent } from 'waybill';
import { prototypes } from './prototypes';

const { around } = jest.requireActual<{ around: (...good: string[]) => Arbitrary<string> }>('./junk.cjs');

class Noted extends Event('Noted', { version: 2, upcast: { 1: (data) => ({ ...data, n: 0 }) } })<{ id: string; n: number }> {}
class Done extends Event('Done')<{ id: string }> {}

/** Every message is for somebody: none may pass without an outcome. */
const keyOf = ({ id }: { readonly id?: unknown }): string => (typeof id === 'string' && id !== '' ? id : 'anyone');

@Saga('notes')
class Notes extends Actor<{ sum: number }, Noted, Done> {
  initial() {
    return { sum: 0 };
  }
  key = keyOf;
  @Handles(Noted, { once: 'n' }) noted(e: Noted) {
    return new Done({ id: e.id });
  }
  @Applies(Noted) sum(e: Noted, s: { sum: number }) {
    return { sum: s.sum + (typeof e.n === 'number' ? e.n : 0) };
  }
}

@Projection('list')
class List extends Actor<{ n: number[] }, Noted> {
  initial() {
    return { n: [] };
  }
  key = keyOf;
  @Applies(Noted) noted(e: Noted, row: { n: number[] }) {
    return { n: [...row.n, e.n] };
  }
}

const mailed: unknown[] = [];
@Handler('mail', { delivery: 'at-least-once' })
class Mail {
  @On(Noted) noted({ id, n }: Noted) {
    if (id === 'good') mailed.push(n);
  }
}

const GOOD = 5;
const good = (n: number): NewEvent => ({ id: `good-${n}`, type: 'Noted', data: `{"id":"good","n":${n}}`, meta: '{"v":2}', time: 0 });
const TEXT = /\0|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
/** A store takes no text that UTF-8 or a database would change. */
const stored = (text: string): string => text.replace(TEXT, '') || '{}';
const data = around('{"id":"bad","n":3}', '{"id":"worse","n":4,"note":[{"deep":true}]}').map(stored);
/** What says that a row is newer than the code would wait for that code: so these do not say it. */
const meta = around('{"v":2}', '{}').map((text) => stored(text).replaceAll('"v"', '"w"'));

async function run(use: readonly (new (...args: never[]) => object)[], bad: readonly (readonly [string, string])[]) {
  const store = memoryStore();
  const failures: unknown[] = [];
  const app = await App.start({ store, use, onFailure: (error) => failures.push(error) });
  try {
    const events = bad.flatMap(([text, about], i): NewEvent[] => [
      ...(i < GOOD ? [good(i)] : []),
      { id: `bad-${i}`, type: 'Noted', data: text, meta: about, time: 0 },
    ]);
    for (let n = bad.length; n < GOOD; n++) events.push(good(n));
    await store.append([{ stream: 'feed', expected: 'none', events }]);
    await app.settled();
    expect(failures).toEqual([]);
    const { received, waiting, ...ends } = app.counts();
    expect(Object.values(ends).reduce((sum, n) => sum + n, 0)).toBe(received);
    expect({ received, waiting }).toEqual({ received: events.length * use.length, waiting: 0 });
    for await (const { reason, content } of app.operators.parked()) expect([typeof reason, typeof content]).toEqual(['string', 'string']);
    return { app, store, list: use.includes(List) ? await app.view(List).get('good') : undefined };
  } finally {
    await app.stop();
  }
}

const numbers = Array.from({ length: GOOD }, (_, n) => n);
const rows = (about: Arbitrary<string>) => fc.array(fc.tuple(data, about), { minLength: 1, maxLength: 40 });
const clean = prototypes();
const RUNS = { numRuns: 150 };

test('whatever stands in the feed around them, every good event is taken in once by a saga, and no bad one is lost', () =>
  fc.assert(
    fc.asyncProperty(rows(meta), async (bad) => {
      const { app, store } = await run([Notes], bad);
      const done = (await store.read('notes-good')).filter(({ type }) => type === 'Done');
      expect(done.length).toBeGreaterThanOrEqual(GOOD);
      const { applied, parked, duplicate, conflict, received } = app.counts();
      // What has become a message for no one, or one of a key of its own, is a message like any other.
      expect(applied + parked + duplicate + conflict).toBe(received);
      clean();
    }),
    RUNS,
  ));

test('whatever stands in the feed around them, every good event is mailed, and stands in its row', () =>
  fc.assert(
    fc.asyncProperty(rows(meta), async (bad) => {
      mailed.length = 0;
      const { list } = await run([List, Mail], bad);
      expect(numbers.filter((n) => !mailed.includes(n))).toEqual([]);
      const shown = list?.n ?? [];
      expect(numbers.filter((n) => !shown.includes(n))).toEqual([]);
      clean();
    }),
    RUNS,
  ));
