import type { Setting } from '../flow/context';
import { Delivery } from '../flow/delivery';
import type { Release } from '../flow/delivery';
import type { Flow } from '../flow/flow';
import type { Result } from '../flow/outcome';
import { metaOf } from '../history/codec';
import { PARKED } from '../store/hidden-rows';
import type { Message } from '../messages/message';
import type { Recorded } from '../store/port';

export type Publish = (delivery: Delivery, result: Result) => void;

/** Sends an operator's word on a parked row through the flow: in turn with the messages of that stream, once by its park. */
export class Releases {
  constructor(
    private readonly flow: Flow,
    private readonly setting: Setting,
    private readonly publish: Publish,
  ) {}

  /** `message` goes to the actor of `stream`; without one, `invalid` says why it cannot. @throws what keeps the flow from it. */
  send(row: Recorded, stream: string, message: Message | undefined, invalid: string | undefined, release: Release): Promise<Result> {
    const { cause = { id: row.id, source: this.setting.store.id, position: row.position }, at = row.time, attempts = 0, as } = metaOf(row);
    this.setting.outcomes.receive();
    return new Promise((resolve, reject) => {
      const receiver = {
        done: (delivery: Delivery, result: Result) => (this.publish(delivery, result), resolve(result)),
        failed: (_: Delivery, error: unknown) => (this.setting.outcomes.withdraw(), reject(error as Error)),
      };
      const valid = invalid === undefined ? message : undefined;
      const type = valid?.type ?? row.type.slice(PARKED.length);
      const what = { type, stream, cause, time: at, message: valid, invalid, raw: row.data, erased: row.erased, receiver };
      const delivery = Delivery.release(what, release, as);
      delivery.attempts = attempts;
      this.flow.deliver(delivery);
    });
  }
}
