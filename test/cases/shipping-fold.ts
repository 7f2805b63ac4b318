import { Shipping } from './shipping';
import type { ActorRow } from './log';

export interface Fold {
  initial(): ShipmentState;
  apply(row: ActorRow, state: ShipmentState): ShipmentState;
}
type ShipmentState = ReturnType<Shipping['initial']>;
export const STATUSES: readonly string[] = ['new', 'submitted', 'accepted', 'requested'];

/** The sample's folds, called one by one without the flow. */
export const shippingFold: Fold = {
  initial: () => new Shipping().initial(),
  apply(row, state) {
    const shipping = new Shipping();
    if (row.kind === 'parked' || row.discarded !== undefined) return state;
    const message = row.data as never;
    if (row.type === 'OrderSubmitted') return shipping.submitted(message, state);
    if (row.type === 'ItemAdded') return shipping.item(message, state);
    if (row.type === 'OrderAccepted') return shipping.accepted(message, state);
    return row.type === 'ShipmentRequested' ? shipping.requested(message, state) : state;
  },
};
