/**
 * The classes in this folder wrote the files in `../fixtures`. They are frozen: those files know of no change to a name, a field,
 * a key, a fold or an option, and the tests would no longer say of old rows what they say.
 */

/** What the world does to the methods: set by a story while it writes, and by the tests. */
export const world = {
  /** Notes of messages that no method can work on. */
  down: new Set<string>(),
  /** A trip that key() does not find. */
  nowhere: '',
  /** Codes of seals are checked. */
  strict: true,
  /** Called by the method of a message with the note 'deadly'. */
  kill: (): void => undefined,
  /** What the handlers carried to the outside. */
  calls: [] as string[],
};

export function work(note: string | undefined): void {
  if (note === 'deadly') world.kill();
  if (note !== undefined && world.down.has(note)) throw new Error(`${note} is down`);
}

export function tripOf({ trip }: { readonly trip: string }): string {
  if (trip === world.nowhere) throw new Error('no such trip');
  return trip;
}
