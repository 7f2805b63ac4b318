import {
  Actor,
  after,
  Aggregate,
  Applies,
  cancel,
  close,
  conflict,
  discard,
  Handles,
  HandlesLate,
  IndexSet,
  Lifecycle,
  Rejected,
  Saga,
} from 'waybill';
import type { StatusOf } from 'waybill';
import {
  Answered,
  Arrived,
  Ask,
  Booked,
  Left,
  Loaded,
  Overdue,
  Passed,
  SealCameLate,
  Sealed,
  Tidied,
  Tidy,
  TripDone,
  TripOverdue,
  Weighed,
} from './messages';
import { tripOf, work } from './world';

/** Frozen: see world.ts. */

const lifecycle = Lifecycle('open', 'left', 'arrived');
type Trip = { status: StatusOf<typeof lifecycle>; loaded: IndexSet; seals: string[]; grams: number; passed: number };
type In = Booked | Loaded | Sealed | Weighed | Passed | Left | Arrived | Overdue;
type Out = TripOverdue | SealCameLate | TripDone | Tidy;

/** Has all that an actor can have: keys of every kind, a deadline, late messages, an end, commands to others, snapshots. */
@Saga('trips', { lifecycle, sends: [Tidy], snapshot: { every: 10, version: 1 }, retry: { attempts: 2, base: '10 milliseconds' } })
export class Trips extends Actor<Trip, In, Out> {
  initial(): Trip {
    return { status: 'open', loaded: IndexSet.empty, seals: [], grams: 0, passed: 0 };
  }
  key(e: In) {
    return tripOf(e);
  }
  @Handles(Booked, { once: true }) onBooked({ trip, note }: Booked) {
    work(note);
    return after('2 hours', new Overdue({ trip }), { key: 'first' });
  }
  @Handles(Loaded, { once: 'n', before: 'left' }) onLoaded({ n, note }: Loaded) {
    work(note);
    return n < 1_000 ? [] : conflict('a trip has room for 1000');
  }
  @Handles(Sealed, { once: ['gate', 'code'], before: 'left' }) onSealed({ note }: Sealed) {
    work(note);
    return [];
  }
  @HandlesLate(Sealed) onLateSeal({ trip, code }: Sealed) {
    return new SealCameLate({ trip, code });
  }
  @Handles(Weighed, { once: ({ at }) => at }) onWeighed({ grams }: Weighed) {
    return grams < 0 ? discard('less than nothing') : [];
  }
  @Handles(Passed) onPassed({ note }: Passed) {
    work(note);
    return [];
  }
  @Handles(Left, { once: true }) onLeft() {
    return cancel(Overdue, 'first');
  }
  @Handles(Arrived, { once: true }) onArrived({ trip }: Arrived, { loaded }: Trip) {
    return [new TripDone({ trip, loaded: loaded.size }), new Tidy({ desk: 'floor', trip }), close()];
  }
  @Handles(Overdue, { deadline: true, before: 'left' }) onOverdue({ trip }: Overdue, { loaded }: Trip) {
    return new TripOverdue({ trip, loaded: loaded.size });
  }
  @Applies(Loaded) loaded({ n }: Loaded, s: Trip): Trip {
    return { ...s, loaded: s.loaded.add(n) };
  }
  @Applies(Sealed) sealed({ code }: Sealed, s: Trip): Trip {
    return { ...s, seals: [...s.seals, code] };
  }
  @Applies(Weighed) weighed({ grams }: Weighed, s: Trip): Trip {
    return { ...s, grams: s.grams + grams };
  }
  @Applies(Passed) passed(_: Passed, s: Trip): Trip {
    return { ...s, passed: s.passed + 1 };
  }
  @Applies(Left) left(_: Left, s: Trip): Trip {
    return { ...s, status: lifecycle.forward(s.status, 'left') };
  }
  @Applies(Arrived) arrived(_: Arrived, s: Trip): Trip {
    return { ...s, status: 'arrived' };
  }
}

/** Takes commands of callers, and those of Trips out of the log. */
@Aggregate('desks', { snapshot: { every: 4, version: 1 } })
export class Desks extends Actor<{ answers: number }, Ask | Tidy, Answered | Tidied> {
  initial() {
    return { answers: 0 };
  }
  key({ desk }: Ask | Tidy) {
    return desk;
  }
  @Handles(Ask) ask({ desk, text, times = 1 }: Ask, { answers }: { answers: number }) {
    if (text === 'no') throw new Rejected('nobody answers that');
    if (text === 'again') return conflict('it was asked before');
    return Array.from({ length: times }, (_, n) => new Answered({ desk, text, nth: answers + n }));
  }
  @Handles(Tidy) tidy({ desk, trip }: Tidy) {
    return new Tidied({ desk, trip });
  }
  @Applies(Answered) answered(_: Answered, { answers }: { answers: number }) {
    return { answers: answers + 1 };
  }
}
