import nodeCrypto, { randomUUID } from 'node:crypto';
import { Actor, Aggregate, Applies, Command, Event, Handler, Handles, Lifecycle, On, Projection, Rejected, Saga } from '@waybill/core';
import type { Decision, Meta } from '@waybill/core';
import { spec } from '@waybill/testing';

class Came extends Event('Came')<{ id: string; n: number; note?: string; parts?: Record<string, number> }> {}
class Went extends Event('Went')<{ id: string; n: number }> {}

type Hall = { count: number; list?: readonly number[] };
type Decide = (e: Came, s: Hall, meta: Meta) => unknown;
type Fold = (e: Came, s: Hall) => unknown;

/** A saga of one handler and one fold, to be wrong in one place. */
function hall(decide: Decide, fold: Fold = (_, s) => ({ ...s, count: s.count + 1 })) {
  @Saga('hall')
  class HallSaga extends Actor<Hall, Came, Went> {
    initial(): Hall {
      return { count: 0, list: [] };
    }
    key(e: Came) {
      return e.id;
    }
    @Handles(Came) came(e: Came, s: Hall, meta: Meta): Decision<Went> {
      return decide(e, s, meta) as Decision<Went>;
    }
    @Applies(Came) folded(e: Came, s: Hall): Hall {
      return fold(e, s) as Hall;
    }
  }
  return HallSaga;
}

const came = new Came({ id: 'h', n: 1 });
const went = (n: number) => new Went({ id: 'h', n });
const arrives = (decide: Decide, fold?: Fold) => () => spec(hall(decide, fold)).when(came).thenNothing();

const nothing: Decide = () => [];
let moduleCounter = 0;

