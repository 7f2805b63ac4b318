import { createHash } from 'node:crypto';
import type { Keys } from '@waybill/core';
import { OWN_SUBJECTS } from '@waybill/core/internal';
import { keyOf, newSecret } from './cipher';

/** Its secret changes with each forget, which is how other processes that use these keys notice. */
export const FORGOTTEN = `${OWN_SUBJECTS}forgotten`;

/** Until when keys were deleted without a mark; see `bringUp`. */
const UNMARKED = `${OWN_SUBJECTS}unmarked-before`;

/** Begins the secret under FORGOTTEN where every key that was deleted has left a mark. */
const MARKED = 'bWFya2Vk.';
const ERASED = 'ZXJhc2Vk';

export function newForgotten(): string {
  return MARKED + newSecret();
}

export interface MissingKey {
  readonly subject: string;
  readonly id: string;
}

/**
 * Which keys were deleted because a person was forgotten. A key that is missing without a mark was never in this key store, or is lost:
 * its rows are not erased, they cannot be read here.
 */
export class ErasedMarks {
  constructor(
    private readonly keys: Keys,
    private readonly now: () => number,
    private readonly reach: <T>(call: () => Promise<T>) => Promise<T>,
  ) {}

  /**
   * Before the keys of these subjects are deleted. The mark names a key, not a person. Where the key is gone already, deleted by
   * whoever keeps the keys, nobody knows its name any more: then what was written for this person until now is marked.
   */
  async set(subjects: readonly string[]): Promise<void> {
    const secrets = await this.reach(() => this.keys.load([...subjects, FORGOTTEN]));
    await this.bringUp(secrets.get(FORGOTTEN));
    for (const subject of subjects) {
      const secret = secrets.get(subject);
      if (secret !== undefined) await this.reach(() => this.keys.keep(markOf(keyOf(secret).id), ERASED));
      else await this.replace(goneOf(subject), String(this.now()));
    }
  }

  /** Before these subjects get new keys: then their key store can no longer say whose key was deleted behind the back of every app. */
  async keepDeleted(subjects: readonly string[]): Promise<void> {
    for (const subject of await this.deleted(subjects)) await this.replace(goneOf(subject), String(this.now()));
  }

  /** Whether a missing key was deleted, for a row of a time. */
  async look(missing: readonly MissingKey[]): Promise<(id: string, time: number) => boolean> {
    const names = missing.flatMap(({ subject, id }) => [markOf(id), goneOf(subject)]);
    const marks = await this.reach(() => this.keys.load([...names, FORGOTTEN, UNMARKED]));
    const bound = (await this.bringUp(marks.get(FORGOTTEN))) ?? marks.get(UNMARKED);
    const before = bound === undefined ? -Infinity : Number(bound);
    const bare = missing.filter(({ id }) => !marks.has(markOf(id)));
    const gone = await this.deleted(bare.map(({ subject }) => subject));
    const erased = new Set(missing.filter(({ subject, id }) => marks.has(markOf(id)) || gone.has(subject)).map(({ id }) => id));
    const until = new Map(missing.map(({ subject, id }) => [id, Number(marks.get(goneOf(subject)) ?? -Infinity)]));
    return (id, time) => erased.has(id) || time < before || time <= (until.get(id) ?? -Infinity);
  }

  /**
   * Code of before has deleted keys without marks. Which ones cannot be known any more, so whatever was written until now and has no
   * key counts as erased, as it has been until now. The new bound, if there is one.
   */
  private async bringUp(forgotten: string | undefined): Promise<string | undefined> {
    if (forgotten === undefined || forgotten.startsWith(MARKED)) return undefined;
    const bound = String(this.now());
    await this.replace(UNMARKED, bound);
    await this.replace(FORGOTTEN, newForgotten());
    return bound;
  }

  private async deleted(subjects: readonly string[]): Promise<ReadonlySet<string>> {
    if (subjects.length === 0) return new Set();
    return this.reach(async () => (await this.keys.forgotten?.(subjects)) ?? new Set());
  }

  private async replace(name: string, secret: string): Promise<void> {
    await this.reach(() => this.keys.forget(name));
    await this.reach(() => this.keys.keep(name, secret));
  }
}

function markOf(id: string): string {
  return `${OWN_SUBJECTS}erased:${id}`;
}

/** A digest of the subject: the marks outlive the person's key. */
function goneOf(subject: string): string {
  return `${OWN_SUBJECTS}gone:${createHash('sha256').update(subject).digest('base64url')}`;
}
