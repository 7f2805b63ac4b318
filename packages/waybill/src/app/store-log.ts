import { isPassing } from '@waybill/core';
import type { Store } from '@waybill/core';
import type { AppLog } from './logger';

/** The methods of a store that write. They fail on their own: a read that succeeds says nothing about writes. */
const WRITES: ReadonlySet<PropertyKey> = new Set(['append', 'truncate', 'save', 'rewind', 'write', 'drop', 'keep', 'forget']);
/** The members of a store that have methods of their own. */
const PARTS: ReadonlySet<PropertyKey> = new Set(['checkpoint', 'snapshot', 'views', 'keys']);

/**
 * The store, with its transient failures and their end logged: the flow retries for as long as it takes, so nobody would notice
 * otherwise. Logged at the 1st, 2nd, 4th, 8th … failure in a row, so that a long outage does not fill the log.
 */
export function loggedStore(store: Store, log: AppLog): Store {
  const reads = new Failures(log);
  const writes = new Failures(log);
  const wrap = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(_, name) {
        const value: unknown = Reflect.get(target, name);
        if (PARTS.has(name) && typeof value === 'object' && value !== null) return wrap(value);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]): unknown => {
          const result: unknown = Reflect.apply(value, target, args);
          if (name === 'subscribe') return loggedPages(result as AsyncIterable<unknown>, reads);
          if (PARTS.has(name)) return wrap(result as object);
          const failures = WRITES.has(name) ? writes : reads;
          if (result instanceof Promise) result.then(failures.succeeded, failures.failed);
          return result;
        };
      },
    });
  return wrap(store);
}

async function* loggedPages<T>(pages: AsyncIterable<T>, failures: Failures): AsyncGenerator<T> {
  try {
    for await (const page of pages) {
      failures.succeeded();
      yield page;
    }
  } catch (error) {
    failures.failed(error);
    throw error;
  }
}

/** Counts the failures in a row. */
class Failures {
  private count = 0;

  constructor(private readonly log: AppLog) {}

  readonly succeeded = (): void => {
    if (this.count === 0) return;
    this.log.storeIsBack(this.count);
    this.count = 0;
  };

  readonly failed = (error: unknown): void => {
    if (!isPassing(error)) return;
    const isPowerOfTwo = (++this.count & (this.count - 1)) === 0;
    if (isPowerOfTwo) this.log.storeIsAway(error, this.count);
  };
}
