import { Actor, Event, Handler, Handles, On, Saga } from 'waybill';
import type { CallMeta, ParkedMessage, UseClass } from 'waybill';
import { forEachStore } from './stores';
import { skipAloud } from '../skipped';
import { isWhole } from '../whole';
import { World } from './world';
import type { Process } from './process';

class Ordered extends Event('Ordered')<{ to: string; n: number }> {}
class Sent extends Event('Sent')<{ to: string; n: number }> {}

/** What the outside world has seen, in every process of a case: `<to> <n>`. */
let calls: string[] = [];
let attempts: string[] = [];
/** Who cannot be reached. */
let bad = new Set<string>();
/** Who does not answer, until the gate is opened. */
let hanging = new Set<string>();
let open: (() => void)[] = [];
let signals: AbortSignal[] = [];
let most = 0;
let running = 0;

async function call({ to, n }: Ordered, { signal }: CallMeta): Promise<void> {
  attempts.push(`${to} ${n}`);
  signals.push(signal);
  most = Math.max(most, ++running);
  try {
    if (hanging.has(to)) await new Promise<void>((resolve) => open.push(resolve));
    await Promise.resolve();
    if (bad.has(to)) throw new Error(`no such address: ${to}`);
    calls.push(`${to} ${n}`);
  } finally {
    running--;
  }
}

const retry = { attempts: 50, base: '1 minute', cap: '1 minute' } as const;

@Handler('mails', { delivery: 'at-least-once', retry })
class Mails {
  @On(Ordered) ordered(event: Ordered, meta: CallMeta) {
    return call(event, meta);
  }
}
@Handler('mails', { delivery: 'at-least-once', retry: { attempts: 3, base: 1 }, timeout: '1 second', concurrency: 2 })
class Limited {
  @On(Ordered) ordered(event: Ordered, meta: CallMeta) {
    return call(event, meta);
  }
}
@Handler('mails', { delivery: 'at-least-once', retry, key: ({ to }: Ordered) => to })
class ByAddress {
  @On(Ordered) ordered(event: Ordered, meta: CallMeta) {
    return call(event, meta);
  }
}
@Handler('mails', { delivery: 'at-most-once', from: 'now' })
class Late {
  @On(Ordered) ordered(event: Ordered, meta: CallMeta) {
    return call(event, meta);
  }
}
@Handler('mails', { delivery: 'at-least-once', rate: { calls: 2, per: '1 hour' } })
class Slow {
  @On(Ordered) ordered(event: Ordered, meta: CallMeta) {
    return call(event, meta);
  }
}
@Handler('pay', { delivery: 'at-most-once', timeout: '1 second' })
class Once {
  @On(Ordered) ordered(event: Ordered, meta: CallMeta) {
    return call(event, meta);
  }
}
@Handler('quotes', { delivery: 'at-least-once', emits: [Sent] })
class Answers {
  @On(Ordered) async ordered(event: Ordered, meta: CallMeta) {
    await call(event, meta);
    return new Sent({ to: event.to, n: event.n });
  }
}
// @ts-expect-error an event that the class does not list
@Handler('quotes', { delivery: 'at-least-once' })
class Undeclared {
  @On(Ordered) ordered({ to, n }: Ordered) {
    attempts.push(`${to} ${n}`);
    return new Sent({ to, n });
  }
}
@Handler('quotes', { delivery: 'at-most-once', emits: [Sent] })
class AnswersOnce {
  @On(Ordered) async ordered(event: Ordered, meta: CallMeta) {
    await call(event, meta);
    return [new Sent({ to: event.to, n: event.n })];
  }
}
@Saga('book', { retry })
class Book extends Actor<object, Ordered> {
  initial() {
    return {};
  }
  key({ to }: Ordered) {
    return to;
  }
  @Handles(Ordered) ordered({ to, n }: Ordered) {
    attempts.push(`${to} ${n}`);
    if (bad.has(to)) throw new Error(`no such address: ${to}`);
    calls.push(`${to} ${n}`);
    return [];
  }
}

