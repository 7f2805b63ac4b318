import {
  Actor,
  Aggregate,
  Applies,
  Command,
  Event,
  Handler,
  Handles,
  HandlesLate,
  IndexSet,
  Lifecycle,
  memoryStore,
  On,
  Projection,
  Saga,
} from '@waybill/core';
import type { AnyMessageClass, Lifecycle as Statuses, Message, StandardSchemaV1, UseClass } from '@waybill/core';
import { define, System } from '@waybill/core/internal';
import type { ActorDefinition, Definition, HandlerDefinition } from '@waybill/core/internal';
import { readDeclaration } from '../../dist/actors/declaration';
import { RULES } from '../../dist/actors/rules';

class Came extends Event('Came')<{ id: string; n: number }> {}
class Left extends Event('Left')<{ id: string }> {}
class Closed extends Event('Closed')<{ id: string }> {}
class Close extends Command('Close')<{ id: string }> {}
class Erased extends Event('Erased')<{ id: string }> {
  id = '';
}
const later = async (value: unknown) => ({ value: value as { id: string } });
const slow: StandardSchemaV1<{ id: string }> = { '~standard': { version: 1, vendor: 'test', validate: later } };
class Slow extends Event('Slow', { schema: slow }) {}
class Broken extends Event('Broken')<{ id: string }> {
  constructor(data: { id: string }) {
    super(data);
    throw new Error('no file');
  }
}
const lifecycle = Lifecycle('new', 'open', 'done');
type State = { status: 'new' | 'open' | 'done' };

/** An actor as plain JavaScript would declare it: what the types refuse reaches the start-up checks. */
interface Parts {
  readonly above?: (target: never) => void;
  readonly handles?: readonly (readonly [method: string, message: AnyMessageClass, options?: object])[];
  readonly applies?: readonly (readonly [method: string, message: AnyMessageClass, options?: object])[];
  readonly late?: readonly (readonly [method: string, message: AnyMessageClass])[];
  readonly on?: readonly (readonly [method: string, message: AnyMessageClass])[];
  readonly initial?: unknown;
  /** Holds a number. */
  readonly property?: string;
  readonly without?: 'initial' | 'key';
}
function actor({
  above = Saga('hall') as never,
  handles = [['came', Came]],
  applies = [],
  late = [],
  on = [],
  initial = { status: 'new' },
  property,
  without,
}: Parts): UseClass {
  class Declared {
    [method: string]: unknown;
  }
  const proto = Declared.prototype as Record<string, unknown>;
  if (without !== 'initial') proto['initial'] = typeof initial === 'function' ? initial : () => initial;
  if (without !== 'key') proto['key'] = (e: { id: string }) => e.id;
  if (property !== undefined) proto[property] = 7;
  const decorate = (decorator: unknown, method: string): void => {
    proto[method] ??= () => [];
    (decorator as (target: object, method: string, descriptor: object) => void)(proto, method, {});
  };
  for (const [method, message, options] of handles) decorate(Handles(message, options as never), method);
  for (const [method, message, options] of applies) decorate(Applies(message, options as never), method);
  for (const [method, message] of late) decorate(HandlesLate(message), method);
  for (const [method, message] of on) decorate(On(message as never), method);
  above(Declared as never);
  return Declared;
}
const defined = (target: UseClass): Definition => define(target, new (target as new () => object)());
const saga = (options: object) => Saga('hall', options as { lifecycle?: Statuses<never> }) as never;

const calling = (options: object): Parts => ({
  above: Handler('mail', { delivery: 'at-least-once', ...options } as never) as never,
  handles: [],
  on: [['came', Came]],
});
const mail = (delivery = 'at-least-once'): Parts => ({ above: Handler('mail', { delivery } as never) as never, handles: [] });
const asking = (handling: object, options: object = {}): Parts => ({
  above: Aggregate('hall', options) as never,
  handles: [['close', Close, handling]],
});
const rows = (initial: unknown): Parts => ({ above: Projection('rows') as never, handles: [], applies: [['came', Came]], initial });
class Long extends Command('L'.repeat(121))<{ id: string }> {}
const nested = (levels: number): unknown => (levels === 0 ? [] : [nested(levels - 1)]);

