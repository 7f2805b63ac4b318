import { spec } from '@waybill/testing';
import { Actor, Aggregate, App, Applies, Command, Event, Handler, Handles, Lifecycle, memoryStore, On, Projection, Saga } from 'waybill';
import type { AppOptions, Store, UseClass } from 'waybill';

class Came extends Event('Came')<{ id: string; n: number }> {}
class Left extends Event('Left')<{ id: string }> {}
class Close extends Command('Close')<{ id: string }> {}
const lifecycle = Lifecycle('new', 'open');
type State = { status: 'new' | 'open'; log?: readonly number[] };

abstract class Halls extends Actor<State, Came, Left> {
  initial(): State {
    return { status: 'new' };
  }
  key(e: Came) {
    return e.id;
  }
}
/** What plain JavaScript, or a cast, gets past the compiler. */
const unchecked = (decorator: unknown) => decorator as (target: object, method?: string, descriptor?: object) => void;

const start = async (use: readonly UseClass[], options: Partial<AppOptions> = {}) => {
  const app = await App.start({ store: memoryStore(), use, ...options });
  await app.stop();
};
const came = new Came({ id: 'h', n: 1 });

/** What no type can catch, one by one: refused by App.start, or by spec before it ever runs. */
const refusals: readonly (readonly [title: string, where: 'App.start' | 'spec', code: string, attempt: () => unknown])[] = [
  [
    'an input that is declared and never handled',
    'App.start',
    'INPUT_NOT_HANDLED',
    () => {
      @Saga('halls', { takes: [Came, Left] })
      class Wrong extends Halls {
        @Handles(Came) came() {
          return [];
        }
      }
      return start([Wrong]);
    },
  ],
  [
    'a lifecycle that no fold moves',
    'App.start',
    'LIFECYCLE_NEVER_MOVES',
    () => {
      @Saga('halls', { lifecycle })
      class Wrong extends Halls {
        @Handles(Came) came() {
          return [];
        }
      }
      return start([Wrong]);
    },
  ],
  [
    'an event that ought to change the state, without a fold',
    'spec',
    'SPEC_STATE',
    () => {
      @Saga('halls')
      class Wrong extends Halls {
        @Handles(Came) came() {
          return [];
        }
      }
      spec(Wrong).when(came).thenNothing().state({ status: 'open' });
    },
  ],
  [
    'two methods for one event',
    'App.start',
    'TWO_METHODS',
    () => {
      @Saga('halls')
      class Wrong extends Halls {
        @Handles(Came) one() {
          return [];
        }
        @Handles(Came) two() {
          return [];
        }
      }
      return start([Wrong]);
    },
  ],
  [
    'a forgotten class decorator',
    'App.start',
    'CLASS_NOT_DECORATED',
    () => {
      class Wrong extends Halls {
        @Handles(Came) came() {
          return [];
        }
      }
      return start([Wrong]);
    },
  ],
  [
    '"before" without a lifecycle',
    'App.start',
    'BEFORE_WITHOUT_LIFECYCLE',
    () => {
      @Saga('halls')
      class Wrong extends Halls {
        @Handles(Came, { once: 'n', before: 'open' }) came() {
          return [];
        }
      }
      return start([Wrong]);
    },
  ],
  [
    '"before" the first status',
    'App.start',
    'BEFORE_FIRST_STATUS',
    () => {
      @Saga('halls', { lifecycle })
      class Wrong extends Halls {
        @Handles(Came, { once: 'n', before: 'new' }) came() {
          return [];
        }
        @Applies(Came) opened(): State {
          return { status: 'open' };
        }
      }
      return start([Wrong]);
    },
  ],
  [
    '"before" without "once"',
    'App.start',
    'BEFORE_WITHOUT_ONCE',
    () => {
      @Saga('halls', { lifecycle })
      class Wrong extends Halls {
        @Applies(Came) opened(): State {
          return { status: 'open' };
        }
        came() {
          return [];
        }
      }
      unchecked(Handles(Came, { before: 'open' } as never))(Wrong.prototype, 'came', {});
      return start([Wrong]);
    },
  ],
  [
    'a status that moves back',
    'spec',
    'STATUS_MOVED_BACK',
    () => {
      @Saga('halls', { lifecycle })
      class Wrong extends Halls {
        @Handles(Came) came() {
          return [];
        }
        @Applies(Came) flipped(_: Came, s: State): State {
          return { status: s.status === 'new' ? 'open' : 'new' };
        }
      }
      spec(Wrong).given(came).when(came).thenNothing();
    },
  ],
  [
    'a state that is changed in place',
    'spec',
    'SPEC_MUTATED',
    () => {
      @Saga('halls')
      class Wrong extends Halls {
        @Handles(Came) came(_: Came, s: State) {
          s.status = 'open';
          return [];
        }
      }
      spec(Wrong).when(came).thenNothing();
    },
  ],
  [
    'a clock',
    'spec',
    'SPEC_CLOCK',
    () => {
      @Saga('halls')
      class Wrong extends Halls {
        @Handles(Came) came() {
          return new Left({ id: `${Date.now()}` });
        }
      }
      spec(Wrong).when(came).thenNothing();
    },
  ],
  [
    'chance',
    'spec',
    'SPEC_RANDOM',
    () => {
      @Saga('halls')
      class Wrong extends Halls {
        @Handles(Came) came() {
          return new Left({ id: `${Math.random()}` });
        }
      }
      spec(Wrong).when(came).thenNothing();
    },
  ],
  [
    'two message classes of one name',
    'App.start',
    'TWO_CLASSES_OF_ONE_NAME',
    () => {
      class OtherCame extends Event('Came')<{ id: string }> {}
      @Handler('mail', { delivery: 'at-least-once' })
      class Mail {
        @On(OtherCame) came() {}
      }
      return start([Right, Mail]);
    },
  ],
  [
    'two actors of one name',
    'App.start',
    'DUPLICATE_NAME',
    () => {
      @Aggregate('halls')
      class Other extends Actor<null, Close> {
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
      return start([Right, Other]);
    },
  ],
  ['one actor listed twice', 'App.start', 'DUPLICATE_NAME', () => start([Right, Right])],
  [
    'a Date in the first state',
    'App.start',
    'STATE_NOT_JSON',
    () => {
      @Saga('halls')
      class Wrong extends Actor<{ since: Date }, Came> {
        initial() {
          return { since: new Date(0) };
        }
        key(e: Came) {
          return e.id;
        }
        @Handles(Came) came() {
          return [];
        }
      }
      return start([Wrong]);
    },
  ],
  [
    'a Map in a later state',
    'spec',
    'STATE_NOT_JSON',
    () => {
      @Saga('halls')
      class Wrong extends Halls {
        @Handles(Came) came() {
          return [];
        }
        @Applies(Came) mapped(_: Came, s: State): State {
          return { ...s, log: new Map([[1, 2]]) as never };
        }
      }
      spec(Wrong).when(came).thenNothing();
    },
  ],
  [
    'an output that is an input, behind a wide type',
    'spec',
    'OUTPUT_IS_INPUT',
    () => {
      @Saga('halls')
      class Wrong extends Halls {
        @Handles(Came) came(e: Came) {
          return e as never as Left;
        }
      }
      spec(Wrong).when(came).thenNothing();
    },
  ],
  [
    'a class field that erases data',
    'App.start',
    'MESSAGE_CLASS_FIELD',
    () => {
      class Erased extends Event('Erased')<{ id: string }> {
        id = '';
      }
      @Projection('erased')
      class Rows extends Actor<{ id: string }, Erased> {
        initial() {
          return { id: '' };
        }
        key(e: Erased) {
          return e.id;
        }
        @Applies(Erased) erased(e: Erased): { id: string } {
          return e;
        }
      }
      return start([Rows]);
    },
  ],
];

@Saga('halls')
class Right extends Halls {
  @Handles(Came) came() {
    return [];
  }
}

describe('what no type can catch', () => {
  test.each(refusals)('%s: refused by %s as %s', async (_, __, code, attempt) => {
    await expect((async () => attempt())()).rejects.toMatchObject({ name: 'WaybillError', code });
  });

  test('what is right starts', async () => {
    await expect(start([Right])).resolves.toBeUndefined();
  });
});

describe('App.start', () => {
  test('refuses a class that it cannot use before it touches the store', async () => {
    const untouched = new Proxy({} as Store, {
      get: (_, property) => {
        throw new Error(`store.${String(property)} was asked for`);
      },
    });
    await expect(start([Right, class Forgotten {}], { store: untouched })).rejects.toMatchObject({ code: 'CLASS_NOT_DECORATED' });
  });

  test('names every problem of a class at once', async () => {
    @Saga('the halls')
    class Wrong extends Halls {
      @Handles(Came) one() {
        return [];
      }
      @Handles(Came) two() {
        return [];
      }
    }
    await expect(start([Wrong])).rejects.toThrow(/DEFINITION_INVALID: 2 problems in Wrong:\n.*ACTOR_NAME.*\n.*TWO_METHODS/);
  });

  test('refuses limits that are none', async () => {
    await expect(start([Right], { limits: { attempts: 0 } })).rejects.toMatchObject({ code: 'LIMIT_INVALID' });
  });

  test('after a hot reload the class that was loaded anew is not the one in use, and the error says so', async () => {
    const load = () => {
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
      return Closing;
    };
    const app = await App.start({ store: memoryStore(), use: [load()] });
    await expect(app.send(load(), new Close({ id: 'h' }), { id: 'r-1' })).rejects.toThrow(
      /NOT_IN_USE: the aggregate "closing" of this app is another class than the Closing that was given.* Fix: after a hot reload/,
    );
    await app.stop();
  });

  test('what is not in use cannot be sent to, nor viewed', async () => {
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
    const app = await App.start({ store: memoryStore(), use: [Right] });
    const send = async () => app.send(Closing, new Close({ id: 'h' }), { id: 'r-1' });
    await expect(send()).rejects.toThrow(/NOT_IN_USE: this app has no aggregate Closing/);
    expect(() => app.view(Right)).toThrow(/NOT_IN_USE: this app has no projection Right/);
    await app.stop();
  });
});
