// The classes of the crash run in plain JavaScript, so that each process starts at once.
const { Actor, after, Applies, close, Event, Handles, IndexSet, Lifecycle, Saga } = require('waybill');

class Begun extends Event('Begun') {}
class Step extends Event('Step') {}
class Ended extends Event('Ended') {}
class Nudge extends Event('Nudge') {}
class Finished extends Event('Finished') {}
class Reminded extends Event('Reminded') {}

const lifecycle = Lifecycle('open', 'finished');
const STEPS = 3;
const NUDGES = 3;

/** `poisoned`: bad steps throw. A job ends at three steps, is reminded three times, and is closed when it is told to. */
function jobs(poisoned) {
  class Jobs extends Actor {
    initial() {
      return { status: 'open', steps: IndexSet.empty };
    }
    key({ of }) {
      return of;
    }
    onBegun({ of }) {
      return after('40 milliseconds', new Nudge({ of, n: 1 }));
    }
    onStep(e, s) {
      if (e.bad && poisoned) throw new Error('the dependency is down');
      return this.step(e, s).steps.covers(STEPS) ? new Finished({ of: e.of }) : [];
    }
    onEnded() {
      return close();
    }
    onNudge({ of, n }) {
      const told = new Reminded({ of, n });
      return n < NUDGES ? [told, after('60 milliseconds', new Nudge({ of, n: n + 1 }))] : told;
    }
    step({ n }, s) {
      return { ...s, steps: s.steps.add(n) };
    }
    finished(_, s) {
      return { ...s, status: 'finished' };
    }
  }
  const on = (decorate, method) => decorate(Jobs.prototype, method, Object.getOwnPropertyDescriptor(Jobs.prototype, method));
  on(Handles(Begun, { once: true }), 'onBegun');
  on(Handles(Step, { once: 'n', before: 'finished' }), 'onStep');
  on(Handles(Ended, { once: true }), 'onEnded');
  on(Handles(Nudge, { deadline: true }), 'onNudge');
  on(Applies(Step), 'step');
  on(Applies(Finished), 'finished');
  Saga('jobs', { lifecycle, retry: { attempts: 2, base: '5 milliseconds' }, snapshot: { every: 4, version: 1 } })(Jobs);
  return [Jobs];
}

module.exports = { jobs };