describe('start-up refuses', () => {
  const wrong: readonly (readonly [title: string, code: string | RegExp, parts: Parts])[] = [
    ['a name that cannot be part of a stream', /ACTOR_NAME: "my-hall" cannot name this saga/, { above: Saga('my-hall') as never }],
    ['an empty name', 'ACTOR_NAME', { above: Aggregate('') as never }],
    ['a name that is too long', 'ACTOR_NAME', { above: Saga('x'.repeat(65)) as never }],
    ['a projection whose name has a slash', 'ACTOR_NAME', { above: Projection('a/b') as never, handles: [], applies: [['came', Came]] }],
    ['an actor without key()', 'ACTOR_NO_KEY', { without: 'key' }],
    ['an actor without initial()', 'ACTOR_NO_INITIAL', { without: 'initial' }],
    ['an actor that takes nothing', 'ACTOR_NO_INPUT', { handles: [] }],
    ['a projection that takes nothing', 'ACTOR_NO_INPUT', { above: Projection('halls') as never, handles: [] }],
    ['a projection that decides', 'PROJECTION_HANDLES', { above: Projection('halls') as never, applies: [['came', Came]] }],
    [
      'retries of a projection',
      'RETRY_ON_PROJECTION',
      { above: Projection('halls', { retry: { attempts: 2 } } as never) as never, handles: [], applies: [['came', Came]] },
    ],
    ['once on a projection', 'ONCE_ON_PROJECTION', { above: Projection('halls') as never, handles: [['came', Came, { once: 'n' }]] }],
    [
      'once above a fold of a projection',
      'ONCE_ON_PROJECTION',
      { above: Projection('halls') as never, handles: [], applies: [['came', Came, { once: 'n' }]] },
    ],
    ['once above the fold of a saga', 'APPLIES_OPTIONS', { applies: [['came', Came, { once: 'n' }]] }],
    ['a handler that carries nothing', 'HANDLER_NO_INPUT', { above: Handler('mail', { delivery: 'at-least-once' }) as never }],
    [
      'two methods that decide on one message',
      /TWO_METHODS: @Handles\(Came\) is above both "a" and "b"/,
      {
        handles: [
          ['a', Came],
          ['b', Came],
        ],
      },
    ],
    [
      'two methods that fold one event',
      /TWO_METHODS: @Applies\(Came\)/,
      {
        applies: [
          ['a', Came],
          ['b', Came],
        ],
      },
    ],
    [
      'two methods that carry one event',
      /TWO_METHODS: @On\(Came\)/,
      {
        above: Handler('mail', { delivery: 'at-most-once' }) as never,
        handles: [],
        on: [
          ['a', Came],
          ['b', Came],
        ],
      },
    ],
    ['an input that no method handles', /INPUT_NOT_HANDLED: Left is declared in takes/, { above: saga({ takes: [Came, Left] }) }],
    [
      '"before" without "once"',
      /BEFORE_WITHOUT_ONCE: @Handles\(Came\)/,
      { above: saga({ lifecycle }), handles: [['came', Came, { before: 'done' }]], applies: [['came', Came]] },
    ],
    ['"before" without a lifecycle', /BEFORE_WITHOUT_LIFECYCLE.*"done"/, { handles: [['came', Came, { once: 'n', before: 'done' }]] }],
    [
      '"before" the first status',
      'BEFORE_FIRST_STATUS',
      { above: saga({ lifecycle }), handles: [['came', Came, { once: 'n', before: 'new' }]], applies: [['came', Came]] },
    ],
    [
      '"before" a status that does not exist',
      'LIFECYCLE_UNKNOWN_STATUS',
      { above: saga({ lifecycle }), handles: [['came', Came, { once: 'n', before: 'gone' }]], applies: [['came', Came]] },
    ],
    ['a lifecycle that nothing moves', 'LIFECYCLE_NEVER_MOVES', { above: saga({ lifecycle }) }],
    [
      'a lifecycle that begins in the middle',
      /LIFECYCLE_START: Declared\.initial\(\) begins in status "open"/,
      { above: saga({ lifecycle }), applies: [['came', Came]], initial: { status: 'open' } },
    ],
    [
      'a lifecycle over a state without a status',
      'LIFECYCLE_START',
      { above: saga({ lifecycle }), applies: [['came', Came]], initial: {} },
    ],
    ['a Date in the state', /STATE_NOT_JSON: Declared\.initial\(\)\.since is a Date/, { initial: { since: new Date(0) } }],
    ['a Map deep in the state', /STATE_NOT_JSON: Declared\.initial\(\)\.a\.0\.m is a Map/, { initial: { a: [{ m: new Map() }] } }],
    ['an instance of a class in the state', 'STATE_NOT_JSON', { initial: { line: new (class Line {})() } }],
    ['a function in the state', 'STATE_NOT_JSON', { initial: { f: () => 1 } }],
    ['a bigint in the state', 'STATE_NOT_JSON', { initial: { n: 1n } }],
    [
      'an initial() that throws',
      /DEFINITION_FAILED.*no file/,
      {
        initial: () => {
          throw new Error('no file');
        },
      },
    ],
    ['a class field on an input', /MESSAGE_CLASS_FIELD: Erased/, { handles: [['erased', Erased]] }],
    ['a class field on a folded event', 'MESSAGE_CLASS_FIELD', { applies: [['erased', Erased]] }],
    ['a delivery that is not known', /HANDLER_DELIVERY: the delivery of "mail" is "twice"/, { ...mail('twice'), on: [['came', Came]] }],
    ['options that are null', /OPTION_INVALID: the options of saga "hall" are null/, { above: saga(null as never) }],
    ['an option that is not known', /OPTION_INVALID: saga "hall" has no option "retired_"/, { above: saga({ retired_: [] }) }],
    ['an option of another kind', /OPTION_INVALID: aggregate "hall" has no option "sends"/, asking({}, { sends: [] })],
    [
      'an option of retry that is not known',
      /OPTION_INVALID: retry of Declared has no option "atempts"/,
      { above: saga({ retry: { atempts: 1 } }) },
    ],
    ['a retry that is null', /OPTION_INVALID: the options of retry of Declared are null/, { above: saga({ retry: null }) }],
    ['a retry whose base is not a duration', /DURATION_INVALID: "a while"/, { above: saga({ retry: { base: 'a while' } }) }],
    ['a retry whose cap is not a duration', /DURATION_INVALID: null/, { above: saga({ retry: { cap: null } }) }],
    ['a retry of no attempts', /OPTION_INVALID: retry.attempts is 0/, { above: saga({ retry: { attempts: 0 } }) }],
    [
      'an option of snapshot that is not known',
      /OPTION_INVALID: snapshot of Declared has no option "evry"/,
      { above: saga({ snapshot: { evry: 5 } }) },
    ],
    ['a snapshot every half a row', /OPTION_INVALID: snapshot.every is 0.5/, { above: saga({ snapshot: { every: 0.5, version: 1 } }) }],
    ['a snapshot of no version', /OPTION_INVALID: snapshot.version is "one"/, { above: saga({ snapshot: { every: 5, version: 'one' } }) }],
    ['takes that is not a list', /OPTION_INVALID: takes is Came, not a list/, { above: saga({ takes: Came }) }],
    ['sends that is not a list', /OPTION_INVALID: sends is 5, not a list/, { above: saga({ sends: 5 }) }],
    ['retired that is not a list', /OPTION_INVALID: retired is "Gone", not a list/, { above: saga({ retired: 'Gone' }) }],
    [
      'an event among the commands that it sends',
      /WRONG_KIND: sends holds "Left", which is not a/,
      { above: saga({ sends: [Close, Left] }) },
    ],
    ['a hole among the commands that it sends', /WRONG_KIND: sends holds undefined/, { above: saga({ sends: [undefined] }) }],
    ['a hole among its inputs', /MESSAGE_CLASS_MISSING: takes holds undefined/, { above: saga({ takes: [Came, undefined] }) }],
    ['@On in a saga', /WRONG_DECORATOR: "left" has @On, which does nothing in this saga/, { on: [['left', Left]] }],
    [
      '@HandlesLate in a handler',
      /WRONG_DECORATOR: "left" has @HandlesLate, which does nothing in this handler/,
      { ...mail(), on: [['came', Came]], late: [['left', Left]] },
    ],
    ['a property that is not a method', /WRONG_DECORATOR: "came", which has @Handles\(Came\), is not/, { property: 'came' }],
    ['an aggregate that takes an event', /WRONG_KIND: Came is not a command/, { above: Aggregate('hall') as never }],
    ['a saga that takes a command', /WRONG_KIND: Close is not an event/, { handles: [['close', Close]] }],
    [
      'a projection of a command',
      /WRONG_KIND: Close is not an event/,
      { above: Projection('rows') as never, handles: [], applies: [['close', Close]] },
    ],
    ['a message whose schema is asynchronous', 'MESSAGE_SCHEMA_ASYNC', { handles: [['slow', Slow]] }],
    ['a message that cannot be built', /DEFINITION_FAILED: Declared: no file/, { ...mail(), on: [['broken', Broken]] }],
    ['a handler that begins nowhere', /OPTION_INVALID: from is "then"/, calling({ from: 'then' })],
    ['a handler without time for a call', /OPTION_INVALID: timeout is 0/, calling({ timeout: 0 })],
    ['a handler with a time limit that is none', /DURATION_INVALID: "soon"/, calling({ timeout: 'soon' })],
    ['a handler that never calls', /OPTION_INVALID: concurrency is 0/, calling({ concurrency: 0 })],
    ['a rate without a time', /DURATION_INVALID: undefined/, calling({ rate: { calls: 1 } })],
    ['a rate without calls', /OPTION_INVALID: rate.calls is undefined/, calling({ rate: { per: 1 } })],
    ['a rate that is a number', /OPTION_INVALID: the options of rate of Declared are 3/, calling({ rate: 3 })],
    ['an order key that is not a function', /OPTION_INVALID: key is "id", not a function/, calling({ key: 'id' })],
    ['a handler that emits a command', /WRONG_KIND: emits holds "Close", which is not an event/, calling({ emits: [Close] })],
    ['a handler that emits what it takes', /OUTPUT_IS_INPUT: "mail" emits Came, which it also takes/, calling({ emits: [Came] })],
    ['a handler whose answers are no list', /OPTION_INVALID: emits is Left, not a list/, calling({ emits: Left })],
    ['an answer with a class field', /MESSAGE_CLASS_FIELD: Erased/, calling({ emits: [Erased] })],
    ['a refusal of an event', /WRONG_KIND: refuses holds "Left", which is not a command/, asking({}, { refuses: [Left] })],
    ['a refusal of what it does not take', /INPUT_NOT_HANDLED: Open is declared in refuses/, asking({}, { refuses: [Command('Open')] })],
    ['refusals that are no list', /OPTION_INVALID: refuses is Close, not a list/, asking({}, { refuses: Close })],
    [
      'a refusal whose name is too long',
      /MESSAGE_NAME: L+\.refused is too long a name/,
      {
        above: Aggregate('hall', { refuses: [Long] }) as never,
        handles: [['close', Long]],
      },
    ],
    ['once above a command', /ONCE_ON_COMMAND: @Handles\(Close\) has "once"/, asking({ once: true })],
    ['a deadline in an aggregate', /DEADLINE_OUTSIDE_SAGA: @Handles\(Close\) of this aggregate/, asking({ deadline: true })],
    ['once above a deadline', /ONCE_ON_DEADLINE: @Handles\(Came\)/, { handles: [['came', Came, { once: 'n', deadline: true }]] }],
    [
      'a method for what is late where nothing is',
      /LATE_WITHOUT_BEFORE: @HandlesLate\(Came\) above "late" never runs/,
      { handles: [['came', Came, { once: 'n' }]], late: [['late', Came]] },
    ],
    ['rows that hold an IndexSet', /CONTENT_NOT_JSON: seen is a IndexSet/, rows({ seen: IndexSet.of(1) })],
    ['rows that are nested too deeply', 'CONTENT_TOO_DEEP', rows(nested(64))],
    ['rows with a key that the log refuses', 'CONTENT_FORBIDDEN_KEY', rows({ constructor: 1 })],
    ['rows that are too large', 'CONTENT_TOO_LARGE', rows({ text: 'x'.repeat(1_048_576) })],
  ];
  test.each(wrong)('%s', (_, code, parts) => {
    expect(() => defined(actor(parts))).toThrow(code);
  });

  test.each(RULES.map((rule) => [rule.codes.join(', '), rule] as const))(
    'by one of these classes, each rule of the table: %s',
    (_, rule) => {
      const found = wrong.flatMap(([, , parts]) => {
        const target = actor(parts);
        const declaration = readDeclaration(target, new (target as new () => object)());
        return rule.kinds.includes(declaration.kind) ? rule.problems(declaration).map(({ code }) => code) : [];
      });
      expect(new Set(found)).toEqual(new Set(rule.codes));
    },
  );

  test('a class without a class decorator', () => {
    expect(() => defined(class Forgotten {})).toThrow(/CLASS_NOT_DECORATED: "Forgotten"/);
    expect(() => define(undefined as never, {})).toThrow('CLASS_NOT_DECORATED');
  });

  test('a subclass of an actor without a class decorator of its own', () => {
    @Aggregate('closing')
    class Closing extends Actor<null, Close> {
      initial() {
        return null;
      }
      key(c: Close) {
        return c.id;
      }
      @Handles(Close) close() {
        return [];
      }
    }
    class More extends Closing {}
    expect(() => define(More, new More())).toThrow(/CLASS_NOT_DECORATED: "More"/);
  });

  test('two class decorators on one class', () => {
    const target = actor({});
    expect(() => Aggregate('again')(target as never)).toThrow('CLASS_DECORATED_TWICE');
  });

  test('decorators that run in the standard mode', () => {
    const inStandardMode = Handles(Came) as unknown as (value: unknown, context: object) => void;
    expect(() => inStandardMode(() => [], { kind: 'method', name: 'came' })).toThrow(/DECORATORS_MODE.*experimentalDecorators/);
  });

  test('all that is wrong with a class at once, each with its code', () => {
    const several = actor({
      above: Saga('my-hall') as never,
      handles: [
        ['a', Came],
        ['b', Came],
        ['c', Left, { before: 'done' }],
      ],
    });
    expect(() => defined(several)).toThrow(
      /DEFINITION_INVALID: 4 problems in Declared:\n.*ACTOR_NAME.*\n.*TWO_METHODS.*\n.*BEFORE_WITHOUT_ONCE.*\n.*BEFORE_WITHOUT_LIFECYCLE/,
    );
  });
});

