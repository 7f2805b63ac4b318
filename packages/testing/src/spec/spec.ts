import { WaybillError } from '@waybill/core';
import type { AnyActor, AnyEvent, AnyMessageClass, InOf, Message, OutOf, StateOf } from '@waybill/core';
import type { ParkKind } from '@waybill/core/internal';
import { show } from '@waybill/core/store-kit';
import { guardedDefinition } from './actor';
import type { ActorClass } from './actor';
import { Journal } from './journal';
import type { Arrival, WhenOptions } from './journal';
import { open } from './open';
import { diff, print } from './print';
import { watched } from './pure';
import { cancelled, CLOSED, deadline, shown, timed, type When } from './time';

const FIX = 'correct the actor or the expectation';

type Make<A, Args extends readonly unknown[]> = Args extends readonly [] ? [make?: () => A] : [make: () => A];

/**
 * `spec(Shipping).given(…).when(…).then(…)`: what an actor decides, without a store. Every message goes through the flow's
 * own gate, decide and fold, twice: the second delivery must change nothing. Methods run on frozen input, without clock
 * and chance, and once more on a fresh instance from `make`, as after a restart.
 * @param make builds the actor, if its constructor has parameters. Called often.
 * @throws WaybillError `SPEC_…` when the actor breaks a rule, here or in `given` and `when`.
 */
export function spec<A extends AnyActor, const Args extends readonly unknown[]>(
  actor: new (...args: [...Args]) => A,
  ...[make]: Make<A, Args>
): Arranged<A> {
  const target = actor as unknown as ActorClass<A>;
  return new Arranged<A>(new Journal(guardedDefinition(target, make ?? (() => new (target as new () => A)()))));
}

/** An actor that has taken in what was given. Immutable: each step returns a new one, so it can be shared. */
export class Arranged<A extends AnyActor> {
  constructor(private readonly journal: Journal) {}

  /** Messages taken in earlier, in this order; what the actor emits for them follows by itself. Duplicates are dropped. */
  given(...messages: readonly InOf<A>[]): Arranged<A> {
    const journal = this.journal.copy();
    watched(() => messages.forEach((message) => takeGiven(journal, message)));
    journal.checkReload();
    return new Arranged(journal);
  }

  /** Delivers the message, twice. Assert what becomes of it with one of `then…` and `state`. */
  when(message: InOf<A>, options: WhenOptions = {}): Arrived<A> {
    const journal = this.journal.copy();
    const arrival = journal.take(message, options);
    journal.checkReload();
    return new Arrived<A>(journal, message, arrival);
  }

  /** The whole state, or a predicate on it. */
  state(expected: StateOf<A> | ((state: StateOf<A>) => boolean)): Arranged<A> {
    const state = this.journal.state as StateOf<A>;
    if (typeof expected === 'function') {
      const verdict: unknown = (expected as (state: StateOf<A>) => boolean)(state);
      if (verdict === true) return this;
      const what = typeof verdict === 'boolean' ? 'fails the predicate' : `made the predicate return ${show(verdict)}, not a boolean`;
      throw new WaybillError('SPEC_STATE', `the state of "${this.journal.name}" ${what}: ${print(state)}`, FIX);
    }
    if (print(expected) === print(state)) return this;
    const lines = diff(print(expected), print(state));
    throw new WaybillError('SPEC_STATE', `the state of "${this.journal.name}" differs (- expected, + actual)\n${lines}\n`, FIX);
  }
}

/** A message that has arrived and that nothing is asserted about yet. Not a promise, although it has a `then`. */
export class Arrived<A extends AnyActor> {
  constructor(
    private readonly journal: Journal,
    private readonly message: Message,
    private readonly arrival: Arrival,
  ) {
    open.add(this);
  }

  /** Taken in, and exactly these events were emitted, in this order. */
  then(first: OutOf<A>, ...more: readonly OutOf<A>[]): Arranged<A> {
    const expected = [first, ...more];
    open.delete(this);
    if (expected.some((event) => typeof event === 'function' && !('messageType' in event))) {
      throw new WaybillError(
        'SPEC_AWAITED',
        `spec(…).when(${this.message.type}) was awaited or returned before it asserted anything`,
        'a spec is synchronous: no await, no return; end it with .then(event), .thenNothing(), …',
      );
    }
    if (first === undefined) throw new WaybillError('SPEC_THEN_EMPTY', 'then() was given no event', 'write thenNothing()');
    const wrong = expected.find((event) => event['~kind'] !== 'event' && event['~kind'] !== 'command');
    if (wrong) throw new WaybillError('SPEC_THEN_NOT_EVENT', `then() was given ${show(wrong)}`, 'pass instances: new SomeEvent({ … })');
    if (this.arrival.kind !== 'applied') return this.fail(`to be applied and emit ${print(expected)}`);
    return this.expectEvents(expected);
  }

