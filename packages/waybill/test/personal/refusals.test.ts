import {
  Actor,
  Aggregate,
  App,
  Applies,
  canonical,
  Command,
  ERASED,
  Event,
  Handles,
  memoryStore,
  personalStore,
  Projection,
  Saga,
} from 'waybill';
import type { AppOptions, MessageOptions, UseClass } from 'waybill';

type Options = MessageOptions<undefined, 1>;
const declare = (options: unknown) => () => Event('Told', options as Options);
const subject = (data: { readonly person?: unknown }) => data.person;

test.each([
  ['fields that are no list', { personal: 'name', subject }, 'PERSONAL_FIELD_UNKNOWN'],
  ['a field that is no name', { personal: [7], subject }, 'PERSONAL_FIELD_UNKNOWN'],
  ['a field that is listed twice', { personal: ['name', 'name'], subject }, 'PERSONAL_FIELD_UNKNOWN'],
  ['the name of the message as a field', { personal: ['type'], subject }, 'PERSONAL_FIELD_UNKNOWN'],
  ['a field that no message can have', { personal: ['__proto__'], subject }, 'PERSONAL_FIELD_UNKNOWN'],
  ['more fields than a row has room for', { personal: Array.from({ length: 17 }, (_, n) => `f${n}`), subject }, 'PERSONAL_FIELD_UNKNOWN'],
  ['fields of nobody', { personal: ['name'] }, 'PERSONAL_SUBJECT_MISSING'],
  ['a subject without fields', { subject }, 'PERSONAL_FIELD_UNKNOWN'],
])('a message is not declared with %s', (_, options, code) => {
  expect(declare(options)).toThrow(code);
});

describe('a message with personal fields', () => {
  class Told extends Event('Told', { personal: ['name', 'notes'], subject: (e: { readonly person?: unknown }) => e.person })<{
    readonly person?: unknown;
    readonly name?: unknown;
    readonly notes?: string;
    readonly rest?: string;
  }> {}

  test.each([
    ['none', undefined],
    ['an empty one', ''],
    ['a number', 7],
    ['one that is too long', 'x'.repeat(513)],
    ['one of more bytes than characters', 'é'.repeat(257)],
    ['one that is no text of UTF-8', '\ud800'],
    ['one that a database would cut', 'a\0b'],
    ['one that the key table uses itself', 'waybill:forgotten'],
  ])('is not made with %s as its subject, and the error does not show the data', (_, person) => {
    const make = () => new Told({ person, name: 'Ada' });
    expect(make).toThrow('PERSONAL_SUBJECT_MISSING');
    expect(make).not.toThrow('Ada');
  });

  test('is personal in all that any class of its name in the process says', async () => {
    class Twice extends Event('Twice', { personal: ['a'], subject: () => 'c-1' })<{ a: string; b: string; c: string }> {}
    Event('Twice', { personal: ['b'], subject: (e) => e['nothing'] });
    Event('Twice');
    const inner = memoryStore();
    const store = personalStore(inner);
    const event = { id: 't', type: 'Twice', data: canonical(new Twice({ a: 'x1', b: 'x2', c: 'x3' })), meta: '{}', time: 0 };
    await store.append([{ stream: 's', expected: 'none', events: [event] }]);
    const [row] = await inner.read('s');
    expect(Object.entries(JSON.parse(row?.data ?? '') as object).map(([field, text]) => [field, String(text).startsWith('x')])).toEqual([
      ['a', false],
      ['b', false],
      ['c', true],
    ]);
    expect((await store.read('s'))[0]?.data).toBe(event.data);
  });

  test('needs no subject where nothing in it is personal, or nothing any more', () => {
    expect(canonical(new Told({ rest: 'x' }))).toBe('{"rest":"x"}');
    expect(canonical(new Told({ name: ERASED }))).toBe(`{"name":"${ERASED}"}`);
  });

  test('has no subject that is itself personal: it would be lost with the key that it names', () => {
    class Named extends Event('Named', { personal: ['name'], subject: (e) => e['name'] })<{ name: string }> {}
    expect(() => new Named({ name: 'Ada' })).toThrow('PERSONAL_SUBJECT_MISSING');
    class Throwing extends Event('Throwing', { personal: ['name'], subject: (e) => (e['name'] as string).trim() })<{ name: string }> {}
    expect(() => new Throwing({ name: 'Ada' })).toThrow('PERSONAL_SUBJECT_MISSING');
  });

  test('is as large as a row has room for once it is encrypted, and no larger', async () => {
    const store = personalStore(memoryStore());
    const sizes: (readonly [notes: number, rest: number])[] = [
      [750_000, 0],
      [600_000, 200_000],
      [10, 1_000_000],
    ];
    for (const [notes, rest] of sizes) {
      for (const letter of ['x', 'é', '中']) {
        const bytes = Buffer.byteLength(letter);
        const told = new Told({ person: '\u0001'.repeat(512), notes: letter.repeat(notes / bytes), rest: 'y'.repeat(rest) });
        // Meta as large as the flow may make it.
        const meta = JSON.stringify({ reason: 'z'.repeat(16_000) });
        const event = { id: letter, type: 'Told', data: canonical(told), meta, time: 0 };
        const [written] = await store.append([{ stream: `${letter}-${notes}`, expected: 'none', events: [event] }]);
        expect(written?.ok).toBe(true);
        expect((await store.read(`${letter}-${notes}`))[0]?.data).toBe(canonical(told));
      }
    }
    for (const [notes, rest] of [
      [1_000_000, 0],
      [500_000, 500_000],
    ] as const) {
      expect(() => new Told({ person: 'c-1', notes: 'x'.repeat(notes), rest: 'y'.repeat(rest) })).toThrow('CONTENT_TOO_LARGE');
    }
  });

  test('of a schema is told as invalid without what the validator quotes of a personal field', () => {
    const schema = {
      '~standard': {
        version: 1 as const,
        vendor: 'by hand',
        types: undefined as { readonly input: { name: string; age: number }; readonly output: { name: string; age: number } } | undefined,
        validate: (value: unknown) => ({
          issues: [
            { message: `received ${JSON.stringify(value)}` },
            { message: 'received "Ada"', path: ['name', { key: 0 }] },
            { message: 'received -1', path: [{ key: 'age' }] },
          ],
        }),
      },
    };
    class Aged extends Event('Aged', { schema, personal: ['name'], subject: () => 'someone' }) {}
    const make = () => new Aged({ name: 'Ada', age: -1 });
    expect(make).toThrow('Aged is not valid: data: *** (personal); name.0: *** (personal); age: received -1.');
  });
});

