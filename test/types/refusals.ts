// What a compiler says of refusals. Each @ts-expect-error is one that it must refuse.
import { Actor, Aggregate, Command, Event, Handles, Refusal, Saga } from 'waybill';

class Asked extends Event('Asked')<{ of: string }> {}
class Reserve extends Command('Reserve')<{ of: string; sku: string }> {}
class Release extends Command('Release')<{ of: string }> {}
class Because extends Command('Because')<{ of: string; refusedBecause: string }> {}

type In = Asked | Refusal<Reserve>;

@Saga('asks', { sends: [Reserve] })
export class Asks extends Actor<object, In, Reserve> {
  initial = () => ({});
  key = (e: In) => e.of;
  @Handles(Asked) asked({ of }: Asked) {
    return new Reserve({ of, sku: 'pear' });
  }
  @Handles(Refusal(Reserve)) refused({ of, sku, refusedBecause, type }: Refusal<Reserve>) {
    const said: [string, string, 'Reserve.refused'] = [sku, refusedBecause, type];
    return said.length > of.length ? [] : new Reserve({ of, sku });
  }
  // @ts-expect-error a refusal that is not among its inputs
  @Handles(Refusal(Release)) other() {
    return [];
  }
  // @ts-expect-error the command has no such field
  @Handles(Refusal(Reserve), { once: 'quantity' }) wrong() {
    return [];
  }
}

@Aggregate('refuses', { refuses: [Reserve, Release] })
export class Refuses extends Actor<object, Reserve | Release> {
  initial = () => ({});
  key = (c: Reserve | Release) => c.of;
}

// @ts-expect-error it does not take Release
@Aggregate('refuses-other', { refuses: [Reserve, Release] })
export class RefusesOther extends Actor<object, Reserve> {
  initial = () => ({});
  key = (c: Reserve) => c.of;
}

// @ts-expect-error an event is not refused
@Aggregate('refuses-event', { refuses: [Asked] })
export class RefusesEvent extends Actor<object, Reserve> {
  initial = () => ({});
  key = (c: Reserve) => c.of;
}

// @ts-expect-error only an aggregate refuses
@Saga('refuses-nothing', { refuses: [Reserve] })
export class RefusesNothing extends Actor<object, Asked> {
  initial = () => ({});
  key = (e: Asked) => e.of;
}

// @ts-expect-error an event has no refusal
Refusal(Asked);
// @ts-expect-error its refusal says why in a field of that name
Refusal(Because);
// @ts-expect-error without a reason
new (Refusal(Reserve))({ of: 'a', sku: 'pear' });
