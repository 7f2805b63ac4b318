import {
  Actor,
  after,
  Aggregate,
  Applies,
  cancel,
  close,
  Command,
  discard,
  Event,
  Handles,
  HandlesLate,
  IndexSet,
  Lifecycle,
  Saga,
} from 'waybill';
import type { StatusOf } from 'waybill';
import type { Invariant, Simulation } from '@waybill/testing';

/** Everything that a saga can do, in one: each message stands for one kind of input. */
export class Called extends Event('Called')<{ desk: string }> {}
/** Nothing but its place in the log makes it the same one; it is not folded and emits. */
export class Wrote extends Event('Wrote')<{ desk: string; page: number }> {}
/** Once by its number, not folded, emits. */
export class Ticked extends Event('Ticked')<{ desk: string; tick: number }> {}
export class Paused extends Event('Paused')<{ desk: string; on: boolean }> {}
/** Acted upon unless the desk is paused when it comes. */
export class Asked extends Event('Asked')<{ desk: string; question: number }> {}
export class Armed extends Event('Armed')<{ desk: string; name: string; seconds: number }> {}
export class Disarmed extends Event('Disarmed')<{ desk: string; name: string }> {}
/** Too late once the desk is shut. */
export class Bid extends Event('Bid')<{ desk: string; offer: number }> {}
export class Shut extends Event('Shut')<{ desk: string }> {}
export class Left extends Event('Left')<{ desk: string }> {}

export class Rang extends Event('Rang')<{ desk: string; name: string }> {}
export class Copied extends Event('Copied')<{ desk: string; page: number }> {}
export class Counted extends Event('Counted')<{ desk: string; tick: number }> {}
export class Answered extends Event('Answered')<{ desk: string; question: number }> {}
export class Overdue extends Event('Overdue')<{ desk: string; name: string }> {}
export class Refused extends Event('Refused')<{ desk: string; offer: number }> {}

export class Tell extends Command('Tell')<{ board: string; what: string }> {}
export class Told extends Event('Told')<{ board: string; what: string; count: number }> {}

const lifecycle = Lifecycle('idle', 'open', 'shut');
type State = { status: StatusOf<typeof lifecycle>; paused: boolean; bids: IndexSet; rung: readonly string[] };
type In = Called | Wrote | Ticked | Paused | Asked | Armed | Disarmed | Bid | Shut | Left | Rang;
type Out = Copied | Counted | Answered | Overdue | Refused | Tell;

@Saga('desk', { lifecycle, sends: [Tell], snapshot: { every: 3, version: 1 } })
export class Desk extends Actor<State, In, Out> {
  initial(): State {
    return { status: 'idle', paused: false, bids: IndexSet.empty, rung: [] };
  }
  key(e: In) {
    return e.desk;
  }
  @Handles(Called, { once: true }) onCalled({ desk }: Called) {
    return after('5 seconds', new Rang({ desk, name: 'call' }), { key: 'call' });
  }
  @Handles(Wrote) onWrote({ desk, page }: Wrote) {
    return new Copied({ desk, page });
  }
  @Handles(Ticked, { once: 'tick' }) onTicked({ desk, tick }: Ticked) {
    return [new Counted({ desk, tick }), new Tell({ board: 'all', what: `tick ${tick}` })];
  }
  @Handles(Paused) onPaused() {
    return [];
  }
  @Handles(Asked) onAsked({ desk, question }: Asked, s: State) {
    return s.paused ? discard('paused') : new Answered({ desk, question });
  }
  @Handles(Armed) onArmed({ desk, name, seconds }: Armed) {
    return after(`${seconds} seconds`, new Rang({ desk, name }), { key: name });
  }
  @Handles(Disarmed) onDisarmed({ name }: Disarmed) {
    return cancel(Rang, name);
  }
  @Handles(Bid, { once: 'offer', before: 'shut' }) onBid() {
    return [];
  }
  @HandlesLate(Bid) onLateBid({ desk, offer }: Bid) {
    return new Refused({ desk, offer });
  }
  @Handles(Shut, { once: true }) onShut() {
    return [];
  }
  @Handles(Left, { once: true }) onLeft() {
    return close();
  }
  @Handles(Rang, { deadline: true }) onRang({ desk, name }: Rang) {
    return new Overdue({ desk, name });
  }

  @Applies(Called) called(_: Called, s: State): State {
    return { ...s, status: lifecycle.forward(s.status, 'open') };
  }
  @Applies(Paused) paused({ on }: Paused, s: State): State {
    return { ...s, paused: on };
  }
  @Applies(Bid) bid({ offer }: Bid, s: State): State {
    return { ...s, bids: s.bids.add(offer) };
  }
  @Applies(Shut) shut(_: Shut, s: State): State {
    return { ...s, status: lifecycle.forward(s.status, 'shut') };
  }
  @Applies(Overdue) overdue({ name }: Overdue, s: State): State {
    return { ...s, rung: [...s.rung, name] };
  }
}

/** Told by callers, and by the desk. */
@Aggregate('boards')
export class Boards extends Actor<{ count: number }, Tell, Told> {
  initial() {
    return { count: 0 };
  }
  key({ board }: Tell) {
    return board;
  }
  @Handles(Tell) tell({ board, what }: Tell, { count }: { count: number }) {
    return new Told({ board, what, count: count + 1 });
  }
  @Applies(Told) told(_: Told, { count }: { count: number }) {
    return { count: count + 1 };
  }
}

/** What is told is counted without a gap, whoever tells it. */
export const counted: Invariant = (log) => {
  const counts = log.events(Told).map(({ count }) => count);
  return counts.every((count, i) => count === i + 1) ? undefined : `told are the counts ${counts.join()}`;
};

const desk = 'd-1';
export const desks: Simulation = {
  use: [Desk, Boards],
  messages: [
    ...[new Called({ desk }), new Wrote({ desk, page: 1 }), new Ticked({ desk, tick: 1 }), new Paused({ desk, on: true })],
    ...[new Asked({ desk, question: 1 }), new Paused({ desk, on: false }), new Asked({ desk, question: 2 })],
    ...[new Bid({ desk, offer: 1 }), new Shut({ desk }), new Bid({ desk, offer: 2 })],
    new Tell({ board: 'all', what: 'from outside' }),
  ],
  workers: 2,
  invariant: counted,
};

/** Deadlines set, set anew, cancelled, void after the end; two of one desk, the slow one first. */
export const deadlines: Simulation = {
  use: [Desk, Boards],
  messages: [
    ...[new Called({ desk }), new Armed({ desk, name: 'slow', seconds: 90 }), new Armed({ desk, name: 'fast', seconds: 2 })],
    ...[new Armed({ desk, name: 'slow', seconds: 3 }), new Armed({ desk, name: 'off', seconds: 4 }), new Disarmed({ desk, name: 'off' })],
    new Wrote({ desk, page: 1 }),
  ],
  workers: 2,
};

/** A desk that is left: what it knew stays known, what comes first afterwards is parked. */
export const closing: Simulation = {
  use: [Desk, Boards],
  messages: [
    ...[new Called({ desk }), new Ticked({ desk, tick: 1 }), new Bid({ desk, offer: 1 }), new Left({ desk })],
    ...[new Ticked({ desk, tick: 2 }), new Armed({ desk, name: 'x', seconds: 2 })],
  ],
  workers: 2,
};
