// Refused in the options of @Handles.
import { Handles } from 'waybill';
import { ItemAdded, OrderAccepted, OrderSubmitted, ShippingBase } from './house';

export abstract class OnceAndBefore extends ShippingBase {
  // @ts-expect-error a field that the event does not have
  @Handles(ItemAdded, { once: 'line' }) unknown() {
    return [];
  }
  // @ts-expect-error a field of another event
  @Handles(OrderSubmitted, { once: 'index' }) other() {
    return [];
  }
  // @ts-expect-error one of the fields does not exist
  @Handles(ItemAdded, { once: ['index', 'line'] }) some() {
    return [];
  }
  // @ts-expect-error no fields at all
  @Handles(ItemAdded, { once: [] }) none() {
    return [];
  }
  // @ts-expect-error `type` tells nothing apart
  @Handles(ItemAdded, { once: 'type' }) type() {
    return [];
  }
  // @ts-expect-error false says nothing: leave it out
  @Handles(ItemAdded, { once: false }) no() {
    return [];
  }
  // @ts-expect-error a key is a string or a number
  @Handles(ItemAdded, { once: (e) => [e.index] }) list() {
    return [];
  }
  // @ts-expect-error a key that may be missing
  @Handles(ItemAdded, { once: (e) => (e.index > 0 ? e.index : undefined) }) missing() {
    return [];
  }
  // @ts-expect-error the function reads a field that does not exist
  @Handles(ItemAdded, { once: (e) => e.line }) reads() {
    return [];
  }
  // @ts-expect-error `before` without `once`: a duplicate could not be told from a late fact
  @Handles(ItemAdded, { before: 'requested' }) alone() {
    return [];
  }
  // @ts-expect-error a status that the state does not have
  @Handles(ItemAdded, { once: 'index', before: 'shipped' }) status() {
    return [];
  }
  // @ts-expect-error an option that does not exist
  @Handles(OrderAccepted, { once: true, after: 'accepted' }) option() {
    return [];
  }
}
