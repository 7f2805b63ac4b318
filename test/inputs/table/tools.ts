import { spec, simulate } from '@waybill/testing';
import { Actor, Applies, Handles, Saga } from 'waybill';
import type { Decision } from 'waybill';
import { any, Board, Came, Desk, Halls, Left, Other } from './scenes';
import { SECRET } from './wrong';
import type { Wrong } from './wrong';

type Hall = { count: number; at?: unknown };
type Decide = (e: Came, s: Hall) => unknown;
const came = new Came({ id: 'h', n: 1, note: SECRET });
const nothing: Decide = () => [];

/** A saga of one method and one fold, to be wrong in one place. */
function hall(decide: Decide, fold: (e: Came, s: Hall) => unknown = (_, s) => ({ count: s.count + 1 }), key = (e: Came): string => e.id) {
  @Saga('hall')
  class HallSaga extends Actor<Hall, Came, Left> {
    initial(): Hall {
      return { count: 0 };
    }
    key(e: Came) {
      return key(e);
    }
    @Handles(Came, { once: 'n' }) came(e: Came, s: Hall): Decision<Left> {
      return decide(e, s) as Decision<Left>;
    }
    @Applies(Came) folded(e: Came, s: Hall): Hall {
      return fold(e, s) as Hall;
    }
  }
  return HallSaga;
}
const when = (decide: Decide, fold?: (e: Came, s: Hall) => unknown) => () => spec(hall(decide, fold)).when(came).thenNothing();
let calls = 0;

@Saga('copies')
class ByText extends Actor<null, Came> {
  initial() {
    return null;
  }
  key(e: Came) {
    return e.id;
  }
  @Handles(Came, { once: (e) => JSON.stringify(e) }) came() {
    return [];
  }
}

