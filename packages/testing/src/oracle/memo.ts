/** How many texts are kept of one kind. */
const BOUND = 20_000;

/** What was made of a text, by kind and text. Schedules repeat the same few texts: each is read once. */
export class Memo<V> {
  private readonly kinds = new Map<string, Map<string, V>>();

  of(kind: string, text: string, make: () => V): V {
    let known = this.kinds.get(kind);
    if (!known) this.kinds.set(kind, (known = new Map()));
    let value = known.get(text);
    if (value === undefined) {
      if (known.size > BOUND) known.clear();
      known.set(text, (value = make()));
    }
    return value;
  }
}
