import { isPassing } from '@waybill/core';
import type { Store } from '@waybill/core';
import type { AppLog } from './logger';

/** What of a store writes. Where readers do not wait for writers, an answer to a read says nothing of them. */
const WRITES: ReadonlySet<PropertyKey> = new Set(['append', 'truncate', 'save', 'rewind', 'write', 'drop', 'keep', 'forget']);
/** What of a store has calls of its own. */
const PARTS: ReadonlySet<PropertyKey> = new Set(['checkpoint', 'snapshot', 'views', 'keys']);

/**
 * The store, with every failure that passes told, and its end: the flow waits and tries again for as long as it takes, and
 * nobody else would know. Told at the 1st, 2nd, 4th, 8th … failure in a row, so a long one does not fill the log.
 */
export function toldStore(store: Store, log: AppLog): Store {
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
          if (name === 'subscribe') return toldPages(result as AsyncIterable<unknown>, reads);
          if (PARTS.has(name)) return wrap(result as object);
          const failures = WRITES.has(name) ? writes : reads;
          if (result instanceof Promise) result.then(failures.passed, failures.failed);
          return result;
        };
      },
    });
  return wrap(store);
}

async function* toldPages<T>(pages: AsyncIterable<T>, failures: Failures): AsyncGenerator<T> {
  try {
    for await (const page of pages) {
      failures.passed();
      yield page;
    }
  } catch (error) {
    failures.failed(error);
    throw error;
  }
}

/** Those in a row. */
class Failures {
  private count = 0;

  constructor(private readonly log: AppLog) {}

  readonly passed = (): void => {
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
