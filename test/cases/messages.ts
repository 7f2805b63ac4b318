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

/** What a message is about, written down a second time, so that a log can be judged without asking the code that wrote it. */
export interface Fact {
  /** The stream of the actor that must take it in. */
  readonly stream: (data: Readonly<Record<string, unknown>>) => string;
  /** What makes two of them the same one; undefined: only their place in the log does. */
  readonly once?: (data: Readonly<Record<string, unknown>>) => string;
  /** Its content as of the newest schema version. */
  readonly today?: (data: Readonly<Record<string, unknown>>, v: number) => Readonly<Record<string, unknown>>;
}
export type Facts = Readonly<Record<string, Fact>>;

const shipping = (data: Readonly<Record<string, unknown>>) => `shipping-${String(data.orderId)}`;
export const shippingFacts: Facts = {
  OrderSubmitted: { stream: shipping, once: () => '' },
  ItemAdded: { stream: shipping, once: ({ index }) => String(index) },
  OrderAccepted: { stream: shipping, once: () => '' },
};

/** One text for equal contents, whatever the order of keys. */
export function textOf(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

export function contentOf(fact: Fact, data: Readonly<Record<string, unknown>>, v = 1): string {
  return textOf(fact.today?.(data, v) ?? data);
}

/** The checkpoint of Shipping: a saga's speaks for the types that it takes. */
export const SHIPPING = 'shipping:ItemAdded+OrderAccepted+OrderSubmitted';
