import type { Runtime } from '../base/runtime';
import { COMMAND_SOURCE } from './cause';
import type { Cause } from './cause';

/** A shorter content is its own digest: no digest tells more apart, and none is faster. */
const DIGEST_FROM = 128;

/** Stands for a content that was erased: equal to any, as nobody can tell. */
export const ERASED_HASH = '*';

/** Two inputs are equal when these are; the id of a command stands for its type too. */
export function hashOf(type: string, content: string, cause: Cause, runtime: Runtime): string {
  const subject = cause.source === COMMAND_SOURCE ? `${type} ${content}` : content;
  return subject.length < DIGEST_FROM ? subject : runtime.hash(subject);
}