/** Tests of actors that are wrong, or whose actors are. */
export const TOOLS: readonly Wrong[] = [
  { what: 'spec of a projection', code: 'SPEC_KIND', names: ['Board', 'projection'], run: () => spec(any(Board), any(undefined)) },
  {
    what: 'spec of a class without a decorator',
    code: 'CLASS_NOT_DECORATED',
    names: ['Plain'],
    run: () => spec(any(class Plain {}), any(undefined)),
  },
  {
    what: 'when() with a message that the actor does not take',
    code: 'SPEC_NOT_TAKEN',
    names: ['"hall"', '"Left"'],
    run: () =>
      spec(hall(nothing))
        .when(any(new Left({ id: 'h', note: SECRET })))
        .thenNothing(),
  },
  {
    what: 'when() with undefined',
    code: 'SPEC_NOT_TAKEN',
    names: ['"hall"', 'undefined'],
    run: () => spec(hall(nothing)).when(any(undefined)).thenNothing(),
  },
  { what: 'then() without an event', code: 'SPEC_THEN_EMPTY', names: ['then()'], run: () => any2(spec(hall(nothing)).when(came)).then() },
  {
    what: 'then() with plain data',
    code: 'SPEC_THEN_NOT_EVENT',
    names: ['object'],
    run: () => any2(spec(hall(nothing)).when(came)).then({ type: 'Left', note: SECRET }),
  },
  {
    what: 'messages of two actors in one spec',
    code: 'SPEC_OTHER_ACTOR',
    names: ['"hall-h"', '"hall-other"'],
    run: () =>
      spec(hall(nothing))
        .given(came)
        .when(new Came({ id: 'other' }))
        .thenNothing(),
  },
  {
    what: 'a key made of the text of the message',
    code: 'SPEC_KEY_UNSTABLE',
    names: ['"hall"', 'Came'],
    run: () =>
      spec(hall(nothing, undefined, (e) => Object.keys(e).join('+')))
        .when(came)
        .thenNothing(),
  },
  {
    what: 'a method that looks at the clock',
    code: 'SPEC_CLOCK',
    names: ['@Handles(Came) of "hall"', 'Date.now()'],
    run: when(() => new Left({ id: `${Date.now()}` })),
  },
  {
    what: 'a method that throws dice',
    code: 'SPEC_RANDOM',
    names: ['@Handles(Came)', 'Math.random()'],
    run: when(() => new Left({ id: `${Math.random()}` })),
  },
  {
    what: 'a method that sets a timer',
    code: 'SPEC_OUTSIDE',
    names: ['@Handles(Came)', 'setTimeout'],
    run: when(() => (setTimeout(() => undefined, 0), [])),
  },
  {
    what: 'a method that changes its state in place',
    code: 'SPEC_MUTATED',
    names: ['@Handles(Came)', 'count'],
    run: when((_, s) => ((s.count += 1), [])),
  },
  {
    what: 'a method that counts in a variable of the module',
    code: 'SPEC_NOT_DETERMINISTIC',
    names: ['@Handles(Came)'],
    run: when(() => new Left({ id: `${++calls}` })),
  },
  { what: 'a fold that returns nothing', code: 'SPEC_STATE_MISSING', names: ['@Applies(Came)'], run: when(nothing, () => undefined) },
  {
    what: 'a fold that keeps a Date',
    code: 'STATE_NOT_JSON',
    names: ['at is a Date'],
    run: when(nothing, (_, s) => ({ ...s, at: new Date(0) })),
  },
  {
    what: 'a state other than expected',
    code: 'SPEC_STATE',
    names: ['"hall"', 'count'],
    run: () =>
      spec(hall(nothing))
        .when(came)
        .thenNothing()
        .state(any({ count: 7 })),
  },
  {
    what: 'events other than expected',
    code: 'SPEC_EVENTS',
    names: ['Left'],
    run: () =>
      spec(hall(() => new Left({ id: 'h' })))
        .when(came)
        .thenNothing(),
  },
  {
    what: 'an outcome other than expected',
    code: 'SPEC_OUTCOME',
    names: ['Came'],
    run: () =>
      any2(
        spec(
          hall(() => {
            throw new Error('no such field');
          }),
        ).when(came),
      ).thenNothing(),
  },
  { what: 'a schedule that breaks an invariant', code: 'SIMULATION_FAILED', names: ['never', 'seed'], run: broken },
  {
    what: 'a tape that was cut',
    code: 'TAPE_UNREADABLE',
    names: ['tape'],
    run: () => simulate({ use: [Halls], messages: [came], replay: 'w1:' }),
  },
  {
    what: 'a once key made of the text of the message',
    code: 'SPEC_SECOND_DELIVERY',
    names: ['Came', '"copies"'],
    run: () => spec(ByText).when(new Came({ id: 'h', n: 1 })),
  },
  {
    what: 'given() with a message that the actor does not take in',
    code: 'SPEC_GIVEN_NOT_TAKEN',
    names: ['Came', 'conflict'],
    run: () => spec(hall(nothing)).given(came, new Came({ id: 'h', n: 1 })),
  },
  {
    what: 'a spec that is awaited',
    code: 'SPEC_AWAITED',
    names: ['Came'],
    run: async () => {
      await (spec(hall(nothing)).when(came) as unknown as Promise<void>);
    },
  },
  {
    what: 'a simulation with wrong options: all of them are told',
    code: 'SIMULATION_OPTION',
    names: ['use is undefined', 'messages', 'seeds is -1', '"crsh" is not a fault', 'crash is 5', 'invariant'],
    run: () => simulate(any({ messages: [{ id: 'a' }], seeds: -1, faults: { crsh: 1, crash: 5 }, invariant: {} })),
  },
  {
    what: 'a simulation by no worker',
    code: 'SIMULATION_OPTION',
    names: ['workers is 0'],
    run: () => simulate({ use: [Halls], messages: [came], workers: 0 }),
  },
  {
    what: 'a command for no aggregate in use, in a simulation',
    code: 'COMMAND_NOT_TAKEN',
    names: ['Other'],
    run: () => simulate({ use: [Desk], messages: [new Other({ id: 'a' })], seeds: 1, faults: 'none' }),
  },
];

function any2(value: unknown): { then(...events: unknown[]): void; thenNothing(): void } {
  return value as never;
}

async function broken(): Promise<void> {
  try {
    await simulate({
      use: [Halls],
      messages: [came],
      seeds: 1,
      faults: 'none',
      invariant: function never() {
        return 'a message was taken in';
      },
    });
  } catch (error) {
    // The time-line and the tape stand below the message.
    const failure = error as Error;
    failure.message = failure.message.split('\n')[0] ?? '';
    throw failure;
  }
}