class Submitted extends Event('Submitted', { personal: ['name', 'mail'], subject: (e) => e['person'] })<{
  id: string;
  person: string;
  name: string;
  mail: string;
}> {}
class Submit extends Command('Submit', { personal: ['name'], subject: (e) => e['person'] })<{ id: string; person: string; name: string }> {}

abstract class Base extends Actor<{ readonly n: number }, Submitted, never> {
  initial() {
    return { n: 0 };
  }
}
const start = async (use: readonly UseClass[], options: Partial<AppOptions> = {}) => {
  const app = await App.start({ store: memoryStore(), use, ...options });
  await app.stop();
};

describe('App.start refuses', () => {
  test('a key that reads a personal field', async () => {
    @Saga('by-name'.replace('-', ''))
    class ByName extends Base {
      key(e: Submitted) {
        return `${e.id}/${e.name.toLowerCase()}`;
      }
      @Handles(Submitted) submitted() {
        return [];
      }
    }
    await expect(start([ByName])).rejects.toThrow('PERSONAL_KEY: key() of "byname" reads "name" of Submitted');

    @Aggregate('desks')
    class Desks extends Actor<{ readonly n: number }, Submit, never> {
      initial() {
        return { n: 0 };
      }
      key({ name }: Submit) {
        return name;
      }
      @Handles(Submit) submit() {
        return [];
      }
    }
    await expect(start([Desks])).rejects.toThrow('PERSONAL_KEY');

    @Projection('by-mail')
    class ByMail extends Actor<{ readonly n: number }, Submitted> {
      initial() {
        return { n: 0 };
      }
      key(e: Submitted) {
        return e.mail;
      }
      @Applies(Submitted) count(_: Submitted, { n }: { readonly n: number }) {
        return { n: n + 1 };
      }
    }
    await expect(start([ByMail])).rejects.toThrow('PERSONAL_KEY');
  });

  test.each([
    ['a field', 'mail' as const],
    ['one of several fields', ['id', 'mail'] as const],
    ['a function that reads it', (e: Submitted) => `${e.id} ${e.mail}`],
  ])('a once key that is personal: %s', async (_, once) => {
    @Saga('mails')
    class Mails extends Base {
      key(e: Submitted) {
        return e.id;
      }
      @Handles(Submitted, { once: once as 'mail' }) submitted() {
        return [];
      }
    }
    await expect(start([Mails])).rejects.toThrow('PERSONAL_KEY: the once key of "mails" reads "mail" of Submitted');
  });

  test('snapshots of an actor with personal data: they would hold it in clear', async () => {
    @Saga('kept', { snapshot: { every: 10, version: 1 } })
    class Kept extends Base {
      key(e: Submitted) {
        return e.id;
      }
      @Handles(Submitted) submitted() {
        return [];
      }
    }
    await expect(start([Kept])).rejects.toThrow('PERSONAL_SNAPSHOT');
  });

  test('a store that encrypts already, and personal data where no keys are kept', async () => {
    await expect(start([], { store: personalStore(memoryStore()) })).rejects.toThrow('PERSONAL_STORE_TWICE');
    expect(() => personalStore(personalStore(memoryStore()))).toThrow('PERSONAL_STORE_TWICE');
    const store = Object.assign(memoryStore(), { keys: undefined });
    await expect(start([], { store: store as never })).rejects.toThrow('PERSONAL_WITHOUT_KEYS');
  });

  test('nothing of an actor whose keys are made of other fields, whatever else they do', async () => {
    @Saga('fine')
    class Fine extends Base {
      key({ id, ...rest }: Submitted) {
        return id.slice(0, 7) + String(Object.keys(rest).length * 0);
      }
      @Handles(Submitted, { once: 'person' }) submitted() {
        return [];
      }
    }
    await start([Fine]);
  });
});
