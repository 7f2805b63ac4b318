import { WaybillError } from '@waybill/core';
import type { Keys } from '@waybill/core';
import { checkName } from '@waybill/core/store-kit';
import { keyOf, newSecret } from './cipher';
import { ErasedMarks, FORGOTTEN, newForgotten } from './erased';
import type { MissingKey } from './erased';
import type { SubjectKey } from './cipher';

/** How long a process may go on reading what another one has made unreadable; after that it looks keys up again. */
export const KEY_CACHE_MS = 10_000;
const KEY_CACHE_SIZE = 10_000;

interface Cached {
  readonly secret: string;
  readonly key: SubjectKey;
  readonly at: number;
}

/**
 * The keys in use. A cached key is used only to read, never to write and never to decide that a field is erased: so a subject that
 * was forgotten elsewhere gets a new key at once, and an existing key is never overlooked.
 */
export class KeyRing {
  /** Grows whenever somebody was forgotten, here or elsewhere: what was read before may hold data that must not be written again. */
  generation = 0;
  private readonly cache = new Map<string, Cached>();
  private readonly marks: ErasedMarks;
  /** The secret under FORGOTTEN, '' for none; undefined until it was loaded. */
  private mark: string | undefined;
  private forgetting: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly keys: Keys,
    private readonly now: () => number,
  ) {
    this.marks = new ErasedMarks(keys, now, (call) => this.reach(call));
  }

  /** Gives the key of each wanted subject and id; undefined if it is not there. */
  async toRead(wanted: ReadonlyMap<string, readonly string[]>): Promise<(subject: string, id: string) => SubjectKey | undefined> {
    const since = this.now() - KEY_CACHE_MS;
    const found = new Map<string, SubjectKey | undefined>();
    for (const [subject, ids] of wanted) {
      const cached = this.cache.get(subject);
      if (cached && cached.at > since && ids.every((id) => id === cached.key.id)) found.set(subject, cached.key);
    }
    const open = [...wanted.keys()].filter((subject) => !found.has(subject));
    if (open.length > 0) for (const [subject, key] of await this.load(open)) found.set(subject, key);
    return (subject, id) => (found.get(subject)?.id === id ? found.get(subject) : undefined);
  }

  /** Whether keys that are not there were deleted, by id and for a row of a time. */
  erased(missing: readonly MissingKey[]): Promise<(id: string, time: number) => boolean> {
    return this.marks.look(missing);
  }

  /** The current key of each subject; if there is none, a new one, provided that the value in the map is true. */
  async toWrite(subjects: ReadonlyMap<string, boolean>): Promise<ReadonlyMap<string, SubjectKey>> {
    const keys = new Map(await this.load([...subjects.keys()]));
    const { generation } = this;
    const missing = [...subjects].filter(([subject, make]) => make && !keys.has(subject));
    await this.marks.keepDeleted(missing.map(([subject]) => subject));
    // The first one counts: two processes that make a key at once both get the same one.
    const made = await Promise.all(missing.map(([subject]) => this.reach(() => this.keys.keep(subject, newSecret()))));
    missing.forEach(([subject], i) => {
      const secret = made[i] as string;
      keys.set(subject, keyOf(secret));
      if (generation === this.generation) this.remember(subject, secret, keyOf(secret));
    });
    return keys;
  }

  /** Durable when it resolves. If it fails, some of it may have been done: call it again. */
  forget(subjects: readonly string[]): Promise<void> {
    const done = this.forgetting.then(async () => {
      for (const subject of subjects) checkName('subject', subject);
      this.invalidate();
      // Marked first: a key that is still there is read with, whatever its mark says.
      await this.marks.set(subjects);
      const deleted = await Promise.allSettled(subjects.map((subject) => this.reach(() => this.keys.forget(subject))));
      // The mark changes last: whoever sees the change finds the keys gone.
      const marked = await Promise.allSettled([this.reach(() => this.keys.forget(FORGOTTEN))]);
      this.mark = await this.reach(() => this.keys.keep(FORGOTTEN, newForgotten()));
      for (const one of [...deleted, ...marked]) if (one.status === 'rejected') throw one.reason;
    });
    this.forgetting = done.catch(() => undefined);
    return done;
  }

  private invalidate(): void {
    this.generation++;
    this.cache.clear();
  }

  /** The current keys in the table, read while this process was not forgetting anybody. */
  private async load(subjects: readonly string[]): Promise<ReadonlyMap<string, SubjectKey>> {
    for (;;) {
      await this.forgetting;
      const { generation } = this;
      const secrets = await this.reach(() => this.keys.load([...subjects, FORGOTTEN]));
      if (generation === this.generation) return this.take(subjects, secrets);
    }
  }

  private take(subjects: readonly string[], secrets: ReadonlyMap<string, string>): ReadonlyMap<string, SubjectKey> {
    const keys = new Map<string, SubjectKey>();
    const mark = secrets.get(FORGOTTEN) ?? '';
    let gone = this.mark !== undefined && this.mark !== mark;
    this.mark = mark;
    for (const subject of subjects) {
      const secret = secrets.get(subject);
      const cached = this.cache.get(subject);
      if (secret !== undefined) keys.set(subject, cached?.secret === secret ? cached.key : keyOf(secret));
      gone ||= cached !== undefined && cached.secret !== secret;
    }
    if (gone) this.invalidate();
    for (const [subject, key] of keys) this.remember(subject, secrets.get(subject) as string, key);
    return keys;
  }

  private remember(subject: string, secret: string, key: SubjectKey): void {
    this.cache.delete(subject);
    this.cache.set(subject, { secret, key, at: this.now() });
    if (this.cache.size <= KEY_CACHE_SIZE) return;
    for (const oldest of this.cache.keys()) return void this.cache.delete(oldest);
  }

  /** A key provider that cannot be reached is like a store that cannot: the flow waits and retries. */
  private async reach<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (cause) {
      if (cause instanceof WaybillError) throw cause;
      throw new WaybillError('STORE_UNAVAILABLE', 'the keys of personal data cannot be reached', 'see the cause; it is retried', {
        cause,
      });
    }
  }
}
