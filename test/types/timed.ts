// Accepted and refused: deadlines, the end of a saga, late methods, commands that a saga sends.
import { Actor, after, cancel, close, Command, Event, Handles, HandlesLate } from 'waybill';
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