describe('a definition', () => {
  abstract class Base extends Actor<State, Came | Left, Closed> {
    initial(): State {
      return { status: 'new' };
    }
    key(e: Came | Left) {
      return e.id;
    }
    @Handles(Came, { once: 'n', before: 'done' }) came(): Closed[] {
      return [];
    }
    @Handles(Left, { once: true }) left() {
      return this.closed('base');
    }
    @Applies(Came) open(): State {
      return { status: 'open' };
    }
    protected closed(id: string) {
      return new Closed({ id });
    }
  }
  @Saga('hall', { lifecycle, takes: [Came, Left] })
  class Hall extends Base {
    override came() {
      return [this.closed('hall')];
    }
    @Handles(Left, { once: (e) => e.id }) override left() {
      return this.closed('left');
    }
  }
  const hall = define(Hall, new Hall()) as ActorDefinition;
  const decide = (message: Message) => hall.inputs.get(message.type)?.decide(message, { status: 'new' }, { id: '', time: 0, position: 1 });

  test('has the methods of the classes above, in the form that the subclass gives them', () => {
    expect([...hall.inputs.keys()].sort()).toEqual(['Came', 'Left']);
    expect(decide(new Came({ id: 'h', n: 1 }))).toEqual([new Closed({ id: 'hall' })]);
    expect(decide(new Left({ id: 'h' }))).toEqual(new Closed({ id: 'left' }));
    expect(hall.folds.get('Came')?.fold(new Came({ id: 'h', n: 1 }), { status: 'new' })).toEqual({ status: 'open' });
    expect(hall.inputs.get('Came')?.before).toBe(2);
  });

  test('is frozen', () => {
    expect(Object.isFrozen(hall)).toBe(true);
  });

  test('one decorator list per class: a sibling is not changed', () => {
    abstract class Sibling extends Base {
      @Handles(Closed as never) closedToo() {
        return [];
      }
    }
    @Saga('other', { lifecycle })
    class Other extends Sibling {}
    expect([...(define(Other, new Other()) as ActorDefinition).inputs.keys()]).toContain('Closed');
    expect([...(define(Hall, new Hall()) as ActorDefinition).inputs.keys()]).not.toContain('Closed');
  });

  test('a handler has its delivery, and its methods keep their instance', () => {
    @Handler('mail', { delivery: 'at-most-once' })
    class Mail {
      private readonly to = 'me';
      @On(Came) async came() {
        return Promise.resolve(void this.to);
      }
      @On(Left) left(e: Left) {
        if (this.to !== e.id) throw new Error('lost');
      }
    }
    const mail = define(Mail, new Mail()) as HandlerDefinition;
    expect([mail.delivery, [...mail.calls.keys()].sort()]).toEqual(['at-most-once', ['Came', 'Left']]);
    expect(() =>
      mail.calls.get('Left')?.call(new Left({ id: 'me' }), { id: '', time: 0, position: 1, signal: new AbortController().signal }),
    ).not.toThrow();
  });
});

