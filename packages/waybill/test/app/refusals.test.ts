import {
  Actor,
  Aggregate,
  App,
  Applies,
  canonical,
  Command,
  Event,
  Handler,
  Handles,
  injectable,
  memoryStore,
  On,
  Projection,
  Saga,
} from 'waybill';
import type { StandardSchemaV1, UseClass } from 'waybill';

class Came extends Event('Came')<{ id: string }> {}
class Ask extends Command('Ask')<{ id: string }> {}

/** What plain JavaScript, or a cast, gets past the compiler. */
type Loose = (target: object, method?: string, descriptor?: object) => void;
const loose = (decorator: unknown): Loose => decorator as Loose;
const start = async (use: UseClass): Promise<void> => (await App.start({ store: memoryStore(), use: [use] })).stop();

class Base {
  initial(): unknown {
    return {};
  }
  key({ id }: { id: string }) {
    return id;
  }
  handle() {
    return [];
  }
}
/** A class of its own per case, decorated by hand. */
function made(decorate: (target: typeof Base) => void): UseClass {
  class Target extends Base {}
  decorate(Target);
  return Target;
}
const schema = (validate: (value: unknown) => unknown) =>
  ({ '~standard': { version: 1, vendor: 'test', validate } }) as StandardSchemaV1<{ id: string }>;

const wrongClasses: readonly (readonly [string, string, (target: typeof Base) => void])[] = [
  [
    '"once" on a command',
    'ONCE_ON_COMMAND',
    (T) => (loose(Handles(Ask, { once: true } as never))(T.prototype, 'handle'), loose(Aggregate('a'))(T)),
  ],
  ['a saga that takes a command', 'WRONG_KIND', (T) => (loose(Handles(Ask))(T.prototype, 'handle'), loose(Saga('a'))(T))],
  ['an aggregate that takes an event', 'WRONG_KIND', (T) => (loose(Handles(Came))(T.prototype, 'handle'), loose(Aggregate('a'))(T))],
  [
    '@On in a saga',
    'WRONG_DECORATOR',
    (T) => (loose(Handles(Came))(T.prototype, 'handle'), loose(On(Came))(T.prototype, 'key'), loose(Saga('a'))(T)),
  ],
  [
    '@Applies in a handler',
    'WRONG_DECORATOR',
    (T) => (
      loose(On(Came))(T.prototype, 'handle'),
      loose(Applies(Came))(T.prototype, 'key'),
      loose(Handler('a', { delivery: 'at-least-once' }))(T)
    ),
  ],
  [
    'a handler of no known delivery',
    'HANDLER_DELIVERY',
    (T) => (loose(On(Came))(T.prototype, 'handle'), loose(Handler('a', { delivery: 'twice' } as never))(T)),
  ],
  [
    'a handler with a name that is none',
    'ACTOR_NAME',
    (T) => (loose(On(Came))(T.prototype, 'handle'), loose(Handler('a/b: c', { delivery: 'at-least-once' }))(T)),
  ],
  [
    'takes with a hole',
    'MESSAGE_CLASS_MISSING',
    (T) => (loose(Handles(Came))(T.prototype, 'handle'), loose(Saga('a', { takes: [undefined] as never }))(T)),
  ],
  [
    'a state that begins with NaN',
    'STATE_NOT_JSON',
    (T) => ((T.prototype.initial = () => ({ n: NaN })), loose(Handles(Came))(T.prototype, 'handle'), loose(Saga('a'))(T)),
  ],
  [
    'a state that begins with a cycle',
    'STATE_NOT_JSON',
    (T) => {
      T.prototype.initial = () => {
        const state: Record<string, unknown> = {};
        return Object.assign(state, { state });
      };
      loose(Handles(Came))(T.prototype, 'handle');
      loose(Saga('a'))(T);
    },
  ],
  [
    'an asynchronous schema',
    'MESSAGE_SCHEMA_ASYNC',
    (T) => {
      class Late extends Event('Late', { schema: schema(async (value) => ({ value })) }) {}
      loose(Handles(Late))(T.prototype, 'handle');
      loose(Saga('a'))(T);
    },
  ],
];

test.each(wrongClasses)('%s is refused at start: %s', async (_, code, decorate) => {
  await expect(start(made(decorate))).rejects.toMatchObject({ code });
});

