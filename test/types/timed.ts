// Accepted and refused: deadlines, the end of a saga, late methods, commands that a saga sends.
import { Actor, after, Aggregate, cancel, close, Command, Event, Handles, HandlesLate, Saga } from 'waybill';
import type { Decision } from 'waybill';

class Begun extends Event('Begun')<{ of: string }> {}
class Overdue extends Event('Overdue')<{ of: string }> {}
class Other extends Event('Other')<{ of: string; n: number }> {}
class Clear extends Command('Clear')<{ of: string }> {}
const of = 'a';

export abstract class Timed extends Actor<{ status: 'open' | 'done' }, Begun | Overdue, Clear> {
  @Handles(Begun, { once: true }) begun(): Decision<Clear, Overdue> {
    return [after('3 days', new Overdue({ of }), { key: 'x' }), cancel(Overdue, 'x'), new Clear({ of }), close()];
  }
  @HandlesLate(Begun) late({ of }: Begun) {
    return after(500, new Overdue({ of }));
  }
  @Handles(Overdue, { deadline: true, before: 'done' }) overdue() {
    return close();
  }
  // @ts-expect-error a deadline that the actor does not take
  @Handles(Begun) foreign() {
    return after('1 day', new Other({ of, n: 1 }));
  }
  // @ts-expect-error a late method of an event that the actor does not take
  @HandlesLate(Other) lateOther() {
    return [];
  }
  // @ts-expect-error no such status
  @Handles(Overdue, { deadline: true, before: 'gone' }) before() {
    return [];
  }
}
// @ts-expect-error no such unit
after('3 fortnights', new Overdue({ of }));
// @ts-expect-error a command is no deadline
cancel(Clear);

const none = { status: 'open' } as const;
@Saga('sends', { sends: [Clear] })
export class Sends extends Actor<{ status: 'open' }, Begun, Clear> {
  initial = () => none;
  key = (e: Begun) => e.of;
  @Handles(Begun) begun({ of }: Begun): Decision<Clear> {
    return new Clear({ of });
  }
  // @ts-expect-error a command that is not among its outputs
  @Handles(Begun) other({ of }: Begun) {
    return new Drop({ of });
  }
}
class Drop extends Command('Drop')<{ of: string }> {}

// @ts-expect-error an event is emitted, never sent
@Saga('sends-event', { sends: [Begun] })
export class SendsEvent extends Actor<{ status: 'open' }, Begun> {
  initial = () => none;
  key = (e: Begun) => e.of;
}

// @ts-expect-error only a saga sends
@Aggregate('sends-none', { sends: [Clear] })
export class SendsNone extends Actor<object, Clear> {
  initial = () => ({});
  key = (e: Clear) => e.of;
}
