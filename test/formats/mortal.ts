import type { Store, Write } from 'waybill';

interface Mortal {
  readonly store: Store;
  /** From now on no call ends, and nothing is written. */
  readonly die: () => void;
  readonly died: Promise<void>;
}

/** The store of a process that is killed: at the latest once it has appended a row of the type `last`, whose outcome it never hears. */
export function mortal(inner: Store, last?: string): Mortal {
  let dead = false;
  let end = (): void => undefined;
  const died = new Promise<void>((resolve) => (end = resolve));
  const die = (): void => {
    dead = true;
    end();
  };
  const never = new Promise<never>(() => undefined);
  const guarded = <T extends object>(target: T): T =>
    new Proxy(target, {
      get: (of, name) => {
        const value = Reflect.get(of, name) as unknown;
        if (typeof value === 'function') return (...args: unknown[]) => call(of, name, value as () => unknown, args);
        return isObject(value) ? guarded(value) : value;
      },
    });
  const call = (of: object, name: string | symbol, method: (...args: unknown[]) => unknown, args: unknown[]): unknown => {
    if (dead) return never;
    const answer = method.apply(of, args);
    if (!(answer instanceof Promise)) return isObject(answer) ? guarded(answer) : answer;
    return answer.then((result: unknown) => {
      if (name === 'append' && last !== undefined && holds(args[0] as readonly Write[], last)) die();
      return dead ? never : result;
    });
  };
  return { store: guarded(inner), die, died };
}

function holds(writes: readonly Write[], type: string): boolean {
  return writes.some(({ events }) => events.some((event) => event.type === type));
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