const ordered = (to: string, n: number) => ({ type: 'Ordered', data: { to, n } });
const many = (count: number, to = (n: number) => `a${n}`) => Array.from({ length: count }, (_, n) => ordered(to(n), n));
let posted = 0;
/** Each in a stream of its own. */
async function post(world: World, messages: readonly { type: string; data: object }[]): Promise<void> {
  const writes = messages.map(({ type, data }) => {
    const id = `00000000-0000-4000-9000-${String(++posted).padStart(12, '0')}`;
    const event = { id, type, data: JSON.stringify(data), meta: '{}', time: world.clock.time() };
    return { stream: `order-${posted}`, expected: 'none' as const, events: [event] };
  });
  await world.store.append(writes);
}
const window = { window: 16, page: 8 };
const BY = { by: 'ada', why: 'a test' };

async function first(use: UseClass[], limits = {}): Promise<[World, Process]> {
  const world = await World.open(open_());
  return [world, await world.start({ use, limits })];
}
let open_: Parameters<Parameters<typeof forEachStore>[1]>[0];

// On a server time goes by only when nothing is on the wire, and these cases wait for hours of it.
forEachStore('calls that wait', (openLog, store) => {
  if (store === 'eventstore' && !isWhole) return skipAloud('calls that wait, on a server', 'takes minutes; WAYBILL_WHOLE=1 runs it');
  open_ = openLog;
  beforeEach(() => {
    open_ = openLog;
    [calls, attempts, open, signals] = [[], [], [], []];
    [bad, hanging] = [new Set(), new Set()];
    [most, running] = [0, 0];
  });

  test.each([
    ['a handler', Mails, 'mails'],
    ['a saga', Book, 'book'],
  ])(
    '%s: messages that wait long, more than the window holds, stop no other; they go through once they can, after a restart too',
    async (_, use, name) => {
      bad = new Set(Array.from({ length: 20 }, (__, n) => `a${n * 3}`));
      const [world, process] = await first([use], window);
      await post(world, many(100));
      await world.until(() => calls.length === 80);
      expect(new Set(calls).size).toBe(80);
      const waiting = process.system.operators.retrying();
      expect(waiting.map(({ consumer, type }) => `${consumer} ${type}`)).toEqual(Array.from({ length: 20 }, () => `${name} Ordered`));
      // They fail side by side, in any order.
      expect(waiting.map(({ reason }) => reason)).toContain('no such address: a0');
      await process.stop();
      expect(calls).toHaveLength(80);
      bad = new Set();
      const second = await world.start({ use: [use], limits: window });
      await second.settled();
      expect(second.system.operators.retrying()).toEqual([]);
      expect(calls.sort()).toEqual(
        many(100)
          .map(({ data: { to, n } }) => `${to} ${n}`)
          .sort(),
      );
      await second.stop();
      const parked = [];
      const third = await world.start({ use: [use] });
      for await (const one of third.system.operators.parked()) parked.push(one);
      expect(parked).toEqual([]);
      await third.settled();
      expect(calls).toHaveLength(100);
      await third.stop();
    },
  );

  test('an actor with more messages behind the one that waits than the window holds: other actors go on, and its own keep their order', async () => {
    bad = new Set(['x']);
    const [world, process] = await first([Book], window);
    await post(world, [...many(60, () => 'x'), ...many(40)]);
    await world.until(() => calls.length === 40);
    bad = new Set();
    await process.settled();
    expect(calls.filter((one) => one.startsWith('x'))).toEqual(many(60, () => 'x').map(({ data: { n } }) => `x ${n}`));
    await process.stop();
  });

  test('a key with more messages behind the one that waits than the window holds: other keys go on, its own keep their order, after a kill too', async () => {
    bad = new Set(['x']);
    const [world, process] = await first([ByAddress], window);
    await post(world, [...many(40, () => 'x'), ...many(40)]);
    await world.until(() => calls.length === 40 && process.system.counts().waiting < 16);
    process.kill();
    bad = new Set();
    calls = [];
    const second = await world.start({ use: [ByAddress], limits: window });
    await second.settled();
    expect(calls.filter((one) => one.startsWith('x'))).toEqual(many(40, () => 'x').map(({ data: { n } }) => `x ${n}`));
    await second.stop();
  });

  test('a stop comes back at once while calls wait, and a start makes none again that was made', async () => {
    bad = new Set(['a3', 'a5']);
    const [world, process] = await first([Mails]);
    await post(world, many(30));
    await world.until(() => calls.length === 28);
    const before = world.clock.time();
    await process.stop();
    expect(world.clock.time() - before).toBeLessThan(60_000);
    bad = new Set();
    const second = await world.start({ use: [Mails] });
    await second.settled();
    expect(calls.length).toBe(30);
    await second.stop();
  });

  test('a call that does not answer has failed after the time limit of its class, its signal is aborted, and others go on', async () => {
    hanging = new Set(['a0', 'a1', 'a2']);
    const [world, process] = await first([Limited, Once]);
    await post(world, many(10));
    await process.settled();
    expect(calls.length).toBe(2 * 7);
    expect(most).toBeLessThanOrEqual(2 + 16);
    const parked: ParkedMessage[] = [];
    for await (const one of process.system.operators.parked()) parked.push(one);
    expect(parked).toHaveLength(6);
    const of = (name: string) => parked.find(({ consumer, content }) => consumer === name && content === '{"n":0,"to":"a0"}');
    expect(of('mails')).toMatchObject({ park: 'failed', attempts: 3 });
    expect(of('mails')?.reason).toMatch(/^CALL_TIMEOUT: .*"mails".*"1 second"/);
    expect(of('pay')).toMatchObject({ park: 'failed', attempts: 1 });
    expect(signals.filter(({ aborted }) => aborted)).toHaveLength(3 * 3 + 3);
    await process.stop();
  });

  test('a stop within a time waits no longer for a call; others are not made again, and what was cut off is made again or parked', async () => {
    hanging = new Set(['a1']);
    const [world, process] = await first([Mails, Once]);
    await post(world, many(6));
    await world.until(() => calls.length === 10);
    hanging = new Set();
    await world.drive(process.system.stop({ within: '500 milliseconds' }));
    process.ended = true;
    const second = await world.start({ use: [Mails, Once] });
    await second.settled();
    expect(calls.length).toBe(11);
    const parked = [];
    for await (const one of second.system.operators.parked()) parked.push(one);
    expect(parked).toMatchObject([{ consumer: 'pay', park: 'failed', reason: expect.stringMatching(/^CALL_CUT_OFF: /) as string }]);
    await second.stop();
  });

  test.each([
    ['at most once', Once, 'pay'],
    ['at least once', Limited, 'mails'],
  ])('a call %s that is parked: two operators in two processes retry it at once, and one call is made', async (_, use, name) => {
    bad = new Set(['x']);
    const [world, a] = await first([use]);
    await world.feed(ordered('x', 1));
    await a.settled();
    const b = await world.start({ use: [use] });
    await b.settled();
    bad = new Set();
    hanging = new Set(['x']);
    attempts = [];
    const stream = `${name}:parked-1`;
    const asked = [a, b, a].map((process) => process.system.operators.retry(stream, undefined, BY));
    await world.until(() => open.length > 0);
    for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
    for (const one of open) one();
    const ended = await world.drive(Promise.all(asked));
    expect(attempts).toEqual(['x 1']);
    expect(ended.map(({ results }) => results[0]?.kind).sort()).toEqual(['applied', 'duplicate', 'duplicate']);
    expect((await world.story(stream)).at(-1)).toBe('parked Ordered');
    await a.stop();
    await b.stop();
  });

  test('a retry that dies keeps its message for a while, then another may try', async () => {
    bad = new Set(['x']);
    const [world, a] = await first([Once]);
    await world.feed(ordered('x', 1));
    await a.settled();
    [bad, hanging] = [new Set(), new Set(['x'])];
    void a.system.operators.retry('pay:parked-1', 0, BY).catch(() => undefined);
    await world.until(() => open.length > 0);
    a.kill();
    hanging = new Set();
    const b = await world.start({ use: [Once] });
    const early = await world.drive(b.system.operators.retry('pay:parked-1', 0, BY));
    expect(early).toMatchObject({ results: [{ kind: 'duplicate', reason: 'another retry of it is under way' }], left: 1 });
    world.clock.pass(12_000);
    expect(await world.drive(b.system.operators.retry('pay:parked-1', 0, BY))).toMatchObject({ results: [{ kind: 'applied' }], left: 0 });
    await b.stop();
    await world.audit([Once]);
  });

  test('a handler from now on calls for nothing that stood in the log at its first start, also if that start crashes, and for all after it', async () => {
    const world = await World.open(open_());
    await world.feed(...many(5));
    const dead = await world.start({ use: [Late] });
    dead.kill();
    await world.feed(ordered('b', 1));
    const process = await world.start({ use: [Late] });
    await world.feed(ordered('b', 2));
    await process.settled();
    expect(calls).toEqual(['b 1', 'b 2']);
    await process.stop();
    await world.audit([Late]);
  });

  test('a handler from now on that first starts on an empty log calls for all that follows, also if that start crashes', async () => {
    const [world, dead] = await first([Late]);
    dead.kill();
    await world.feed(...many(2));
    const process = await world.start({ use: [Late] });
    await process.settled();
    expect(calls).toEqual(['a0 0', 'a1 1']);
    await process.stop();
  });

  test('no more calls begin in a time than the rate allows', async () => {
    const [world, process] = await first([Slow]);
    const began = world.clock.time();
    await world.feed(...many(7));
    await process.settled();
    expect(calls).toHaveLength(7);
    expect(world.clock.time() - began).toBeGreaterThanOrEqual(3 * 3_600_000);
    await process.stop();
  });

  test.each([
    ['at least once', Answers],
    ['at most once', AnswersOnce],
  ])('called %s, an answer is in the log once per cause, and comes back into the flow', async (_, use) => {
    const answers = async (world: World) => (await world.rows()).filter(({ type }) => type === 'Sent');
    const world = await World.open(open_());
    await world.feed(...many(3));
    const a = await world.start({ use: [use] });
    const b = await world.start({ use: [use] });
    await a.settled();
    await b.settled();
    const rows = await answers(world);
    expect(rows.map(({ stream, data }) => [stream, data])).toEqual([
      ['quotes:answer-1', '{"n":0,"to":"a0"}'],
      ['quotes:answer-2', '{"n":1,"to":"a1"}'],
      ['quotes:answer-3', '{"n":2,"to":"a2"}'],
    ]);
    a.kill();
    b.kill();
    await world.store.checkpoint('quotes').rewind(0);
    attempts = [];
    const c = await world.start({ use: [use] });
    await c.settled();
    expect([attempts, await answers(world)]).toEqual([[], rows]);
    await c.stop();
    await world.audit([use]);
  });

  test('an event that its class does not list is not appended: the message is parked at once, and says so', async () => {
    const [world, process] = await first([Undeclared]);
    await world.feed(...many(1));
    await process.settled();
    expect(attempts).toHaveLength(1);
    expect((await world.stream('quotes:parked-1'))[0]?.reason).toMatch(/^ANSWER_NOT_DECLARED: @On\(Ordered\) of "quotes" answered "Sent"/);
    await process.stop();
  });

  test('a process that dies after its call, before its answer is in the log: the call is made again, and the answer is there once', async () => {
    const world = await World.open(open_());
    await world.feed(...many(1));
    const a = await world.start({ use: [Answers], faults: ['die before'] });
    await a.died();
    const b = await world.start({ use: [Answers] });
    await b.settled();
    expect(attempts).toHaveLength(2);
    expect((await world.rows()).filter(({ type }) => type === 'Sent')).toHaveLength(1);
    await b.stop();
  });
});
