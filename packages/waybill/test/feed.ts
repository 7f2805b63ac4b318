import type { Message, Store } from 'waybill';

/** Events in stream `feed`, as another producer would append them. */
export async function feed(store: Store, ...messages: readonly Message[]): Promise<void> {
  const length = (await store.read('feed', 0, 1_000)).length;
  const events = messages.map((message, i) => ({
    ...{ id: `f-${length + i}`, type: message.type, data: JSON.stringify(message), meta: '{}', time: 0 },
  }));
  await store.append([{ stream: 'feed', expected: length === 0 ? 'none' : length - 1, events }]);
}
