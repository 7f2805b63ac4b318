import { canonical } from '@waybill/core';
import { Actor, Aggregate, Applies, Command, Event, Handles, Saga } from 'waybill';
import { prototypes } from './prototypes';
import { as, Ask, Desk, parkedReason, row, running } from './table/scenes';

/** What looks wrong and is right: taken as it is, once, and kept apart from everything else. */
class Constructed extends Event('constructor')<{ id: string; note?: unknown }> {}
class Text extends Event('toString')<{ id: string }> {}
class Make extends Command('hasOwnProperty')<{ id: string; note?: unknown }> {}

@Saga('prototype')
class Odd extends Actor<Record<string, number>, Constructed, Text> {
  initial() {
    return {};
  }
  key(e: Constructed) {
    return e.id;
  }
  @Handles(Constructed, { once: (e) => e.id }) made({ id }: Constructed) {
    return new Text({ id });
  }
  @Applies(Constructed) counted(_: Constructed, s: Record<string, number>) {
    return { ...s, n: (s['n'] ?? 0) + 1 };
  }
}

@Aggregate('valueOf')
class OddDesk extends Actor<{ notes: unknown[] }, Make, Constructed> {
  initial() {
    return { notes: [] };
  }
  key(c: Make) {
    return c.id;
  }
  @Handles(Make) make({ id, note }: Make) {
    return new Constructed({ id, note });
  }
  @Applies(Constructed) noted({ note }: Constructed, { notes }: { notes: unknown[] }) {
    return { notes: [...notes, note] };
  }
}

const clean = prototypes();
afterEach(clean);
const NAMES = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'valueOf',
  '../../etc/passwd',
  "'; DROP TABLE events; --",
  ' ',
  '\n',
  '-',
  'a-b',
  '%',
  '\u{1f600}',
  'é',
  'e\u0301',
  'x'.repeat(500),
];

test.each(NAMES)('a key, an id and a stream may be %j', async (name) => {
  await running([Odd, OddDesk], async (app, store) => {
    const events = [0, 1].map(() => row('constructor', { id: name }));
    await store.append([{ stream: name, expected: 'none', events }]);
    await app.settled();
    expect(app.counts()).toMatchObject({ applied: 1, duplicate: 1, received: 2 });
    expect((await store.read(`prototype-${name}`)).map(({ type }) => type)).toEqual(['took:constructor', 'toString']);
    const make = new Make({ id: name, note: name });
    const answers = [await app.send(OddDesk, make, { id: name }), await app.send(OddDesk, make, { id: name })];
    expect(answers.map(({ events: [event] }) => event?.note)).toEqual([name, name]);
    expect(answers[0]).toEqual(answers[1]);
  });
});

let deep: unknown = 1;
for (let i = 0; i < 62; i++) deep = [deep];
const NOTES: readonly (readonly [string, unknown, unknown?])[] = [
  ['a field "prototype"', { prototype: { admin: true } }],
  ['half a surrogate pair', '\ud800 and \udc00'],
  ['NUL', 'a\0b'],
  ['-0, which is 0', -0, 0],
  ['undefined in a list, which is null', [undefined, 1], [null, 1]],
  ['a field that is undefined, which is not there', { a: undefined, b: 1 }, { b: 1 }],
  ['63 levels', deep],
  ['an object without a prototype', Object.assign(Object.create(null) as object, { a: 1 }), { a: 1 }],
  ['a Proxy of plain data', new Proxy({ a: [1] }, {}), { a: [1] }],
  ['the largest whole number', Number.MAX_SAFE_INTEGER],
  ['the smallest number', Number.MIN_VALUE],
  ['a field without a name', { '': 1 }],
  ['almost 1 MiB', 'x'.repeat(1_032_192 - 100)],
];

test.each(NOTES)('content may be %s: it is answered, and kept, as it is', async (_, note, kept = note) => {
  await running([OddDesk], async (app, store) => {
    const make = new Make({ id: 'a', note });
    const { events } = await app.send(OddDesk, make, { id: 'r' });
    expect(as<{ note: unknown }>(events[0]).note).toEqual(kept);
    const again = await app.send(OddDesk, make, { id: 'r' });
    expect(as<{ note: unknown }>(again.events[0]).note).toEqual(kept);
    expect((await store.read('valueOf-a')).map(({ data }) => data)).toEqual([0, 1].map(() => canonical({ id: 'a', note: kept })));
  });
});

test('an id of 512 bytes is an id, and two that begin alike are two', async () => {
  await running([Desk], async (app) => {
    const ids = ['x', 'y'].map((end) => 'x'.repeat(511) + end);
    const answers = await Promise.all(ids.map((id) => app.send(Desk, new Ask({ id: 'a' }), { id })));
    expect(new Set(answers.map(({ version }) => version)).size).toBe(2);
  });
});

test('the reason of a row with "__proto__" leaves all prototypes as they are, also where its key says constructor', async () => {
  const reason = await parkedReason(Odd, row('constructor', '{"id":"constructor","__proto__":{"polluted":1}}'), (n) =>
    row('constructor', { id: `g-${n}` }),
  );
  expect(reason).toContain('CONTENT_FORBIDDEN_KEY');
  expect(as<{ polluted?: unknown }>({}).polluted).toBeUndefined();
});
