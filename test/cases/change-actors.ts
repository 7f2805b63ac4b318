import { Actor, after, Aggregate, Command, Event, Handler, Handles, On, Projection, Saga, Applies } from 'waybill';
import type { Fed } from './messages';

type Of = { of: string };

/** Tasks of one release, and of the next: what differs is said where they are made. */
export class Begun extends Event('Begun')<Of> {}
export class Ended extends Event('Ended')<Of> {}
export class Due extends Event('Due')<Of> {}
export class Warned extends Event('Warned')<Of & { time: number }> {}

/** A saga that warns after this time. */
export function tasksWith(wait: number) {
  @Saga('tasks')
  class Tasks extends Actor<object, Begun | Due, Warned> {
    initial() {
      return {};
    }
    key({ of }: Of) {
      return of;
    }
    @Handles(Begun) onBegun({ of }: Begun) {
      return after(wait, new Due({ of }));
    }
    @Handles(Due, { deadline: true }) onDue({ of }: Due, _: object, { time }: { time: number }) {
      return new Warned({ of, time });
    }
  }
  return Tasks;
}

/** A release that warns no more: it takes another event instead, and may say that the deadline is retired. */
export function tasksWithout(options: { retired?: readonly string[] }) {
  @Saga('tasks', options)
  class Tasks extends Actor<object, Begun | Ended> {
    initial() {
      return {};
    }
    key({ of }: Of) {
      return of;
    }
    @Handles(Begun) onBegun() {
      return [];
    }
    @Handles(Ended) onEnded() {
      return [];
    }
  }
  return Tasks;
}

/** Who was called, in every process of a case. */
export const called: string[] = [];
export const unreachable = new Set<string>();

type Options = Parameters<typeof Handler<Begun>>[1];
export function callsWith(options: Options) {
  @Handler('calls', options)
  class Calls {
    @On(Begun) begun({ of }: Begun) {
      if (unreachable.has(of)) throw new Error('nobody there');
      called.push(of);
    }
  }
  return Calls;
}

/** A view of tasks, and the next release of it, which also takes in how they end. */
@Projection('list')
export class List extends Actor<{ state: string }, Begun> {
  initial() {
    return { state: '' };
  }
  key({ of }: Of) {
    return of;
  }
  @Applies(Begun) begun() {
    return { state: 'begun' };
  }
}
export function listWithEnds(version: number) {
  @Projection('list', { version })
  class ListWithEnds extends Actor<{ state: string }, Begun | Ended> {
    initial() {
      return { state: '' };
    }
    key({ of }: Of) {
      return of;
    }
    @Applies(Begun) begun() {
      return { state: 'begun' };
    }
    @Applies(Ended) ended() {
      return { state: 'ended' };
    }
  }
  return ListWithEnds;
}

/** A message renamed, and the release before it as it is started again after the newer one. */
export class Pay extends Command('Pay')<Of & { n: number }> {}
// #region renamed
export class Transfer extends Command('Transfer', { aliases: ['Pay'] })<Of & { n: number }> {} // was Pay
export class PayAgain extends Command('Pay', { aliases: ['Transfer'] })<Of & { n: number }> {} // rolled back
// #endregion
export class Moved extends Event('Moved')<Of & { n: number }> {}

export function accountsOf(message: typeof Pay | typeof Transfer | typeof PayAgain) {
  @Aggregate('accounts')
  class Accounts extends Actor<{ n: number }, Pay | Transfer | PayAgain, Moved> {
    initial() {
      return { n: 0 };
    }
    key({ of }: Of) {
      return of;
    }
    @Handles(message as typeof Pay) onPay({ of, n }: Pay) {
      return new Moved({ of, n });
    }
    @Applies(Moved) moved({ n }: Moved, state: { n: number }) {
      return { n: state.n + n };
    }
  }
  return Accounts;
}

export const begun = (of: string): Fed => ({ type: 'Begun', data: { of } });
export const ended = (of: string): Fed => ({ type: 'Ended', data: { of } });