describe('spec refuses an actor that', () => {
  const wrong: readonly (readonly [title: string, code: string | RegExp, run: () => unknown])[] = [
    ['changes its state while it decides', /SPEC_MUTATED: @Handles\(Came\).*count/, arrives((_, s) => ((s.count += 1), []))],
    ['changes a list in its state', 'SPEC_MUTATED', arrives((_, s) => ((s.list as number[]).push(1), []))],
    ['changes the message', 'SPEC_MUTATED', arrives((e) => (((e as { n: number }).n = 2), []))],
    ['changes its state while it folds', /SPEC_MUTATED: @Applies\(Came\)/, arrives(nothing, (_, s) => ((s.count += 1), s))],
    ['decides by Date.now()', /SPEC_CLOCK: @Handles\(Came\) of "hall" uses Date\.now\(\).*meta\.time/, arrives(() => went(Date.now()))],
    ['decides by new Date()', /SPEC_CLOCK.*new Date\(\)/, arrives(() => went(new Date().getTime()))],
    ['decides by Date()', 'SPEC_CLOCK', arrives(() => (Date().length > 0 ? [] : []))],
    ['decides by performance.now()', 'SPEC_CLOCK', arrives(() => went(performance.now()))],
    ['decides by process.hrtime', 'SPEC_CLOCK', arrives(() => went(Number(process.hrtime.bigint())))],
    ['decides by Math.random()', /SPEC_RANDOM: @Handles\(Came\).*Math\.random\(\)/, arrives(() => went(Math.random()))],
    ['makes an id by crypto.randomUUID()', 'SPEC_RANDOM', arrives(() => new Went({ id: crypto.randomUUID(), n: 1 }))],
    ['makes an id by randomUUID of node:crypto', 'SPEC_RANDOM', arrives(() => new Went({ id: randomUUID(), n: 1 }))],
    ['hides the clock behind a catch', 'SPEC_CLOCK', arrives(() => orNothing(() => [went(Date.now())]))],
    ['folds by the clock', /SPEC_CLOCK: @Applies\(Came\)/, arrives(nothing, (_, s) => ({ ...s, count: Date.now() }))],
    ['sets a timer', 'SPEC_OUTSIDE', arrives(() => (setTimeout(() => undefined, 0), []))],
    ['returns a promise', /DECISION_ASYNC.*promise/, arrives(() => Promise.resolve([]))],
    ['returns a promise that fails', 'DECISION_ASYNC', arrives(() => Promise.reject(new Error('no')))],
    ['falls off the end', /DECISION_MISSING.*@Handles\(Came\)/, arrives(() => undefined)],
    ['emits its own input', 'OUTPUT_IS_INPUT', arrives(() => came)],
    ['emits no event', 'DECISION_NOT_EVENT', arrives(() => [{ id: 'h' }])],
    ['emits what is not JSON', 'CONTENT_NOT_JSON', arrives(() => went(Number.NaN))],
    ['counts in a variable of the module', /SPEC_NOT_DETERMINISTIC.*\n.*- .*\n.*\+ /, arrives(() => went(++moduleCounter))],
    ['keeps a Date in its state', /STATE_NOT_JSON.*\.seen is a Date/, arrives(nothing, (e, s) => ({ ...s, seen: new Date(e.n) }))],
    ['keeps a Map in its state', 'STATE_NOT_JSON', arrives(nothing, (_, s) => ({ ...s, seen: new Map() }))],
    ['keeps NaN in its state', 'STATE_NOT_JSON', arrives(nothing, (_, s) => ({ ...s, count: Number.NaN }))],
    ['keeps a message in its state', 'STATE_NOT_JSON', arrives(nothing, (e, s) => ({ ...s, last: e }))],
    ['folds to a promise', 'STATE_NOT_JSON', arrives(nothing, (_, s) => Promise.resolve(s))],
    ['folds to nothing', 'SPEC_STATE_MISSING', arrives(nothing, () => undefined)],
  ];
  test.each(wrong)('%s', (_, code, run) => {
    expect(run).toThrow(code);
  });

  test('decides by a field of the instance that a restart would lose', () => {
    @Saga('hall')
    class Remembers extends Actor<Hall, Came, Went> {
      private readonly seen = new Set<number>();
      initial(): Hall {
        return { count: 0 };
      }
      key(e: Came) {
        return e.id;
      }
      @Handles(Came) came(e: Came) {
        if (this.seen.has(e.n)) return [];
        this.seen.add(e.n);
        return went(e.n);
      }
    }
    const second = () => spec(Remembers).given(came).when(came).thenNothing();
    expect(second).toThrow('SPEC_NOT_DETERMINISTIC');
  });

  test('counts in a field of the instance', () => {
    @Saga('hall')
    class Counts extends Actor<Hall, Came, Went> {
      private count = 0;
      initial(): Hall {
        return { count: 0 };
      }
      key(e: Came) {
        return e.id;
      }
      @Handles(Came) came() {
        return went(++this.count);
      }
    }
    expect(() => spec(Counts).given(came, came)).toThrow(/SPEC_NOT_DETERMINISTIC.*after a restart/);
  });

  test('moves its status back', () => {
    const lifecycle = Lifecycle('closed', 'open');
    type Door = { status: 'closed' | 'open' };
    @Saga('door', { lifecycle })
    class Doors extends Actor<Door, Came | Went> {
      initial(): Door {
        return { status: 'closed' };
      }
      key(e: Came | Went) {
        return e.id;
      }
      @Handles(Came) came() {
        return [];
      }
      @Handles(Went) went() {
        return [];
      }
      @Applies(Came) opened(): Door {
        return { status: 'open' };
      }
      @Applies(Went) closed(): Door {
        return { status: 'closed' };
      }
    }
    expect(() => spec(Doors).given(came).when(went(1))).toThrow(/STATUS_MOVED_BACK.*"open" back to "closed".*lifecycle\.forward/);
  });

  test('has a once key that another order of fields changes', () => {
    @Saga('hall')
    class ByText extends Actor<Hall, Came, Went> {
      initial(): Hall {
        return { count: 0 };
      }
      key(e: Came) {
        return e.id;
      }
      @Handles(Came, { once: (e) => JSON.stringify(e) }) came(e: Came) {
        return went(e.n);
      }
    }
    expect(() => spec(ByText).when(came)).toThrow(/SPEC_SECOND_DELIVERY: a copy under a new id of Came is not dropped: it is applied/);
  });

  test('has a once key made by chance', () => {
    @Saga('hall')
    class ByChance extends Actor<Hall, Came, Went> {
      initial(): Hall {
        return { count: 0 };
      }
      key(e: Came) {
        return e.id;
      }
      @Handles(Came, { once: () => Math.random() }) came() {
        return [];
      }
    }
    expect(() => spec(ByChance).when(came)).toThrow(/SPEC_RANDOM: once of @Handles\(Came\)/);
  });

  test('finds another actor when the fields of a message stand in another order', () => {
    @Saga('hall')
    class ByText extends Actor<Hall, Came, Went> {
      initial(): Hall {
        return { count: 0 };
      }
      key(e: Came) {
        return JSON.stringify(e);
      }
      @Handles(Came, { once: true }) came() {
        return [];
      }
    }
    expect(() => spec(ByText).when(came)).toThrow('SPEC_KEY_UNSTABLE');
  });

  test('folds more than the log gives back: what a subclass of the event adds', () => {
    class Heavy extends Event('Heavy')<{ id: string }> {
      get weight() {
        return 1;
      }
    }
    class VeryHeavy extends Heavy {
      override get weight() {
        return 1_000;
      }
    }
    @Saga('scales')
    class Scales extends Actor<{ weight: number }, Came, Heavy> {
      initial() {
        return { weight: 0 };
      }
      key(e: Came) {
        return e.id;
      }
      @Handles(Came) came(e: Came) {
        return new VeryHeavy({ id: e.id });
      }
      @Applies(Heavy) weighed(e: Heavy, s: { weight: number }): { weight: number } {
        return { weight: s.weight + e.weight };
      }
    }
    expect(() => spec(Scales).when(came)).toThrow(/SPEC_RELOAD_DIFFERS(?:.|\n)*- .*"weight": 1000(?:.|\n)*\+ .*"weight": 1 /);
    expect(() => spec(Scales).given(came)).toThrow('SPEC_RELOAD_DIFFERS');
  });

  test('cuts the reason of a refusal alike in its first answer and in every later one', () => {
    class Ask extends Command('Ask')<{ id: string; length: number }> {}
    @Aggregate('desk')
    class Desk extends Actor<null, Ask> {
      initial() {
        return null;
      }
      key(c: Ask) {
        return c.id;
      }
      @Handles(Ask) ask(c: Ask): never[] {
        throw new Rejected('x'.repeat(c.length));
      }
    }
    spec(Desk)
      .when(new Ask({ id: 'd', length: 1_000 }))
      .thenRejected('x'.repeat(1_000));
    spec(Desk)
      .when(new Ask({ id: 'd', length: 1_001 }))
      .thenRejected('x'.repeat(1_000));
  });

  test('is no aggregate and no saga', () => {
    @Projection('halls')
    class Halls extends Actor<Hall, Came> {
      initial(): Hall {
        return { count: 0 };
      }
      key(e: Came) {
        return e.id;
      }
      @Applies(Came) came(_: Came, s: Hall): Hall {
        return s;
      }
    }
    @Handler('mail', { delivery: 'at-least-once' })
    class Mail {
      @On(Came) async came() {}
    }
    expect(() => spec(Halls)).toThrow('SPEC_KIND');
    expect(() => spec(Mail as unknown as typeof Halls)).toThrow('SPEC_KIND');
    expect(() => spec(class {} as unknown as typeof Halls)).toThrow('CLASS_NOT_DECORATED');
  });

  test('breaks a promise with a command, too', () => {
    class Count extends Command('Count')<{ id: string }> {}
    @Aggregate('counter')
    class Counter extends Actor<Hall, Count, Went> {
      initial(): Hall {
        return { count: 0 };
      }
      key(c: Count) {
        return c.id;
      }
      @Handles(Count) count() {
        return went(Math.random());
      }
    }
    expect(() => spec(Counter).when(new Count({ id: 'h' }))).toThrow('SPEC_RANDOM');
  });
});

