import crypto from 'node:crypto';
import { describe, WaybillError } from '@waybill/core';

const CLOCK = 'SPEC_CLOCK';
const RANDOM = 'SPEC_RANDOM';
const OUTSIDE = 'SPEC_OUTSIDE';
const FIXES: Readonly<Record<string, string>> = {
  [CLOCK]: 'use meta.time, which is the same at every redelivery, or a field of the message',
  [RANDOM]: 'use meta.id or a key derived from the message, or let the sender choose',
  [OUTSIDE]: 'decide from the message and the state alone; call the outside in a @Handler',
};

type Undo = () => void;

/** What differs from run to run, and the outside. Looked up at each call: fake timers may have replaced some. */
const sources = (): readonly (readonly [holder: object, property: string, code: string, what: string])[] => [
  [Math, 'random', RANDOM, 'Math.random()'],
  [performance, 'now', CLOCK, 'performance.now()'],
  [globalThis.crypto, 'randomUUID', RANDOM, 'crypto.randomUUID()'],
  [globalThis.crypto, 'getRandomValues', RANDOM, 'crypto.getRandomValues()'],
  [crypto, 'randomUUID', RANDOM, 'crypto.randomUUID()'],
  [crypto, 'randomBytes', RANDOM, 'crypto.randomBytes()'],
  [crypto, 'randomInt', RANDOM, 'crypto.randomInt()'],
  [process, 'hrtime', CLOCK, 'process.hrtime()'],
  [process, 'uptime', CLOCK, 'process.uptime()'],
  [globalThis, 'setTimeout', OUTSIDE, 'setTimeout()'],
  [globalThis, 'setInterval', OUTSIDE, 'setInterval()'],
  [globalThis, 'setImmediate', OUTSIDE, 'setImmediate()'],
  [globalThis, 'queueMicrotask', OUTSIDE, 'queueMicrotask()'],
  [globalThis, 'fetch', OUTSIDE, 'fetch()'],
];

/** The call of an actor's code that is running, and the first forbidden thing that it did. */
interface Call {
  readonly where: string;
  caught?: WaybillError;
}
let call: Call | undefined;
let watching = false;

/**
 * Runs code of an actor with clocks, chance and timers taken away.
 * @throws WaybillError `SPEC_CLOCK`, `SPEC_RANDOM`, `SPEC_OUTSIDE`, `SPEC_MUTATED`, even where the code caught the error itself.
 */
export function pure<T>(where: string, run: () => T): T {
  return watched(() => {
    const outer = call;
    const own: Call = (call = { where });
    let thrown: { readonly error: unknown } | undefined;
    let value: T | undefined;
    try {
      value = run();
    } catch (error) {
      thrown = { error };
    } finally {
      call = outer;
    }
    if (own.caught) throw own.caught;
    if (thrown) throw asMutation(where, thrown.error);
    return value as T;
  });
}

/** Replaces clocks, chance and timers with guards, which throw only within `pure`, and always puts them back. */
export function watched<T>(run: () => T): T {
  if (watching) return run();
  const undo = guards();
  watching = true;
  try {
    return run();
  } finally {
    watching = false;
    for (const back of undo.reverse()) back();
  }
}

function trip(code: string, what: string): void {
  if (!call) return;
  call.caught ??= new WaybillError(code, `${call.where} uses ${what}`, FIXES[code] ?? '');
  throw call.caught;
}

type Real = (this: unknown, ...args: unknown[]) => unknown;
function guards(): Undo[] {
  const undo = sources().map(([holder, property, code, what]) => {
    const real = (holder as Record<string, Real & { bigint?: Real }>)[property];
    function guard(this: unknown, ...args: unknown[]): unknown {
      trip(code, what);
      return real?.apply(this, args);
    }
    const bigint = (): unknown => {
      trip(code, what);
      return real?.bigint?.();
    };
    return replace(holder, property, Object.assign(guard, { bigint }));
  });
  const guarded = new Proxy(Date, {
    apply(target) {
      trip(CLOCK, 'Date()');
      return target();
    },
    construct(target, args: unknown[], newTarget) {
      if (args.length === 0) trip(CLOCK, 'new Date()');
      return Reflect.construct(target, args, newTarget) as object;
    },
    get(target, property) {
      if (property === 'now') trip(CLOCK, 'Date.now()');
      return Reflect.get(target, property) as unknown;
    },
  });
  return [...undo, replace(globalThis, 'Date', guarded)];
}

function replace(holder: object, property: string, value: unknown): Undo {
  const own = Object.getOwnPropertyDescriptor(holder, property);
  if (!(property in holder) || !Reflect.defineProperty(holder, property, { value, configurable: true, writable: true }))
    return () => undefined;
  return () => (own ? Object.defineProperty(holder, property, own) : Reflect.deleteProperty(holder, property));
}

/** V8's messages for a write to a frozen object. */
const FROZEN = /read only property|not extensible|Cannot (?:delete|redefine) property/;

function asMutation(where: string, error: unknown): unknown {
  if ((error as Error | undefined)?.name !== 'TypeError' || !FROZEN.test((error as Error).message)) return error;
  return new WaybillError(
    'SPEC_MUTATED',
    `${where} changes its state or its message in place (${describe(error)})`,
    'return a new value: { ...state, field: value }, [...list, item]',
    { cause: error },
  );
}

/** Freezes a value and everything in it. The value must be a tree. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  Object.freeze(value);
  for (const field of Object.values(value)) deepFreeze(field);
  return value;
}
