import { Child } from './child';
import type { Fed } from './producer';
import type { Screen } from './screen';

/**
 * One process appends the feed and runs Orders and OpenOrders, another runs Shipping and its mails, both on one file. When
 * the feed is in, Shipping settles; then OpenOrders, which reads what Shipping wrote.
 */
export async function twoProcesses(store: string, feed: string, log: boolean, screen: Screen, signal: AbortSignal): Promise<Fed> {
  const refused = (line: number, reason: string): void => screen.refused(line, reason);
  const orders = new Child('orders', { store, feed, log }, refused);
  const shipping = new Child('shipping', { store, log }, refused);
  const children = [orders, shipping];
  const stop = (): void => children.forEach((child) => child.stop());
  signal.addEventListener('abort', stop);
  let failure: unknown;
  for (const child of children) {
    child.settled().catch((error: unknown) => {
      failure ??= error;
      stop();
    });
  }
  const timer = setInterval(() => {
    const { received, lag } = shipping.glimpse;
    screen.glimpse({ fed: orders.glimpse.fed, received, lag, outcomes: {} });
  }, screen.every);
  try {
    await orders.produced;
    shipping.finish();
    await shipping.exit;
    orders.finish();
    await orders.exit;
    if (failure !== undefined) throw failure;
    return await orders.settled();
  } finally {
    clearInterval(timer);
    signal.removeEventListener('abort', stop);
  }
}
