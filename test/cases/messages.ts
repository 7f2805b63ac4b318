/** A message as a producer writes it: `id` is its own, so writing the same object twice is a redelivery under the same id. */
export interface Fed {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** Schema version of `data`. */
  readonly v?: number;
}

export function S(orderId: string, customerId = 'c-7'): Fed {
  return { type: 'OrderSubmitted', data: { orderId, customerId } };
}

export function I(orderId: string, index: unknown, over: Readonly<Record<string, unknown>> = {}): Fed {
  return { type: 'ItemAdded', data: { orderId, index, sku: `sku-${String(index)}`, quantity: 1, ...over } };
}

export function A(orderId: string, itemCount: number): Fed {
  return { type: 'OrderAccepted', data: { orderId, itemCount } };
}

/** The same content under a new id, as of a producer that retries. */
export function retried(message: Fed): Fed {
  return { ...message };
}

/** S, every item and A of an order. */
export function wholeOrder(orderId: string, items: number): Fed[] {
  return [S(orderId), ...Array.from({ length: items }, (_, n) => I(orderId, n)), A(orderId, items)];
}

/** The checkpoint of Shipping: a saga's speaks for the types that it takes. */
export const SHIPPING = 'shipping:ItemAdded+OrderAccepted+OrderSubmitted';
