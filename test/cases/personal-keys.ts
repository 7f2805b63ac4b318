import { memoryStore } from 'waybill';
import type { Keys, Store } from 'waybill';
import type { OpenLog } from './stores';

/** How an encrypted field begins. */
export const CIPHER = 'waybill.personal.1:';

/** A key provider as one outside of any store is; `secrets` are those of people. */
export function keeper(
  before: () => Promise<void> = async () => undefined,
): Keys & { readonly secrets: ReadonlyMap<string, string>; loads: number } {
  const all = new Map<string, string>();
  return {
    loads: 0,
    get secrets() {
      return new Map([...all].filter(([subject]) => !subject.startsWith('waybill:')));
    },
    async load(subjects) {
      this.loads++;
      await before();
      return new Map(subjects.flatMap((subject) => (all.has(subject) ? [[subject, all.get(subject) as string]] : [])));
    },
    async keep(subject, secret) {
      await before();
      if (!all.has(subject)) all.set(subject, secret);
      return all.get(subject) as string;
    },
    async forget(subject) {
      await before();
      all.delete(subject);
    },
  };
}

type Whole = Store & { readonly keys: Keys };

/** A log whose connections have keys and views: their store's own, else those of one provider for all of them. */
export function withKeys(log: OpenLog): { connect(): Promise<Whole> } {
  const [keys, { views }] = [keeper(), memoryStore()];
  return {
    async connect() {
      const store = await log.connect();
      return (store.keys ? store : Object.assign(store, { keys, views })) as Whole;
    },
  };
}