describe('spec leaves alone', () => {
  test('clocks, chance and timers outside of the actor, whatever the actor did', () => {
    const before = [Date, Date.now, Math.random, setTimeout, performance.now, crypto.randomUUID, nodeCrypto.randomUUID, process.hrtime];
    spec(hall(nothing)).when(came).thenNothing();
    expect(arrives(() => went(Date.now()))).toThrow('SPEC_CLOCK');
    expect([Date, Date.now, Math.random, setTimeout, performance.now, crypto.randomUUID, nodeCrypto.randomUUID, process.hrtime]).toEqual(
      before,
    );
    expect(Object.getOwnPropertyNames(performance)).not.toContain('now');
    const times = [Date.now(), new Date().getTime(), Date.now()];
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  test('a date that is made of a value', () => {
    spec(hall((e) => (new Date(e.n) instanceof Date ? went(new Date(Date.UTC(2020, 0, e.n)).getTime()) : [])))
      .when(came)
      .then(went(1_577_836_800_000));
  });

  test('the messages that it was given', () => {
    const own = new Came({ id: 'h', n: 1, parts: { a: 1 } });
    spec(hall(nothing)).given(own).when(own).thenNothing();
    (own as unknown as { parts: { a: number } }).parts.a = 2;
    expect(own.parts).toEqual({ a: 2 });
  });

  test('a new id where no method says once: that is a new message', () => {
    spec(hall(nothing)).given(came, came).when(came).thenNothing().state({ count: 3, list: [] });
  });
});

function orNothing<T>(run: () => T): T | never[] {
  try {
    return run();
  } catch {
    return [];
  }
}
