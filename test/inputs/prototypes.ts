const OWNERS = [Object, Array, String, Number, Boolean, Function, Map, Set, Promise, Error, RegExp, Date].map(
  ({ prototype }) => prototype as object,
);
type Copy = ReadonlyMap<string | symbol, PropertyDescriptor>;

/** A copy of what everything inherits; the answer throws when any of it is no longer as it was. */
export function prototypes(): () => void {
  const before = [...OWNERS, JSON, Math, Reflect].map((owner) => [owner, copyOf(owner)] as const);
  return () => {
    for (const [owner, copy] of before) {
      const now = copyOf(owner);
      for (const key of new Set([...copy.keys(), ...now.keys()]))
        if (!same(copy.get(key), now.get(key))) throw new Error(`${String(key)} of a built-in object was changed`);
    }
    const empty: Record<string, unknown> = {};
    for (const field in empty) throw new Error(`every object has "${field}" now`);
  };
}

function copyOf(owner: object): Copy {
  return new Map(Reflect.ownKeys(owner).map((key) => [key, Object.getOwnPropertyDescriptor(owner, key) as PropertyDescriptor]));
}

function same(a: PropertyDescriptor | undefined, b: PropertyDescriptor | undefined): boolean {
  return a !== undefined && b !== undefined && a.value === b.value && a.get === b.get && a.set === b.set && a.writable === b.writable;
}