describe('once', () => {
  const keyOf = (options: object, message: Message = new Came({ id: 'h', n: 7 })) =>
    (defined(actor({ handles: [['came', Came, options]] })) as ActorDefinition).inputs.get('Came')?.once?.(message);

  test('true is one key for the actor; a field, several fields and a function give theirs', () => {
    expect(keyOf({ once: true })).toBe('');
    expect(keyOf({ once: 'n' })).toBe(7);
    expect(keyOf({ once: ['id', 'n'] })).toBe('["h",7]');
    expect(keyOf({ once: (e: Came) => `${e.id}/${e.n}` })).toBe('h/7');
    expect(keyOf({})).toBeUndefined();
  });

  test('several fields never run together', () => {
    const message = (id: string, n: unknown) => new Came({ id, n: n as number });
    const keys = [message('a', 'b'), message('ab', ''), message('', 'ab'), message('a","b', ''), message('1', 2), message('1', '2')].map(
      (m) => keyOf({ once: ['id', 'n'] }, m),
    );
    expect(new Set(keys).size).toBe(keys.length);
  });

  test.each([undefined, null, Number.NaN, Infinity, true, {}, [], 'x'.repeat(513)])('a key that is %p is refused', (value) => {
    const message = new Came({ id: 'h', n: value as never });
    for (const once of ['n', ['id', 'n'], (e: Came) => e.n])
      expect(() => keyOf({ once }, message)).toThrow(/ONCE_KEY_MISSING: the once key of Came/);
  });

  test('is told in words', () => {
    const text = (once: unknown) =>
      (defined(actor({ handles: [['came', Came, { once }]] })) as ActorDefinition).inputs.get('Came')?.onceText;
    expect([text(true), text('n'), text(['id', 'n']), text(() => 1)]).toEqual([
      'once per actor',
      'n',
      'id + n',
      'a function of the message',
    ]);
  });
});

