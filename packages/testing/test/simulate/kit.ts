import { Actor, Aggregate, Applies, Command, Event, Handler, Handles, IndexSet, Lifecycle, On, Projection, Saga } from '@waybill/core';
import type { StatusOf } from '@waybill/core';
import { simulate, SimulationFailure } from '@waybill/testing';
import type { Simulation } from '@waybill/testing';

export class Begun extends Event('Begun')<{ trip: string; stops: number }> {}
export class Reached extends Event('Reached')<{ trip: string; stop: number }> {}
export class Arrived extends Event('Arrived')<{ trip: string; stops: number[] }> {}

const lifecycle = Lifecycle('new', 'begun', 'arrived');
type State = { status: StatusOf<typeof lifecycle>; stops: IndexSet; wanted?: number };

/** Arrives once, when it has begun and every stop was reached, in whatever order. */
@Saga('trips', { lifecycle })
export class Trips extends Actor<State, Begun | Reached, Arrived> {
  initial(): State {
    return { status: 'new', stops: IndexSet.empty };
  }
  key(e: Begun | Reached) {
    return e.trip;
  }
  @Handles(Begun, { once: true }) onBegun(e: Begun, s: State) {
    return this.complete(e.trip, this.begun(e, s));
  }
  @Handles(Reached, { once: 'stop', before: 'arrived' }) onReached(e: Reached, s: State) {
    return this.complete(e.trip, this.reached(e, s));
  }
  @Applies(Begun) begun({ stops }: Begun, s: State): State {
    return { ...s, wanted: stops, status: lifecycle.forward(s.status, 'begun') };
  }
  @Applies(Reached) reached({ stop }: Reached, s: State): State {
    return { ...s, stops: s.stops.add(stop) };
  }
  @Applies(Arrived) arrived(_: Arrived, s: State): State {
    return { ...s, status: 'arrived' };
  }
  protected complete(trip: string, { wanted, stops }: State): Arrived | [] {
    return wanted !== undefined && stops.covers(wanted) ? new Arrived({ trip, stops: [...stops] }) : [];
  }
}

export class Fare extends Event('Fare')<{ rider: string; ride: number; cents: number }> {}

/** Adds up fares; forgets to say that a ride is paid once. */
@Saga('wallets')
export class Careless extends Actor<{ cents: number }, Fare> {
  initial() {
    return { cents: 0 };
  }
  key({ rider }: Fare) {
    return rider;
  }
  @Handles(Fare) onFare() {
    return [];
  }
  @Applies(Fare) fare({ cents }: Fare, s: { cents: number }) {
    return { cents: s.cents + cents };
  }
}

/** The same, with `once`. */
@Saga('wallets')
export class Careful extends Careless {
  @Handles(Fare, { once: 'ride' }) override onFare() {
    return [];
  }
}

export class Reserve extends Command('Reserve')<{ hall: string }> {}
export class Reserved extends Event('Reserved')<{ hall: string; seat: number }> {}

@Aggregate('halls')
export class Halls extends Actor<{ seats: number }, Reserve, Reserved> {
  initial() {
    return { seats: 0 };
  }
  key({ hall }: Reserve) {
    return hall;
  }
  @Handles(Reserve) reserve({ hall }: Reserve, { seats }: { seats: number }) {
    return new Reserved({ hall, seat: seats });
  }
  @Applies(Reserved) reserved({ seat }: Reserved) {
    return { seats: seat + 1 };
  }
}

@Handler('tickets', { delivery: 'at-least-once' })
export class Tickets {
  @On(Reserved) print() {}
}
@Handler('gong', { delivery: 'at-most-once' })
export class Gong {
  @On(Reserved) strike() {}
}
@Projection('seats')
export class Seats extends Actor<{ seats: number[] }, Reserved> {
  initial() {
    return { seats: [] as number[] };
  }
  key({ hall }: Reserved) {
    return hall;
  }
  @Applies(Reserved) reserved({ seat }: Reserved, s: { seats: number[] }) {
    return { seats: [...s.seats, seat] };
  }
}

export const trip = (name: string, stops: number): (Begun | Reached)[] => [
  new Begun({ trip: name, stops }),
  ...Array.from({ length: stops }, (_, stop) => new Reached({ trip: name, stop })),
];

/** How a simulation fails. */
export async function failureOf(simulation: Simulation): Promise<SimulationFailure> {
  const ended: unknown = await simulate(simulation).catch((error: unknown) => error);
  if (ended instanceof SimulationFailure) return ended;
  throw ended instanceof Error ? ended : new Error(`every schedule went well: ${JSON.stringify(ended)}`);
}

/** All that happens in a schedule, a line each. */
export async function traceOf(simulation: Simulation): Promise<string[]> {
  const lines: string[] = [];
  await simulate({ ...simulation, watch: (at, who, what) => lines.push(`${at} ${who} ${what}`) });
  return lines;
}
