import { checkName, OWN_SUBJECTS, WaybillError } from '@waybill/core';
import type { Keys } from '@waybill/core';
import { keyOf, newSecret } from './cipher';
import type { SubjectKey } from './cipher';

/** How long a process may go on reading what another one has made unreadable: keys are looked up anew after that. */
export const KEY_CACHE_MS = 10_000;
const KEY_CACHE_SIZE = 10_000;

/** Its secret is another one after each forget: what tells the processes that use these keys. */
const FORGOTTEN = `${OWN_SUBJECTS}forgotten`;

interface Cached {
  readonly secret: string;
  readonly key: SubjectKey;
  readonly at: number;
}

/**
 * The keys in use. A key is taken from memory only to read, never to say that a field is erased and never to write: a
 * subject that was forgotten elsewhere gets a new key at once, and a living key is never overlooked.
 */
export class KeyRing {
  /** Grows whenever somebody was forgotten, here or elsewhere: what was read before may hold what is no longer to be written. */
  generation = 0;
  private readonly cache = new Map<string, Cached>();
  /** The secret under FORGOTTEN, '' for none; undefined until looked at. */
  private mark: string | undefined;
  private forgetting: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly keys: Keys,
    private readonly now: () => number,
  ) {}

  /** The key of that id, for each subject and id that is asked for; undefined where it is deleted. */
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

  /** The key of each subject as it is now; a new one where there is none and its value says so. */
  async toWrite(subjects: ReadonlyMap<string, boolean>): Promise<ReadonlyMap<string, SubjectKey>> {
    const keys = new Map(await this.load([...subjects.keys()]));
    const { generation } = this;
    const missing = [...subjects].filter(([subject, make]) => make && !keys.has(subject));
    // Whoever was first holds: of two processes that make a key at once, both get the same one.
    const made = await Promise.all(missing.map(([subject]) => this.asked(() => this.keys.keep(subject, newSecret()))));
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
      this.moveOn();
      const deleted = await Promise.allSettled(subjects.map((subject) => this.asked(() => this.keys.forget(subject))));
      // The mark changes last: who sees it changed finds the keys gone.
      const marked = await Promise.allSettled([this.asked(() => this.keys.forget(FORGOTTEN))]);
      this.mark = await this.asked(() => this.keys.keep(FORGOTTEN, newSecret()));
      for (const one of [...deleted, ...marked]) if (one.status === 'rejected') throw one.reason;
    });
    this.forgetting = done.catch(() => undefined);
    return done;
  }

  private moveOn(): void {
    this.generation++;
    this.cache.clear();
  }

  /** As the key table stands, at a moment at which this process forgot nobody. */
  private async load(subjects: readonly string[]): Promise<ReadonlyMap<string, SubjectKey>> {
    for (;;) {
      await this.forgetting;
      const { generation } = this;
      const secrets = await this.asked(() => this.keys.load([...subjects, FORGOTTEN]));
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
    if (gone) this.moveOn();
    for (const [subject, key] of keys) this.remember(subject, secrets.get(subject) as string, key);
    return keys;
  }

  private remember(subject: string, secret: string, key: SubjectKey): void {
    this.cache.delete(subject);
    this.cache.set(subject, { secret, key, at: this.now() });
    if (this.cache.size <= KEY_CACHE_SIZE) return;
    for (const oldest of this.cache.keys()) return void this.cache.delete(oldest);
  }

  /** A provider that cannot be reached is a store that cannot: the flow waits and asks again. */
  private async asked<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (cause) {
      if (cause instanceof WaybillError) throw cause;
      throw new WaybillError('STORE_UNAVAILABLE', 'the keys of personal data cannot be reached', 'see the cause; it is tried again', {
        cause,
      });
    }
  }
}
