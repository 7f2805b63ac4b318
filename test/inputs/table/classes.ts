import {
  Applies,
  Command,
  Event,
  Handler,
  Handles,
  HandlesLate,
  inject,
  Lifecycle,
  memoryStore,
  On,
  Projection,
  Refusal,
  Saga,
} from 'waybill';
import { aggregate, any, as, applies, Ask, Base, Came, Desk, Halls, handles, Left, loose, made, Other, row, saga, start } from './scenes';
import { SECRET } from './wrong';
import type { Wrong } from './wrong';

const lifecycle = Lifecycle('new', 'open');
const steps = { initial: () => ({ status: 'new' }), open: { lifecycle } };
const optional = (options: object) => () => start([made((T) => (handles(T, Came), saga(T, options)))]);
const use = (decorate: Parameters<typeof made>[0]) => () => start([made(decorate)]);

/** Classes that App.start refuses, or that their own decorator does. */
export const CLASSES: readonly Wrong[] = [
  {
    what: 'a class without a class decorator',
    code: 'CLASS_NOT_DECORATED',
    names: ['Forgotten'],
    run: () => start([class Forgotten extends Base {}]),
  },
  {
    what: 'an object in `use`, where a class belongs',
    code: 'CLASS_NOT_DECORATED',
    names: ['object'],
    run: () => start([{ note: SECRET }]),
  },
  {
    what: 'undefined in `use`, as from two files that import each other',
    code: 'CLASS_NOT_DECORATED',
    names: ['undefined'],
    run: () => start([undefined]),
  },
  {
    what: 'two class decorators above one class',
    code: 'CLASS_DECORATED_TWICE',
    names: ['Target'],
    run: () => made((T) => (saga(T), aggregate(T))),
  },
  {
    what: 'decorators that run in the standard mode, without experimentalDecorators',
    code: 'DECORATORS_MODE',
    names: ['experimentalDecorators'],
    run: () => loose(Handles(Came))(Base.prototype.handle, { kind: 'method', name: 'handle' }),
  },
  {
    what: '@Handles(undefined), as from two files that import each other',
    code: 'MESSAGE_CLASS_MISSING',
    names: ['"handle"', 'undefined'],
    run: () => made((T) => handles(T, undefined)),
  },
  {
    what: '@Handles of an object that is not a message class',
    code: 'MESSAGE_CLASS_MISSING',
    names: ['"handle"'],
    run: () => made((T) => handles(T, { messageType: 'Came' })),
  },
  {
    what: 'a saga whose name holds "-"',
    code: 'ACTOR_NAME',
    names: ['"a-b"', 'saga'],
    run: use((T) => (handles(T, Came), saga(T, {}, 'a-b'))),
  },
  {
    what: 'a handler whose name holds "/"',
    code: 'ACTOR_NAME',
    names: ['"../mail"'],
    run: use((T) => (loose(On(Came))(T.prototype, 'handle'), loose(Handler('../mail', { delivery: 'at-least-once' }))(T))),
  },
  {
    what: 'an actor named __proto__',
    code: 'ACTOR_NAME',
    names: ['"__proto__"'],
    run: use((T) => (handles(T, Came), saga(T, {}, '__proto__'))),
  },
  {
    what: '@Handler without options',
    code: 'HANDLER_DELIVERY',
    names: ['"mail"', 'undefined'],
    run: use((T) => (loose(On(Came))(T.prototype, 'handle'), loose(as<(name: string) => unknown>(Handler)('mail'))(T))),
  },
  {
    what: '@Saga with options that are null',
    code: 'OPTION_INVALID',
    names: ['"halls"', 'null'],
    run: use((T) => (handles(T, Came), saga(T, any(null)))),
  },
  {
    what: '@Handles with options that are null',
    code: 'OPTION_INVALID',
    names: ['@Handles(Came)', 'null'],
    run: use((T) => (handles(T, Came, any(null)), saga(T))),
  },
  {
    what: 'an option of @Handles whose name is misspelt',
    code: 'OPTION_INVALID',
    names: ['@Handles(Came)', '"onse"'],
    run: use((T) => (handles(T, Came, { onse: 'n' }), saga(T))),
  },
  {
    what: 'an option of a class whose name is misspelt',
    code: 'OPTION_INVALID',
    names: ['saga "halls"', '"snapshots"'],
    run: optional({ snapshots: { every: 5, version: 1 } }),
  },
  {
    what: 'an option of `retry` whose name is misspelt',
    code: 'OPTION_INVALID',
    names: ['retry', '"atempts"'],
    run: optional({ retry: { atempts: 5 } }),
  },
  { what: '`retry` that is null', code: 'OPTION_INVALID', names: ['retry', 'null'], run: optional({ retry: null }) },
  { what: '`snapshot` that is a number', code: 'OPTION_INVALID', names: ['snapshot', '5'], run: optional({ snapshot: 5 }) },
  { what: '`sends` that is not a list', code: 'OPTION_INVALID', names: ['sends is 5'], run: optional({ sends: 5 }) },
  { what: '`takes` that is not a list', code: 'OPTION_INVALID', names: ['takes is Came'], run: optional({ takes: Came }) },
  { what: '`retired` that is a string', code: 'OPTION_INVALID', names: ['retired is "Gone"'], run: optional({ retired: 'Gone' }) },
  {
    what: '@Handles above a property that is not a method',
    code: 'WRONG_DECORATOR',
    names: ['Came', '"handle"', 'Target'],
    run: use((T) => (Object.assign(T.prototype, { handle: 7 }), handles(T, Came), saga(T))),
  },
  {
    what: '@On above a property that is not a method',
    code: 'WRONG_DECORATOR',
    names: ['Came', '"handle"', 'Target'],
    run: use(
      (T) => (
        Object.assign(T.prototype, { handle: 7 }),
        loose(On(Came))(T.prototype, 'handle'),
        loose(Handler('mail', { delivery: 'at-least-once' }))(T)
      ),
    ),
  },
  {
    what: '@Handles above a static method',
    code: 'WRONG_DECORATOR',
    names: ['"name"', 'static'],
    run: use((T) => (handles(T, Came), loose(Handles(Left))(T, 'name'), saga(T))),
  },
  {
    what: 'a saga without key()',
    code: 'ACTOR_NO_KEY',
    names: ['key(message)', 'Target'],
    run: use((T) => ((as<{ key: unknown }>(T.prototype).key = undefined), handles(T, Came), saga(T))),
  },
  {
    what: 'a saga without initial()',
    code: 'ACTOR_NO_INITIAL',
    names: ['initial()'],
    run: use((T) => ((as<{ initial: unknown }>(T.prototype).initial = undefined), handles(T, Came), saga(T))),
  },
  { what: 'a saga without an @Handles method', code: 'ACTOR_NO_INPUT', names: ['@Handles', 'Target'], run: use((T) => saga(T)) },
  {
    what: 'a handler without an @On method',
    code: 'HANDLER_NO_INPUT',
    names: ['"mail"', '@On'],
    run: use((T) => loose(Handler('mail', { delivery: 'at-least-once' }))(T)),
  },
  {
    what: 'a handler whose delivery is not a known one',
    code: 'HANDLER_DELIVERY',
    names: ['"exactly-once"', '"mail"'],
    run: use((T) => (loose(On(Came))(T.prototype, 'handle'), loose(Handler('mail', any({ delivery: 'exactly-once' })))(T))),
  },
  { what: 'a saga that takes a command', code: 'WRONG_KIND', names: ['Ask', 'not an event'], run: use((T) => (handles(T, Ask), saga(T))) },
  {
    what: 'an aggregate that takes an event',
    code: 'WRONG_KIND',
    names: ['Came', 'not a command'],
    run: use((T) => (handles(T, Came), aggregate(T))),
  },
  {
    what: 'an event among `sends`',
    code: 'WRONG_KIND',
    names: ['sends', '"Left"'],
    run: use((T) => (handles(T, Came), saga(T, { sends: [Left] }))),
  },
  {
    what: 'an event among `refuses`',
    code: 'WRONG_KIND',
    names: ['refuses', '"Left"'],
    run: use((T) => (handles(T, Ask), aggregate(T, { refuses: [Left] }))),
  },
  {
    what: 'a command among `refuses` that the aggregate does not take',
    code: 'INPUT_NOT_HANDLED',
    names: ['Beg', 'refuses'],
    run: use((T) => (handles(T, Ask), aggregate(T, { refuses: [Command('Beg')] }))),
  },
  {
    what: 'a refusal of which the aggregate of that command never tells',
    code: 'REFUSAL_NOT_TOLD',
    names: ['"halls"', '"desk"', 'refuses: [Ask]'],
    run: () => start([Desk, made((T) => (handles(T, Refusal(Ask)), saga(T)))]),
  },
  {
    what: '@On in a saga',
    code: 'WRONG_DECORATOR',
    names: ['"apply"', '@On', 'saga'],
    run: use((T) => (handles(T, Came), loose(On(Came))(T.prototype, 'apply'), saga(T))),
  },
  {
    what: '@Handles in a handler',
    code: 'WRONG_DECORATOR',
    names: ['"apply"', 'handler'],
    run: use(
      (T) => (
        handles(T, Came, {}, 'apply'),
        loose(On(Came))(T.prototype, 'handle'),
        loose(Handler('mail', { delivery: 'at-least-once' }))(T)
      ),
    ),
  },
  {
    what: 'two methods for one event',
    code: 'TWO_METHODS',
    names: ['@Handles(Came)', '"handle"', '"apply"'],
    run: use((T) => (handles(T, Came), handles(T, Came, {}, 'apply'), saga(T))),
  },
  {
    what: 'two methods for one event, which one takes under a former name',
    code: 'TWO_METHODS',
    names: ['@Handles(Left)', '"handle"', '"apply"'],
    run: use((T) => (handles(T, Left), handles(T, Event('Went', { aliases: ['Left'] }), {}, 'apply'), saga(T))),
  },
  {
    what: 'an input that is declared in `takes` and never handled',
    code: 'INPUT_NOT_HANDLED',
    names: ['Left', 'takes'],
    run: use((T) => (handles(T, Came), saga(T, { takes: [Came, Left] }))),
  },
  {
    what: '@Handles in a projection',
    code: 'PROJECTION_HANDLES',
    names: ['@Handles(Left)'],
    run: use((T) => (handles(T, Left), applies(T, Came), loose(Projection('rows'))(T))),
  },
  {
    what: '`once` in a projection',
    code: 'ONCE_ON_PROJECTION',
    names: ['@Handles(Left)'],
    run: use((T) => (handles(T, Left, { once: true }), applies(T, Came), loose(Projection('rows'))(T))),
  },
  {
    what: 'options after the message of @Applies in a projection',
    code: 'ONCE_ON_PROJECTION',
    names: ['@Applies(Came)'],
    run: use((T) => (loose(Applies(Came, any({ once: 'n' })))(T.prototype, 'apply'), loose(Projection('rows'))(T))),
  },
  {
    what: 'options after the message of @Applies in a saga',
    code: 'APPLIES_OPTIONS',
    names: ['@Applies(Came)'],
    run: use((T) => (handles(T, Came), loose(Applies(Came, any({ once: 'n' })))(T.prototype, 'apply'), saga(T))),
  },
  {
    what: '`retry` in a projection',
    code: 'RETRY_ON_PROJECTION',
    names: ['retry'],
    run: use((T) => (applies(T, Came), loose(Projection('rows', any({ retry: { attempts: 3 } })))(T))),
  },
  {
    what: '`once` on a command',
    code: 'ONCE_ON_COMMAND',
    names: ['@Handles(Ask)'],
    run: use((T) => (handles(T, Ask, { once: true }), aggregate(T))),
  },
  {
    what: '`once` on a deadline',
    code: 'ONCE_ON_DEADLINE',
    names: ['@Handles(Came)'],
    run: use((T) => (handles(T, Came, { once: true, deadline: true }), saga(T))),
  },
  {
    what: '`deadline` in an aggregate',
    code: 'DEADLINE_OUTSIDE_SAGA',
    names: ['@Handles(Ask)', 'aggregate'],
    run: use((T) => (handles(T, Ask, { deadline: true }), aggregate(T))),
  },
  {
    what: '`before` without `once`',
    code: 'BEFORE_WITHOUT_ONCE',
    names: ['@Handles(Came)'],
    run: use((T) => ((T.prototype.initial = steps.initial), handles(T, Came, { before: 'open' }), applies(T, Came), saga(T, steps.open))),
  },
  {
    what: '`before` without a lifecycle',
    code: 'BEFORE_WITHOUT_LIFECYCLE',
    names: ['"open"'],
    run: use((T) => (handles(T, Came, { once: true, before: 'open' }), saga(T))),
  },
  {
    what: '`before` the first status, so that nothing is in time',
    code: 'BEFORE_FIRST_STATUS',
    names: ['"new"'],
    run: use(
      (T) => (
        (T.prototype.initial = steps.initial),
        handles(T, Came, { once: true, before: 'new' }),
        applies(T, Came),
        saga(T, steps.open)
      ),
    ),
  },
  {
    what: '`before` a status that the lifecycle does not have',
    code: 'LIFECYCLE_UNKNOWN_STATUS',
    names: ['"shut"', 'new, open'],
    run: use(
      (T) => (
        (T.prototype.initial = steps.initial),
        handles(T, Came, { once: true, before: 'shut' }),
        applies(T, Came),
        saga(T, steps.open)
      ),
    ),
  },
  {
    what: 'a lifecycle that names a status twice',
    code: 'LIFECYCLE_REPEATED',
    names: ['new, open, new'],
    run: () => Lifecycle('new', 'open', 'new'),
  },
  {
    what: 'a lifecycle that no fold moves',
    code: 'LIFECYCLE_NEVER_MOVES',
    names: ['@Applies'],
    run: use((T) => ((T.prototype.initial = steps.initial), handles(T, Came), saga(T, steps.open))),
  },
  {
    what: 'a first state that is not in the first status',
    code: 'LIFECYCLE_START',
    names: ['"open"', '"new"'],
    run: use((T) => ((T.prototype.initial = () => ({ status: 'open' })), handles(T, Came), applies(T, Came), saga(T, steps.open))),
  },
  {
    what: '@HandlesLate where nothing says when it is too late',
    code: 'LATE_WITHOUT_BEFORE',
    names: ['@HandlesLate(Came)', '"apply"'],
    run: use((T) => (handles(T, Came, { once: true }), loose(HandlesLate(Came))(T.prototype, 'apply'), saga(T))),
  },
  {
    what: 'a Date in the first state',
    code: 'STATE_NOT_JSON',
    names: ['initial().at', 'Date'],
    run: use((T) => ((T.prototype.initial = () => ({ at: new Date(0) })), handles(T, Came), saga(T))),
  },
  {
    what: 'a first state that holds itself',
    code: 'STATE_NOT_JSON',
    names: ['nested deeper than 64'],
    run: use((T) => ((T.prototype.initial = cyclic), handles(T, Came), saga(T))),
  },
  {
    what: 'initial() that throws',
    code: 'DEFINITION_FAILED',
    names: ['Target', 'no file'],
    run: use(
      (T) => (
        (T.prototype.initial = () => {
          throw new Error('no file');
        }),
        handles(T, Came),
        saga(T)
      ),
    ),
  },
  {
    what: 'several problems of one class: all of them are listed',
    code: 'DEFINITION_INVALID',
    names: ['2 problems', 'ACTOR_NAME', 'WRONG_KIND'],
    run: use((T) => (handles(T, Ask), saga(T, {}, 'a-b'))),
  },
  {
    what: 'a retry of 0 attempts',
    code: 'OPTION_INVALID',
    names: ['retry.attempts is 0'],
    run: use((T) => (handles(T, Came), saga(T, { retry: { attempts: 0 } }))),
  },
  {
    what: 'a snapshot every 0.5 rows',
    code: 'OPTION_INVALID',
    names: ['snapshot.every is 0.5'],
    run: use((T) => (handles(T, Came), saga(T, { snapshot: { every: 0.5, version: 1 } }))),
  },
  {
    what: 'a snapshot whose version is a string',
    code: 'OPTION_INVALID',
    names: ['snapshot.version is "one"'],
    run: use((T) => (handles(T, Came), saga(T, { snapshot: { every: 5, version: 'one' } }))),
  },
  {
    what: 'a retry whose base is not a duration',
    code: 'DURATION_INVALID',
    names: ['"soon"'],
    run: use((T) => (handles(T, Came), saga(T, { retry: { base: 'soon' } }))),
  },
  {
    what: 'two actors of one name',
    code: 'DUPLICATE_NAME',
    names: ['"halls"'],
    run: () => start([Halls, made((T) => (handles(T, Other), aggregate(T, {}, 'halls')))]),
  },
  {
    what: 'a class under another name, while an actor of its former one is open',
    code: 'CLASS_RENAMED',
    names: ['"rooms"', '"halls"', "aliases: ['rooms']"],
    run: async () => {
      const store = memoryStore();
      const meta = JSON.stringify({ cause: { id: 'x', source: store.id, position: 1 } });
      const took = row('took:Came', { id: 'a', note: SECRET }, { meta });
      await store.append([{ stream: 'rooms-a', expected: 'none', events: [took] }]);
      await start([Halls], { store });
    },
  },
  {
    what: 'a handler whose streams could be those of an actor',
    code: 'NAME_CLASH',
    names: ['"halls-mail"', '"halls"'],
    run: () =>
      start([Halls, made((T) => (loose(On(Came))(T.prototype, 'handle'), loose(Handler('halls-mail', { delivery: 'at-least-once' }))(T)))]),
  },
  {
    what: 'a class that injects what nobody has bound',
    code: 'INJECTION_FAILED',
    names: ['Mail', 'no-such-token'],
    run: () => start([wantsToken()]),
  },
];

function cyclic(): unknown {
  const state: Record<string, unknown> = {};
  return Object.assign(state, { state });
}

function wantsToken(): unknown {
  class Mail extends Base {
    constructor(readonly mailer: unknown) {
      super();
    }
  }
  inject('no-such-token')(Mail, undefined, 0);
  loose(Handles(Came))(Mail.prototype, 'handle');
  loose(Saga('mail'))(Mail);
  return Mail;
}
