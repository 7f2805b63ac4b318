import { Actor, Applies, Event, Handles, Saga } from 'waybill';
import type { Simulation } from '@waybill/testing';

export class Said extends Event('Said')<{ room: string; n: number }> {}

/** Says again what it hears: an output that is an input, which is refused, so its message is parked. */
@Saga('echoes')
export class Echoes extends Actor<{ heard: number }, Said> {
  initial() {
    return { heard: 0 };
  }
  key({ room }: Said) {
    return room;
  }
  @Handles(Said, { once: 'n' }) onSaid({ room, n }: Said) {
    // The types refuse it too.
    return (n === 1 ? new Said({ room, n: 2 }) : []) as never[];
  }
  @Applies(Said) said(_: Said, { heard }: { heard: number }) {
    return { heard: heard + 1 };
  }
}

export const echo: Simulation = { use: [Echoes], messages: [new Said({ room: 'r-1', n: 1 }), new Said({ room: 'r-1', n: 3 })], workers: 2 };
