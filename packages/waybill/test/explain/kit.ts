import {
  Actor,
  after,
  Aggregate,
  App,
  Applies,
  cancel,
  close,
  Command,
  conflict,
  discard,
  Event,
  Handler,
  Handles,
  HandlesLate,
  IndexSet,
  Lifecycle,
  On,
  Projection,
  realRuntime,
  Rejected,
  Saga,
} from 'waybill';
import type { AppOptions, NewEvent, Runtime, StatusOf, Store, UseClass } from 'waybill';

/** A school trip in small: who comes along, what is paid, a coach that is ordered once all have paid. */
export class Announced extends Event('Announced')<{ trip: string; seats: number }> {}
export class Paid extends Event('Paid', { personal: ['name'], subject: (e: { pupil: string }) => e.pupil })<{
  trip: string;
  seat: number;
  pupil: string;
  name: string;
  coins?: number;
}> {}
export class Over extends Event('Over')<{ trip: string }> {}
export class Gossip extends Event('Gossip')<{ trip: string }> {}
export class Reminder extends Event('Reminder')<{ trip: string }> {}
export class CoachOrdered extends Event('CoachOrdered')<{ trip: string; seats: number }> {}
export class PaidTooLate extends Event('PaidTooLate')<{ trip: string; seat: number }> {}
export class Reminded extends Event('Reminded')<{ trip: string }> {}
export class BookCoach extends Command('BookCoach')<{ trip: string; seats: number }> {}
export class CoachBooked extends Event('CoachBooked')<{ seats: number }> {}

const lifecycle = Lifecycle('new', 'announced', 'ordered');
type State = { status: StatusOf<typeof lifecycle>; seats: number; paid: IndexSet };

@Saga('trip', { lifecycle, sends: [BookCoach], retry: { attempts: 2, base: '1 millisecond' } })
export class Trip extends Actor<State, Announced | Paid | Over | Gossip | Reminder, CoachOrdered | PaidTooLate | Reminded | BookCoach> {
  static broken = false;

  initial(): State {
    return { status: 'new', seats: 0, paid: IndexSet.empty };
  }
  key(e: Announced | Paid | Over | Gossip | Reminder) {
    return e.trip === 'nobody' ? undefined : e.trip;
  }
  @Handles(Announced, { once: true }) onAnnounced({ trip }: Announced) {
    return after('1 hour', new Reminder({ trip }));
  }
  @Handles(Paid, { once: 'seat', before: 'ordered' }) onPaid(e: Paid, s: State) {
    if (Trip.broken && e.seat === 1) throw new Error('the till is shut');
    if ((e.coins ?? 1) === 0) return conflict('paid with nothing');
    const { paid, seats } = this.paid(e, s);
    if (seats === 0 || !paid.covers(seats)) return [];
    return [new CoachOrdered({ trip: e.trip, seats }), cancel(Reminder), new BookCoach({ trip: e.trip, seats })];
  }
  @HandlesLate(Paid) onLate({ trip, seat }: Paid) {
    return new PaidTooLate({ trip, seat });
  }
  @Handles(Gossip) onGossip() {
    return discard('nobody asked');
  }
  @Handles(Over, { once: true }) onOver() {
    return close();
  }
  @Handles(Reminder, { deadline: true }) onReminder({ trip }: Reminder) {
    return new Reminded({ trip });
  }
  @Applies(Announced) announced({ seats }: Announced, s: State): State {
    return { ...s, seats, status: lifecycle.forward(s.status, 'announced') };
  }
  @Applies(Paid) paid({ seat }: Paid, s: State): State {
    return { ...s, paid: s.paid.add(seat) };
  }
  @Applies(CoachOrdered) ordered(_: CoachOrdered, s: State): State {
    return { ...s, status: 'ordered' };
  }
}

@Aggregate('coach')
export class Coach extends Actor<{ booked: number }, BookCoach, CoachBooked> {
  initial() {
    return { booked: 0 };
  }
  key({ trip }: BookCoach) {
    return trip;
  }
  @Handles(BookCoach) book({ seats }: BookCoach, { booked }: { booked: number }) {
    if (booked > 0) throw new Rejected('there is one coach');
    return new CoachBooked({ seats });
  }
  @Applies(CoachBooked) booked({ seats }: CoachBooked) {
    return { booked: seats };
  }
}

@Projection('payers')
export class Payers extends Actor<{ paid: number }, Paid | Over> {
  static broken = false;
  initial() {
    return { paid: 0 };
  }
  key(e: Paid | Over) {
    return e.trip;
  }
  @Applies(Paid) paid(_: Paid, s: { paid: number }) {
    if (Payers.broken) throw new Error('out of chalk');
    return { paid: s.paid + 1 };
  }
}

@Handler('letters', { delivery: 'at-least-once', retry: { attempts: 1 } })
export class Letters {
  static broken = false;
  @On(CoachOrdered) write() {
    if (Letters.broken) throw new Error('no stamps');
  }
}

@Handler('bell', { delivery: 'at-most-once' })
export class Bell {
  @On(CoachOrdered) ring() {
    return undefined;
  }
}

export const USE: readonly UseClass[] = [Trip, Coach, Payers, Letters, Bell];

/** The clock of one test, which can be put ahead. */
export class Ahead {
  private by = 0;
  readonly runtime: Runtime = { ...realRuntime, now: () => Date.now() + this.by };
  pass(ms: number): void {
    this.by += ms;
  }
}

/** What an outside producer appends; the same id twice is two rows under one id. */
export class School {
  private version: number | 'none' = 'none';

  constructor(readonly store: Store) {}

  async say(id: string, type: string, data: object): Promise<void> {
    const event: NewEvent = { id, type, data: JSON.stringify(data), meta: '{}', time: Date.now() };
    const [written] = await this.store.append([{ stream: 'school', expected: this.version, events: [event] }]);
    if (written?.ok) this.version = written.version;
  }
  announce(id: string, trip: string, seats: number): Promise<void> {
    return this.say(id, 'Announced', { trip, seats });
  }
  pay(id: string, trip: string, seat: number, more: object = {}): Promise<void> {
    return this.say(id, 'Paid', { trip, seat, pupil: `p-${seat}`, name: `Name ${seat}`, ...more });
  }
}

export async function running<T>(options: AppOptions, work: (app: App) => Promise<T>): Promise<T> {
  const app = await App.start(options);
  try {
    return await work(app);
  } finally {
    await app.stop();
  }
}
