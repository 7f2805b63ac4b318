import { setImmediate as turn } from 'node:timers/promises';
import type { DevServer } from '@waybill/devserver';
import type { Notice } from '@waybill/eventstore-client';

/** Of each call in these tests: no machine is so slow that it comes by itself. */
export const DEADLINE = 600_000;
/** What the server adapter's own timer leaves to that of the call. */
const GRACE = 1_000;
/** Shorter timers (pauses, pings) run in real time. */
const LONG = 150_000;
/** What is counted from the beginning of a call gets its timer so much later, at the most. */
const SET_LATER = 60_000;

export interface Deadlines {
  /** Lets so much time go by, a deadline if not given: what is due by then fires, of the adapter, its client and the server. */
  pass(ms?: number): void;
  /** Whether a timer of that length runs. */
  awaits(ms: number): boolean;
  /** For `onNotice`: lets what bounds repetition go by between two attempts, once so many were repeated. */
  endAfter(retries: number): (notice: Notice) => void;
}

interface Timer {
  readonly ms: number;
  readonly due: number;
  readonly fire: () => void;
}

/** Runs `body` in a time whose deadlines pass when the test says so, and only then. */
export async function withDeadlines<T>(body: (deadlines: Deadlines) => Promise<T>): Promise<T> {
  const real = { set: globalThis.setTimeout, clear: globalThis.clearTimeout };
  const timers = new Map<unknown, Timer>();
  let ahead = 0;
  const { now: elapsed } = performance;
  const now = (): number => elapsed.call(performance) + ahead;
  const clear = (timer?: NodeJS.Timeout): void => {
    timers.delete(timer);
    real.clear(timer);
  };
  const set = (callback: (...args: unknown[]) => void, ms = 0, ...args: unknown[]): NodeJS.Timeout => {
    if (ms < LONG) return real.set(callback, ms, ...args);
    const fire = (): void => {
      clear(timer);
      callback(...args);
    };
    const timer = real.set(fire, ms);
    timers.set(timer, { ms, due: now() + ms, fire });
    return timer;
  };
  const pass = (ms = DEADLINE + GRACE): void => {
    ahead += ms;
    const due = [...timers.values()].filter((timer) => timer.due <= now());
    for (const { fire } of due.sort((a, b) => a.due - b.due)) fire();
  };
  const awaits = (ms: number): boolean => [...timers.values()].some((timer) => Math.abs(timer.ms - ms) < SET_LATER);
  const endAfter = (retries: number) => {
    let count = 0;
    return ({ kind }: Notice): void => void (kind === 'retried' && ++count === retries && pass(2 * DEADLINE));
  };
  globalThis.setTimeout = Object.assign(set, real.set) as typeof setTimeout;
  globalThis.clearTimeout = clear as typeof clearTimeout;
  performance.now = now;
  try {
    return await body({ pass, awaits, endAfter });
  } finally {
    globalThis.setTimeout = real.set;
    globalThis.clearTimeout = real.clear;
    // It was inherited.
    Reflect.deleteProperty(performance, 'now');
  }
}

/** Waits for `call`, and lets time pass whenever the server has met another one of its faults and `isSo`. */
export async function outlast<T>({ faults }: DevServer, call: Promise<T>, pass: () => void, isSo = async () => true): Promise<T> {
  let isOver = false;
  const over = (): void => void (isOver = true);
  call.then(over, over);
  let { left } = faults;
  while (!isOver) {
    if (faults.left < left && (await isSo())) {
      ({ left } = faults);
      pass();
    }
    await turn();
  }
  return call;
}
