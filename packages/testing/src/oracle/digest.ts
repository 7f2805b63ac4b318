import { createHash } from 'node:crypto';

const digests = new Map<string, string>();

/** Schedules repeat the same few contents: each is digested once. */
export function digest(text: string): string {
  let known = digests.get(text);
  if (known === undefined) {
    known = createHash('sha256').update(text).digest('base64url').slice(0, 22);
    if (digests.size > 10_000) digests.clear();
    digests.set(text, known);
  }
  return known;
}
