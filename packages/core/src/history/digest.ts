import type { Runtime } from '../base/runtime';
import { COMMAND_SOURCE, type Cause } from './cause';

/**
 * I2, I10: what two copies of a message are compared by: the content itself where it is short, else its hash. A snapshot
 * keeps the first 72 bits of the hash of either. Of an erased content nothing is left to compare.
 */
export type Digest =
  { readonly kind: 'content' | 'hash' | 'short'; readonly text: string } | { readonly kind: 'erased'; readonly text?: undefined };

/** The first copy of a message that was taken in: its digest, and its version in the actor's stream. */
export interface FirstCopy {
  readonly digest: Digest;
  readonly version: number;
}

export const ERASED_DIGEST: Digest = Object.freeze({ kind: 'erased' });

/** A shorter content is its own digest: exact, and without the cost of a hash. */
const HASHED_FROM = 128;
/** Characters of a short digest, 6 bits each. */
export const SHORT_LENGTH = 12;

/** A command id is unique across types, so the digest of a command includes its type. */
export function digestOf(type: string, content: string, cause: Cause, runtime: Runtime): Digest {
  const text = cause.source === COMMAND_SOURCE ? `${type} ${content}` : content;
  return text.length < HASHED_FROM ? { kind: 'content', text } : { kind: 'hash', text: runtime.hash(text) };
}

/** The text of a short digest; '' of an erased content. */
export function shortened({ kind, text = '' }: Digest, runtime: Runtime): string {
  return kind === 'content' || kind === 'hash' ? runtime.hash(text).padEnd(SHORT_LENGTH, '.').slice(0, SHORT_LENGTH) : text;
}

/** Whether two copies are equal; 'erased' where that can no longer be known. */
export function compare(first: Digest, second: Digest, runtime: Runtime): 'same' | 'other' | 'erased' {
  if (first.kind === 'erased' || second.kind === 'erased') return 'erased';
  if (first.kind === second.kind) return first.text === second.text ? 'same' : 'other';
  if (first.kind !== 'short' && second.kind !== 'short') return 'other';
  return shortened(first, runtime) === shortened(second, runtime) ? 'same' : 'other';
}

/** Reads a digest of format 1: `*` is erased, JSON a content, anything else a hash. */
export function digestFromText(text: string): Digest {
  if (text === '*') return ERASED_DIGEST;
  return { kind: /^["{]/.test(text) ? 'content' : 'hash', text };
}
