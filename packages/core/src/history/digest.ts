import type { Runtime } from '../base/runtime';
import { COMMAND_SOURCE, type Cause } from './cause';

/**
 * What two copies of a message are compared by: the content itself where it is short, else its hash. A snapshot keeps
 * the first 72 bits of the hash of either. Of a content that was erased nothing is left to compare.
 */
export type Digest =
  { readonly kind: 'content' | 'hash' | 'short'; readonly text: string } | { readonly kind: 'erased'; readonly text?: undefined };

/** A first copy: what it says, and its version in the actor's stream. */
export interface FirstCopy {
  readonly digest: Digest;
  readonly version: number;
}

export const ERASED_DIGEST: Digest = Object.freeze({ kind: 'erased' });

/** A shorter content is its own digest: no hash tells more apart, and none is faster. */
const HASHED_FROM = 128;
/** Characters of a short digest, 6 bits each. */
export const SHORT_LENGTH = 12;

/** The id of a command stands for its type too, so its digest tells types apart. */
export function digestOf(type: string, content: string, cause: Cause, runtime: Runtime): Digest {
  const text = cause.source === COMMAND_SOURCE ? `${type} ${content}` : content;
  return text.length < HASHED_FROM ? { kind: 'content', text } : { kind: 'hash', text: runtime.hash(text) };
}

/** The text of a short digest; '' of an erased content. */
export function shortened({ kind, text = '' }: Digest, runtime: Runtime): string {
  return kind === 'content' || kind === 'hash' ? runtime.hash(text).padEnd(SHORT_LENGTH, '.').slice(0, SHORT_LENGTH) : text;
}

/** Whether two copies say the same; 'erased' where nobody can tell any more. */
export function compare(first: Digest, second: Digest, runtime: Runtime): 'same' | 'other' | 'erased' {
  if (first.kind === 'erased' || second.kind === 'erased') return 'erased';
  if (first.kind === second.kind) return first.text === second.text ? 'same' : 'other';
  if (first.kind !== 'short' && second.kind !== 'short') return 'other';
  return shortened(first, runtime) === shortened(second, runtime) ? 'same' : 'other';
}

/** As rows of releases before tagged digests hold it: `*` erased, JSON a content, else a hash. */
export function digestFromText(text: string): Digest {
  if (text === '*') return ERASED_DIGEST;
  return { kind: /^["{]/.test(text) ? 'content' : 'hash', text };
}
