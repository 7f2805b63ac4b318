import type { RetryPolicy } from '../actors/options';
import { millisecondsOf } from '../base/duration';
import { backoff, type Runtime } from '../base/runtime';
import type { Aside } from './context';
import type { Step } from './step';

/** What a timer can be set for. */
const LONGEST = 2 ** 31 - 1;

/** Milliseconds before a method that has thrown so often runs again. */
export function waitAfter(runtime: Runtime, { base, cap }: RetryPolicy = {}, attempts: number): number {
  const wait = backoff(
    runtime,
    attempts,
    base === undefined ? undefined : millisecondsOf(base),
    cap === undefined ? undefined : millisecondsOf(cap),
  );
  return Math.min(wait, LONGEST);
}

/** The rows of a step, from `version` on, are durable: those that say when their message is tried again are told. */
export function tellAside(aside: Aside, stream: string, version: number, { result, entries }: Step): void {
  if (result.kind !== 'parked') return;
  entries.forEach((entry, i) => {
    if (entry.kind === 'parked' && entry.due !== undefined) aside.add(stream, version + i, entry);
    else if (entry.kind === 'noted' && entry.due !== undefined) aside.add(stream, entry.of, entry);
  });
}
