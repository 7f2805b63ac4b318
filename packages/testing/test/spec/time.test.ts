import { Actor, after, Applies, cancel, close, Command, Event, Handles, HandlesLate, Lifecycle, Saga } from '@waybill/core';
import type { StatusOf } from '@waybill/core';
import { spec } from '@waybill/testing';

class Begun extends Event('Begun')<{ of: string }> {}
class Step extends Event('Step')<{ of: string; n: number }> {}
class Ended extends Event('Ended')<{ of: string }> {}
class Overdue extends Event('Overdue')<{ of: string }> {}
class Reminded extends Event('Reminded')<{ of: string }> {}
class CameLate extends Event('CameLate')<{ of: string; n: number }> {}
class Clear extends Command('Clear')<{ of: string }> {}

const lifecycle = Lifecycle('open', 'done');
type State = { status: StatusOf<typeof lifecycle> };
type In = Begun | Step | Ended | Overdue;

@Saga('jobs', { lifecycle, sends: [Clear] })
class Jobs extends Actor<State, In, Reminded | CameLate | Clear> {
  initial(): State {
    return { status: 'open' };
  }
  key({ of }: In) {
    return of;
  }
  @Handles(Begun, { once: true }) begin({ of }: Begun) {
    return after('3 days', new Overdue({ of }), { key: 'x' });
  }
  @Handles(Step, { once: 'n', before: 'done' }) step({ of, n }: Step) {
    return n === 9 ? [new Clear({ of }), cancel(Overdue, 'x')] : [];
  }
  @HandlesLate(Step) late({ of, n }: Step) {
    return new CameLate({ of, n });
  }
  @Handles(Ended, { once: true }) end() {
    return close();
  }
  @Handles(Overdue, { deadline: true, before: 'done' }) overdue({ of }: Overdue) {
    return new Reminded({ of });
  }
  @Applies(Clear) cleared(): State {
    return { status: 'done' };
  }
}
const of = 'a';
const begun = spec(Jobs).given(new Begun({ of }));

test('a deadline that was set fires, once', () => {
  spec(Jobs).when(new Begun({ of })).thenDeadline(new Overdue({ of }), { in: '3 days', key: 'x' }).thenNothing();
  const fired = begun.when(new Overdue({ of }), { key: 'x' }).then(new Reminded({ of }));
  fired.when(new Overdue({ of }), { key: 'x' }).thenLate();
  begun.when(new Overdue({ of })).thenLate();
});

test('another duration, key or content is told', () => {
  const when = () => spec(Jobs).when(new Begun({ of }));
  expect(() => when().thenDeadline(new Overdue({ of }), { in: '2 days', key: 'x' })).toThrow('SPEC_OUTCOME');
  expect(() => when().thenDeadline(new Overdue({ of }), { in: '3 days' })).toThrow('SPEC_OUTCOME');
  expect(() => when().thenDeadline(new Overdue({ of: 'b' }), { in: '3 days', key: 'x' })).toThrow('SPEC_OUTCOME');
  expect(() => when().thenClosed()).toThrow('SPEC_OUTCOME');
});

test('one that is taken back is late; a command is an output; a message that comes late reaches its method', () => {
  const done = begun
    .when(new Step({ of, n: 9 }))
    .thenCancelled(Overdue, 'x')
    .then(new Clear({ of }));
  done.when(new Overdue({ of }), { key: 'x' }).thenLate();
  done.when(new Step({ of, n: 1 })).then(new CameLate({ of, n: 1 }));
});

test('a closed actor drops what it knows and parks what it does not', () => {
  const closed = begun.when(new Ended({ of })).thenClosed().thenNothing();
  closed.when(new Begun({ of })).thenLate();
  closed.when(new Overdue({ of }), { key: 'x' }).thenLate();
  closed.when(new Step({ of, n: 1 })).thenParked('late');
});
