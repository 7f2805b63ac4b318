import { Delivery, type Receiver } from '../flow/delivery';
import { metaOf } from '../history/codec';
import { readMessage } from '../history/read-message';
import type { AnyMessageClass } from '../messages/types';
import type { Recorded, Store } from '../store/port';
import { causeOf } from './due-row';
import type { Due } from './heap';

/** A deadline that is due, on its way to the actor that set it: its cause is the row that set it. */
export function deliveryOf(store: Store, { due, row }: Due, message: AnyMessageClass, receiver: Receiver): Delivery {
  const set = row as unknown as Recorded;
  const { key = '' } = metaOf(set);
  const { message: read, invalid } = readMessage(message, set);
  const { version, stream, data: raw, erased } = row;
  const { messageType: type } = message;
  const what = { type, stream, cause: causeOf(store, row), time: due, message: read, invalid, raw, erased, receiver };
  return Delivery.deadline(what, version, key, type === row.type ? undefined : row.type);
}
