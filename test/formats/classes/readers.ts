import { Actor, Applies, Handler, On, Projection } from 'waybill';
import type { Meta } from 'waybill';
import { Arrived, Booked, Loaded } from './messages';
import { tripOf, work, world } from './world';

/** Frozen: see world.ts. */

type Row = { loaded: number[]; booked?: string };

/** Has rows that are blocked by a note that is down, rows that are deleted, and events for which there is no row. */
@Projection('board')
export class Board extends Actor<Row | undefined, Booked | Loaded | Arrived> {
  initial(): Row | undefined {
    return { loaded: [] };
  }
  key(e: Booked | Loaded | Arrived) {
    return tripOf(e);
  }
  @Applies(Booked) booked({ note = '' }: Booked, row: Row = { loaded: [] }): Row {
    return { ...row, booked: note };
  }
  @Applies(Loaded) loaded({ n, note }: Loaded, row: Row = { loaded: [] }): Row {
    work(note);
    return { ...row, loaded: [...row.loaded, n] };
  }
  @Applies(Arrived) arrived(): undefined {
    return undefined;
  }
}

@Projection('tally')
export class Tally extends Board {}

@Handler('calls', { delivery: 'at-least-once', retry: { attempts: 2, base: '10 milliseconds' } })
export class Calls {
  @On(Booked) booked({ trip, note }: Booked, { id }: Meta): void {
    work(note);
    world.calls.push(`call ${trip} ${id}`);
  }
}

@Handler('shots', { delivery: 'at-most-once' })
export class Shots {
  @On(Booked) booked({ trip, note }: Booked, { id }: Meta): void {
    work(note);
    world.calls.push(`shot ${trip} ${id}`);
  }
}