  /** Taken in, and nothing was emitted. The state may have changed. */
  thenNothing(): Arranged<A> {
    if (this.arrival.kind !== 'applied') return this.fail('to be applied and emit nothing');
    return this.expectEvents([]);
  }

  /** Dropped: taken in before, with the same content. */
  thenDuplicate(): Arranged<A> {
    return this.expect('duplicate');
  }

  /** Taken in and not acted upon: `discard(reason)`. */
  thenDiscarded(reason?: string): Arranged<A> {
    return this.expect('discarded', reason);
  }

  /** Parked because it contradicts what was taken in: other content under the same key, or `conflict(reason)`. Or a command whose id belongs to another. */
  thenConflict(reason?: string): Arranged<A> {
    return this.expect('conflict', reason);
  }

  /** A command was refused: `Rejected` or `conflict(reason)`. Every retry gets the same refusal. */
  thenRejected(reason?: string): Arranged<A> {
    return this.expect('rejected', reason);
  }

  /** Parked: `late` (first seen after `before`), `invalid` (no valid key), `failed` (the method threw) or `behind` (queued after a failed one). */
  thenParked(kind?: Exclude<ParkKind, 'conflict'>): Arranged<A> {
    if (kind !== undefined && this.arrival.park !== kind) return this.fail(`to be parked (${kind})`);
    return this.expect('parked');
  }

  /** Dropped without a trace: a deadline that is not pending any more, or a known message of a closed actor. */
  thenLate(): Arranged<A> {
    return this.expect('late');
  }

  /** The decision set this deadline. May be followed by another `then…`. */
  thenDeadline(message: InOf<A> & AnyEvent, options: When & { readonly key?: string }): this {
    return this.holds(deadline(this.arrival, message, options, options.key));
  }

  /** The decision cancelled this deadline, which was pending. May be followed by another `then…`. */
  thenCancelled(message: AnyMessageClass<InOf<A> & AnyEvent>, key?: string): this {
    return this.holds(cancelled(message.messageType, key));
  }

  /** The decision closed the actor. May be followed by another `then…`. */
  thenClosed(): this {
    return this.holds(CLOSED);
  }

  /** `key()` names no actor of this class: no trace is left. */
  thenIgnored(): Arranged<A> {
    return this.expect('ignored');
  }

  /** The whole state afterwards, or a predicate on it. Asserts nothing about what was emitted. */
  state(expected: StateOf<A> | ((state: StateOf<A>) => boolean)): Arranged<A> {
    return this.done().state(expected);
  }

  private holds(what: string): this {
    open.delete(this);
    if (timed(this.arrival).includes(what)) return this;
    return this.fail(`to have ${what} (it has: ${timed(this.arrival).join(', ') || 'none'})`);
  }

  private expect(kind: Arrival['kind'], reason?: string): Arranged<A> {
    const wanted = reason === undefined ? kind : `${kind}: ${JSON.stringify(reason)}`;
    if (this.arrival.kind !== kind || (reason !== undefined && reason !== this.arrival.reason)) return this.fail(`to be ${wanted}`);
    return this.done();
  }

  private expectEvents(expected: readonly Message[]): Arranged<A> {
    if (print(expected) === print(this.arrival.events)) return this.done();
    open.delete(this);
    const lines = diff(print(expected), print(this.arrival.events));
    const what = `${this.message.type} made "${this.journal.name}" emit other events (- expected, + actual)`;
    throw new WaybillError('SPEC_EVENTS', `${what}\n${lines}\n`, FIX);
  }

  private fail(expected: string): never {
    open.delete(this);
    const what = `expected ${this.message.type} ${expected}, but it was ${shown(this.arrival)}`;
    throw new WaybillError('SPEC_OUTCOME', what, FIX, { cause: this.arrival.error });
  }

  private done(): Arranged<A> {
    open.delete(this);
    return new Arranged<A>(this.journal);
  }
}

/** @throws WaybillError `SPEC_GIVEN_NOT_TAKEN` */
function takeGiven(journal: Journal, message: Message): void {
  const arrival = journal.take(message);
  if (arrival.kind === 'applied' || arrival.kind === 'discarded' || arrival.kind === 'duplicate') return;
  throw new WaybillError(
    'SPEC_GIVEN_NOT_TAKEN',
    `given ${message.type} was not taken in: ${shown(arrival)}`,
    'give only what the actor takes in, or deliver it with when() and assert what becomes of it',
    { cause: arrival.error },
  );
}
