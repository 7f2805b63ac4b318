import * as v from 'valibot';
import { canonical, Command, Event, Handler, memoryStore, On, personalStore } from 'waybill';
import type { StandardSchemaV1 } from 'waybill';
import { aggregate, any, as, Ask, Came, handles, loose, made, saga, start } from './scenes';
import { SECRET } from './wrong';
import type { Wrong } from './wrong';

const declare = (options: unknown, name = 'Odd') => Event(name, any(options));
const schema = (validate: (value: unknown) => unknown) => as<StandardSchemaV1>({ '~standard': { version: 1, vendor: 'test', validate } });
const nested = (depth: number): unknown => {
  let value: unknown = SECRET;
  for (let i = 0; i < depth; i++) value = { deeper: value };
  return value;
};
const content = (note: unknown) => () => canonical({ id: 'a', note });
const throwing = (): never => {
  throw new Error(SECRET);
};
const fails = {
  get id(): string {
    return throwing();
  },
};
const revoked = (): object => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};
const parsed = (json: string): { id: string } => JSON.parse(json) as { id: string };
const subject = (e: Readonly<Record<string, unknown>>) => e['person'];

/** Messages that cannot be declared, or not be made. */
export const MESSAGES: readonly Wrong[] = [
  { what: 'a message without a name', code: 'MESSAGE_NAME', names: ['undefined'], run: () => Event(any(undefined)) },
  { what: 'a message named __proto__', code: 'MESSAGE_NAME', names: ['"__proto__"'], run: () => declare({}, '__proto__') },
  { what: 'a message named like the rows of actors', code: 'MESSAGE_NAME', names: ['"took:Came"'], run: () => declare({}, 'took:Came') },
  { what: 'a command with a space in its name', code: 'MESSAGE_NAME', names: ['"Add item"'], run: () => Command('Add item') },
  { what: 'an alias that is not a name', code: 'MESSAGE_NAME', names: ['"old name"'], run: () => declare({ aliases: ['old name'] }) },
  { what: 'Event with options that are null', code: 'OPTION_INVALID', names: ['"Odd"', 'null'], run: () => declare(null) },
  {
    what: 'an option of a message whose name is misspelt',
    code: 'OPTION_INVALID',
    names: ['"Odd"', '"verison"'],
    run: () => declare({ verison: 2 }),
  },
  { what: 'aliases that are a string', code: 'OPTION_INVALID', names: ['"Odd"', '"Old"'], run: () => declare({ aliases: 'Old' }) },
  { what: 'version 0', code: 'MESSAGE_VERSION', names: ['Odd', '0'], run: () => declare({ version: 0 }) },
  { what: 'version NaN', code: 'MESSAGE_VERSION', names: ['Odd', 'NaN'], run: () => declare({ version: NaN }) },
  { what: 'a version that is a string', code: 'MESSAGE_VERSION', names: ['Odd', '"2"'], run: () => declare({ version: '2' }) },
  {
    what: 'version 3 with an upcast from 1 only',
    code: 'MESSAGE_UPCAST_GAP',
    names: ['Odd', 'no upcast from 2'],
    run: () => declare({ version: 3, upcast: { 1: (data: object) => data } }),
  },
  {
    what: 'an upcast that is not a function',
    code: 'MESSAGE_UPCAST_GAP',
    names: ['no upcast from 1'],
    run: () => declare({ version: 2, upcast: { 1: {} } }),
  },
  {
    what: 'two message classes of one name',
    code: 'TWO_CLASSES_OF_ONE_NAME',
    names: ['Came'],
    run: () =>
      start([
        made((T) => (handles(T, Came), saga(T))),
        made((T) => (loose(On(declare({}, 'Came')))(T.prototype, 'handle'), loose(Handler('mail', { delivery: 'at-least-once' }))(T))),
      ]),
  },
  {
    what: 'an alias that is the name of another message in use',
    code: 'TWO_CLASSES_OF_ONE_NAME',
    names: ['Came'],
    run: () =>
      start([
        made((T) => (handles(T, Came), saga(T))),
        made((T) => (handles(T, declare({ aliases: ['Came'] }, 'Arrived')), saga(T, {}, 'doors'))),
      ]),
  },
  {
    what: 'a class field declared on a message',
    code: 'MESSAGE_CLASS_FIELD',
    names: ['Noted', '"note"'],
    run: () => start([made((T) => (handles(T, withField()), saga(T)))]),
  },
  {
    what: 'an asynchronous schema',
    code: 'MESSAGE_SCHEMA_ASYNC',
    names: ['Odd'],
    run: () => start([made((T) => (handles(T, declare({ schema: schema(async (value) => ({ value })) })), saga(T)))]),
  },
  {
    what: 'a schema that does not accept its own output',
    code: 'MESSAGE_SCHEMA_TRANSFORMS',
    names: ['Odd'],
    run: () => new (as<new (data: object) => object>(declare({ schema: counting })))({ n: '1' }),
  },
  {
    what: 'data that the schema does not accept',
    code: 'MESSAGE_INVALID',
    names: ['Parcel', 'weight'],
    run: () => new Parcel(any({ id: 'a', weight: 'heavy', note: SECRET })),
  },
  {
    what: 'data with a getter that throws',
    code: 'MESSAGE_INVALID',
    names: ['Came', 'getter'],
    run: () => new Came(fails),
  },
  {
    what: 'a schema that throws',
    code: 'MESSAGE_INVALID',
    names: ['Odd', 'schema'],
    run: () => new (as<new (data: object) => object>(declare({ schema: schema(throwing) })))({ note: SECRET }),
  },
  { what: 'data that is a string', code: 'MESSAGE_INVALID', names: ['Came', 'a string'], run: () => new Came(any(SECRET)) },
  { what: 'data that is a number', code: 'MESSAGE_INVALID', names: ['Came', '7'], run: () => new Came(any(7)) },
  { what: 'data that is a list', code: 'MESSAGE_INVALID', names: ['Came'], run: () => new Came(any([SECRET])) },
  { what: 'data that is null', code: 'MESSAGE_INVALID', names: ['Came', 'null'], run: () => new Came(any(null)) },
  {
    what: '"__proto__" as a field of a message',
    code: 'CONTENT_FORBIDDEN_KEY',
    names: ['Came', '"__proto__"'],
    run: () => new Came(parsed(`{"id":"a","__proto__":{"admin":"${SECRET}"}}`)),
  },
  {
    what: '"constructor" as a field of a message',
    code: 'CONTENT_FORBIDDEN_KEY',
    names: ['Came', '"constructor"'],
    run: () => new Came(parsed('{"id":"a","constructor":{"prototype":{"admin":1}}}')),
  },
  {
    what: '"toString" as a field of a message',
    code: 'CONTENT_FORBIDDEN_KEY',
    names: ['"toString"'],
    run: () => new Came(parsed('{"id":"a","toString":1}')),
  },
  {
    what: '"__proto__" deep inside',
    code: 'CONTENT_FORBIDDEN_KEY',
    names: ['"__proto__"', 'note.list.0.__proto__'],
    run: content(JSON.parse(`{"list":[{"__proto__":{"admin":"${SECRET}"}}]}`)),
  },
  {
    what: '"constructor" deep inside',
    code: 'CONTENT_FORBIDDEN_KEY',
    names: ['"constructor"', 'note.constructor'],
    run: content(JSON.parse('{"constructor":{"prototype":{"admin":1}}}')),
  },
  { what: 'NaN', code: 'CONTENT_NOT_JSON', names: ['note.n is NaN'], run: content({ n: NaN }) },
  { what: 'Infinity', code: 'CONTENT_NOT_JSON', names: ['note.n is -Infinity'], run: content({ n: -Infinity }) },
  { what: 'a BigInt', code: 'CONTENT_NOT_JSON', names: ['note is a bigint'], run: content(10n) },
  { what: 'a symbol', code: 'CONTENT_NOT_JSON', names: ['note.0 is a symbol'], run: content([Symbol(SECRET)]) },
  { what: 'a function', code: 'CONTENT_NOT_JSON', names: ['note is a function'], run: content(() => SECRET) },
  { what: 'a Date', code: 'CONTENT_NOT_JSON', names: ['note.at is a Date'], run: content({ at: new Date(0) }) },
  { what: 'a Map', code: 'CONTENT_NOT_JSON', names: ['note is a Map'], run: content(new Map([[SECRET, 1]])) },
  { what: 'a Set in a list', code: 'CONTENT_NOT_JSON', names: ['note.1 is a Set'], run: content([0, new Set([SECRET])]) },
  {
    what: 'an instance of a class',
    code: 'CONTENT_NOT_JSON',
    names: ['note is a Came'],
    run: content(
      new (class Came {
        note = SECRET;
      })(),
    ),
  },
  { what: 'a Buffer', code: 'CONTENT_NOT_JSON', names: ['note is a Buffer'], run: content(Buffer.from(SECRET)) },
  { what: 'a getter that throws', code: 'CONTENT_NOT_JSON', names: ['note.id', 'throws'], run: content(fails) },
  { what: 'a revoked Proxy', code: 'CONTENT_NOT_JSON', names: ['note', 'throws'], run: () => content(revoked())() },
  { what: 'a Promise', code: 'CONTENT_NOT_JSON', names: ['note is a Promise'], run: content(Promise.resolve(SECRET)) },
  { what: 'a Proxy of a Map', code: 'CONTENT_NOT_JSON', names: ['note is a Map'], run: content(new Proxy(new Map([[SECRET, 1]]), {})) },
  {
    what: 'data that holds itself',
    code: 'CONTENT_TOO_DEEP',
    names: ['64', 'note.self.self'],
    run: () => {
      const note: Record<string, unknown> = { note: SECRET };
      note['self'] = note;
      return canonical({ note });
    },
  },
  {
    what: 'a list that holds itself',
    code: 'CONTENT_TOO_DEEP',
    names: ['64', 'note.0.0'],
    run: () => {
      const note: unknown[] = [];
      note.push(note);
      return canonical({ note });
    },
  },
  { what: 'data that is 10,000 deep', code: 'CONTENT_TOO_DEEP', names: ['64', 'note.deeper'], run: content(nested(10_000)) },
  { what: 'a content of 1 MiB and one byte', code: 'CONTENT_TOO_LARGE', names: ['1032192'], run: content(SECRET.padEnd(1_048_577, 'x')) },
  { what: 'a content of fewer characters than bytes', code: 'CONTENT_TOO_LARGE', names: ['1032192'], run: content('中'.repeat(349_526)) },
  {
    what: 'personal fields that are not a list',
    code: 'PERSONAL_FIELD_UNKNOWN',
    names: ['Odd'],
    run: () => declare({ personal: 'name', subject }),
  },
  {
    what: '"__proto__" as a personal field',
    code: 'PERSONAL_FIELD_UNKNOWN',
    names: ['Odd', '"__proto__"'],
    run: () => declare({ personal: ['__proto__'], subject }),
  },
  {
    what: 'personal fields without a subject',
    code: 'PERSONAL_SUBJECT_MISSING',
    names: ['Odd'],
    run: () => declare({ personal: ['name'] }),
  },
  {
    what: 'a message whose subject is missing',
    code: 'PERSONAL_SUBJECT_MISSING',
    names: ['Told', 'undefined'],
    run: () => new (told())({ name: SECRET }),
  },
  {
    what: 'a subject that the key table uses itself',
    code: 'PERSONAL_SUBJECT_MISSING',
    names: ['Told', 'waybill:'],
    run: () => new (told())({ person: 'waybill:x', name: SECRET }),
  },
  {
    what: 'personal data in a key',
    code: 'PERSONAL_KEY',
    names: ['key() of "halls"', '"name"'],
    run: () => start([made((T) => ((T.prototype.key = (e) => as<{ name: string }>(e).name), handles(T, told()), saga(T)))]),
  },
  {
    what: 'snapshots of an actor that takes personal data',
    code: 'PERSONAL_SNAPSHOT',
    names: ['"halls"'],
    run: () => start([made((T) => (handles(T, told()), saga(T, { snapshot: { every: 5, version: 1 } })))]),
  },
  {
    what: 'personal data on a store without keys',
    code: 'PERSONAL_WITHOUT_KEYS',
    names: ['keys'],
    run: () => {
      told();
      return start([made((T) => (handles(T, Ask), aggregate(T)))], {
        store: Object.assign(Object.create(memoryStore()) as ReturnType<typeof memoryStore>, { keys: undefined }),
      });
    },
  },
  {
    what: 'a store that encrypts already, wrapped again',
    code: 'PERSONAL_STORE_TWICE',
    names: ['encrypts'],
    run: () => personalStore(personalStore(memoryStore())),
  },
  {
    what: 'personal data that no JSON text holds, appended by hand',
    code: 'WRITE_BAD_TEXT',
    names: ['Told'],
    run: () => {
      told();
      return personalStore(memoryStore()).append([
        { stream: 's', expected: 'none', events: [{ id: 'e', type: 'Told', data: `{"name":${SECRET}`, meta: '{}', time: 0 }] },
      ]);
    },
  },
  {
    what: 'personal data beside a meta that is a list',
    code: 'PERSONAL_META',
    names: ['meta'],
    run: () => {
      told();
      return personalStore(memoryStore()).append([
        {
          stream: 's',
          expected: 'none',
          events: [{ id: 'e', type: 'Told', data: `{"person":"p","name":"${SECRET}"}`, meta: '[]', time: 0 }],
        },
      ]);
    },
  },
];

class Parcel extends Event('Parcel', { schema: v.object({ id: v.string(), weight: v.number() }) }) {}

const counting = schema((value) => {
  const { n } = as<{ n: unknown }>(value);
  return typeof n === 'string' ? { value: { n: Number(n) } } : { issues: [{ message: 'no text' }] };
});

function withField(): unknown {
  return class Noted extends Event('Noted')<{ id: string }> {
    note = SECRET;
  };
}

/** Declared when it is asked for: from then on the stores of this process encrypt. */
function told(): new (data: object) => object {
  return any(Event('Told', any({ personal: ['name'], subject })));
}