test.each([undefined, class Plain {}, 'Came'])('a method cannot handle %p, which is no message class', (message) => {
  expect(() => loose(Handles(message as never))(Base.prototype, 'handle')).toThrow(/MESSAGE_CLASS_MISSING/);
});

test.each([0, 1.5, -1])('a message cannot be of version %d', (version) => {
  expect(() => Event('Odd', { version })).toThrow(/MESSAGE_VERSION/);
});

test.each(['constructor', '__proto__', 'toString', '~kind'])('a message cannot have a field "%s"', (field) => {
  const data = JSON.parse(`{"id":"1","${field}":1}`) as { id: string };
  expect(() => new Came(data)).toThrow(/CONTENT_FORBIDDEN_KEY/);
  expect(Object.getPrototypeOf(new Came({ id: '1' }))).toBe(Came.prototype);
});

test('a schema that does not accept its own output is refused with its first message, for the log keeps the output', () => {
  class Counted extends Event('Counted', {
    schema: schema((value) =>
      typeof (value as { n?: unknown }).n === 'string'
        ? { value: { n: Number((value as { n: string }).n) } }
        : { issues: [{ message: 'no text' }] },
    ),
  }) {}
  expect(() => new Counted({ n: '1' } as never)).toThrow(/MESSAGE_SCHEMA_TRANSFORMS/);
});

test('content is a message or plain data: a Map or a Date would read back as {}', () => {
  expect(() => canonical(new Map([[1, 2]]))).toThrow(/CONTENT_NOT_JSON/);
  expect(() => canonical(new Date())).toThrow(/CONTENT_NOT_JSON/);
  expect(canonical(new Came({ id: '1' }))).toBe('{"id":"1"}');
});

test('a class that its author made injectable starts like any other', async () => {
  @injectable()
  @Handler('mail', { delivery: 'at-least-once' })
  class Mail {
    @On(Came) came() {}
  }
  await expect(start(Mail)).resolves.toBeUndefined();
  await expect(start(Mail)).resolves.toBeUndefined();
});

test('a look-alike of an event is no decision, and its sender is told so', async () => {
  @Aggregate('desk')
  class Desk extends Actor<null, Ask, Came> {
    initial() {
      return null;
    }
    key(c: Ask) {
      return c.id;
    }
    @Handles(Ask) ask({ id }: Ask) {
      return { type: 'Came', '~kind': 'event', id } as Came;
    }
  }
  const app = await App.start({ store: memoryStore(), use: [Desk] });
  await expect(app.send(Desk, new Ask({ id: '1' }), { id: 'r' })).rejects.toMatchObject({ code: 'DECISION_NOT_EVENT' });
  const lookAlike = { type: 'Ask', '~kind': 'command', id: '1' } as Ask;
  await expect(app.send(Desk, lookAlike, { id: 'r' })).rejects.toMatchObject({ code: 'COMMAND_NOT_TAKEN' });
  await expect(app.send(class Other extends Desk {}, new Ask({ id: '1' }), { id: 'r' })).rejects.toMatchObject({
    code: 'CLASS_NOT_DECORATED',
  });
  await app.stop();
});

test('a projection whose row would not survive its store parks the event and goes on', async () => {
  @Projection('rows')
  class Rows extends Actor<{ at: unknown } | undefined, Came> {
    initial() {
      return undefined;
    }
    key(e: Came) {
      return e.id;
    }
    @Applies(Came) came({ id }: Came): { at: unknown } {
      return { at: id === 'bad' ? new Date(0) : id };
    }
  }
  const store = memoryStore();
  const app = await App.start({ store, use: [Rows] });
  const events = ['bad', 'good'].map((id) => ({ id: `e-${id}`, type: 'Came', data: JSON.stringify({ id }), meta: '{}', time: 0 }));
  await store.append([{ stream: 'in', expected: 'none', events }]);
  await app.settled();
  expect(await app.view(Rows).all()).toEqual([{ at: 'good' }]);
  expect(app.counts()).toMatchObject({ applied: 1, parked: 1, received: 2, waiting: 0 });
  expect((await store.read('rows:row-bad')).map((row) => row.type)).toEqual(['parked:Came']);
  await app.stop();
});
