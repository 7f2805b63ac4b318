import type { Setting } from '../flow/context';
import { Delivery } from '../flow/delivery';
import type { Release } from '../flow/delivery';
import type { Flow } from '../flow/flow';
import type { Ending } from '../flow/outcome';
import { PARKED, metaOf } from '../history/rows';
import type { Message } from '../messages/message';
import type { Recorded } from '../store/port';

export type Publish = (delivery: Delivery, ending: Ending) => void;

/** Sends an operator's word on a parked row through the flow: in turn with the messages of that stream, once by its park. */
export class Releases {
  constructor(
    private readonly flow: Flow,
    private readonly setting: Setting,
    private readonly publish: Publish,
  ) {}

  /** `message` goes to the actor of `stream`; without one, `invalid` says why it cannot. @throws what keeps the flow from it. */
  send(row: Recorded, stream: string, message: Message | undefined, invalid: string | undefined, release: Release): Promise<Ending> {
    const { cause = { id: row.id, source: this.setting.store.id, position: row.position }, at = row.time, attempts = 0, as } = metaOf(row);
    this.setting.outcomes.receive();
    return new Promise((resolve, reject) => {
      const receiver = {
        done: (delivery: Delivery, ending: Ending) => (this.publish(delivery, ending), resolve(ending)),
        failed: (_: Delivery, error: unknown) => (this.setting.outcomes.withdraw(), reject(error as Error)),
      };
      const valid = invalid === undefined ? message : undefined;
      const type = valid?.type ?? row.type.slice(PARKED.length);
      const delivery = new Delivery(type, stream, cause, at, valid, invalid, row.data, receiver, undefined, {
        release,
        as,
        erased: row.erased === true,
      });
      delivery.attempts = attempts;
      this.flow.deliver(delivery);
    });
  }
}