describe('a system refuses', () => {
  const runtime = {
    now: () => 0,
    after: () => () => undefined,
    defer: () => undefined,
    random: () => 0,
    uuid: () => '',
    hash: (text: string) => text,
  };
  const system = (definitions: readonly Definition[], options: object = {}) =>
    new System(definitions, { store: memoryStore(), runtime, onFailure: () => undefined, ...options });

  test('two classes of one name', () => {
    expect(() => system([defined(actor({})), defined(actor({ above: Aggregate('hall') as never, handles: [['close', Close]] }))])).toThrow(
      /DUPLICATE_NAME: two classes are named "hall"/,
    );
  });

  test('two message classes of one name, in whatever role', () => {
    class OtherCame extends Event('Came')<{ id: string }> {}
    const other: Parts = { above: Saga('other') as never, handles: [['came', OtherCame]] };
    const folded: Parts = { above: Projection('rows') as never, handles: [], applies: [['came', OtherCame]] };
    const carried: Parts = { above: Handler('mail', { delivery: 'at-least-once' }) as never, handles: [], on: [['came', OtherCame]] };
    for (const parts of [other, folded, carried]) {
      expect(() => system([defined(actor({})), defined(actor(parts))])).toThrow(
        /TWO_CLASSES_OF_ONE_NAME: two message classes are named Came/,
      );
    }
    expect(() => system([defined(actor({ applies: [['folded', OtherCame]] }))])).toThrow('TWO_CLASSES_OF_ONE_NAME');
  });

  test('a projection on a store that keeps no views', () => {
    const store = memoryStore();
    const projection = defined(actor({ above: Projection('rows') as never, handles: [], applies: [['came', Came]] }));
    Object.defineProperty(store, 'views', { value: undefined });
    expect(() => system([projection], { store })).toThrow('STORE_WITHOUT_VIEWS');
  });

  test('a class that must survive a power cut, on a store that says that it does not; one that says nothing is taken at that', () => {
    const durable = defined(actor({ above: saga({ durable: true }) }));
    expect(() => system([durable])).toThrow(/STORE_NOT_DURABLE: "hall" must survive a power cut, and this store does not: kept in memory/);
    for (const said of [true, undefined]) {
      const store = Object.defineProperty(memoryStore(), 'durable', { value: said });
      expect(() => system([durable], { store })).not.toThrow();
    }
    expect(() => system([defined(actor({}))])).not.toThrow();
  });

  test.each([0, -1, 1.5, Number.NaN, '5'])('a limit of %p', (attempts) => {
    expect(() => system([], { limits: { attempts } })).toThrow(/LIMIT_INVALID: limits\.attempts/);
  });

  test('nothing that is right', () => {
    expect(() => system([defined(actor({ initial: { status: 'new', items: IndexSet.empty } }))])).not.toThrow();
  });
});
